#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/style.hpp"
#include "store/reader.hpp"

namespace pawl::cli {

/// A line for each run under a line of headings; nothing without runs.
std::string runs_table(std::span<const store::RunSummary> runs,
                       const std::vector<store::StepRow>& facts, TimePoint now, const Style& style);

}  // namespace pawl::cli
