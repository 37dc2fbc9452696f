#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/style.hpp"
#include "store/reader.hpp"

namespace pawl::cli {

/// What `pawl runs` shows when nobody names columns.
inline constexpr std::string_view usual_columns = "run,state,workflow,started,took,what";
inline constexpr std::string_view verbose_columns =
    "run,id,state,workflow,key,by,worker,started,ended,took,what";

/// All there are; "label." and "input." go on with a name.
std::vector<std::string_view> column_names();

/// The names in "run,state,input.day". Throws Error (usage) for one that is no column, with the
/// nearest.
std::vector<std::string> columns_of(const std::string& list);

/// A line for each run under a line of headings; nothing without runs.
std::string runs_table(std::span<const store::RunSummary> runs,
                       const std::vector<store::StepRow>& facts, TimePoint now, const Style& style,
                       const std::vector<std::string>& columns);

}  // namespace pawl::cli
