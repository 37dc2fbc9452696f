#pragma once

#include <string>

#include "cli/style.hpp"
#include "cli/trial/trial_files.hpp"

/// What `pawl test` prints: results in, text out.
namespace pawl::cli {

/// A line for each case and what differs, the counts, and what no case has reached. `covers`: tell
/// the coverage, which only all cases together have. The errors of files that cannot be read are
/// not in it: they go to stderr.
std::string trial_text(const TrialResults& results, bool covers, const Style& style);
/// A record for each mistake and each case, and one of the kind `tested` with the counts.
std::string trial_records(const TrialResults& results);
/// "deploy.test.yaml:14": where each case stands that has failed.
std::string trial_places(const TrialResults& results);
/// The document that build servers read.
std::string junit_text(const TrialResults& results);
/// How much of the steps and branches of a workflow was reached, in percent, rounded down.
int percent_of(const trial::Coverage& coverage);

}  // namespace pawl::cli
