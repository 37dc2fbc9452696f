#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "trial/play.hpp"

/// The test files that `pawl test` was asked for, and what became of their cases.
namespace pawl::cli {

struct TrialCase {
  std::string name;
  dsl::Span at;
  core::RunPhase state = core::RunPhase::queued;
  Micros length{0};                            ///< Of its run, in virtual time.
  Micros took{0};                              ///< To play it.
  std::vector<trial::Difference> differences;  ///< None: it has passed.
};

struct TrialFile {
  std::string path, source;
  std::string workflow;             ///< The path of the workflow's file.
  std::optional<Error> unreadable;  ///< It, or its workflow.
  dsl::Diagnostics diagnostics;     ///< Of the test file.
  std::string workflow_source;      ///< When the workflow has mistakes.
  dsl::Diagnostics workflow_mistakes;
  std::vector<TrialCase> cases;
};

struct TrialResults {
  std::vector<TrialFile> files;
  std::map<std::string, trial::Coverage> coverage;  ///< By the path of the workflow.
};

/// The test files that the paths mean: a folder those below it, a workflow those beside it. Throws
/// Error (usage) for a folder that cannot be read, and when there is none.
std::vector<std::string> find_trials(const std::vector<std::string>& paths);
/// Plays the cases whose name contains `wanted`.
TrialResults play_trials(const std::vector<std::string>& paths, const std::string& wanted);

/// A file could not be read or has mistakes.
bool is_broken(const TrialFile& file);

struct TrialCounts {
  std::int64_t cases = 0, failed = 0, broken_files = 0;
  Micros length{0}, took{0};
};
TrialCounts counts_of(const TrialResults& results);

}  // namespace pawl::cli
