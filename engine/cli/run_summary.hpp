#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/run_view.hpp"
#include "cli/style.hpp"

namespace pawl::cli {

/// The last lines that failed steps printed, by inst.
using FailureTails = std::map<std::int32_t, std::vector<std::string>>;

/// Failed steps by kind, exit code and message, each group and its steps in file order: a thousand
/// times the same mistake is one mistake.
std::vector<std::vector<StepId>> groups_of_failures(const RunView& view,
                                                    const std::vector<StepId>& failed);

/// Of the first step of each group; empty for a good run.
FailureTails read_failure_tails(store::Reader& reader, const RunView& view);

/// What stands at the end of a followed run: how it ended, its outputs or its failures, and the
/// next command.
std::string summary_text(const RunView& view, const FailureTails& tails, const Style& style);

}  // namespace pawl::cli
