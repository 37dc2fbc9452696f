#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/join.hpp"
#include "core/run_state.hpp"

/// The rules of `foreach` as pure functions of a run's state. What happens to items is in items.cpp
/// as part of Turn.
namespace pawl::core {

/// Steps of a run with all its items and rounds; so many take about half a gigabyte.
inline constexpr std::int64_t instances_max = 2'000'000;

/// How many children of `around` may be under way at a time; 0: any number.
std::int32_t limit_in(const RunState& run, InstId around);
/// What the join of `inst` says now. Items need nothing: their holder has waited for them.
Verdict verdict_of(const RunState& run, InstId inst);
/// The list of what the items gave, null for those that did not succeed.
JsonText output_of_items(const RunState& run, InstId holder);
/// `item`, `index` and their other names, and `previous` of a loop, as `inst` sees them, the
/// innermost last.
std::vector<std::pair<std::string, JsonText>> item_names(const RunState& run, InstId inst);

/// How the items of a holder stand.
struct ItemTally {
  std::int32_t count = 0, succeeded = 0, failed = 0, cancelled = 0, not_run = 0;
  const Instance* first_failed = nullptr;  ///< In the order of the items.
};
ItemTally tally_of(const RunState& run, InstId holder);
/// How many of `count` items may fail.
std::int32_t tolerated(const dsl::Foreach& each, std::int32_t count);

}  // namespace pawl::core
