#pragma once

#include <vector>

#include "cli/json_reading.hpp"
#include "cli/run_view.hpp"

namespace pawl::cli {

/// How many repairs of the run were accepted.
int repairs_in(const std::vector<EventView>& events);

/// The run as it stood after that many repairs, before the next one: `now` with the states, times
/// and attempts that the journal tells. Precondition: repairs <= repairs_in(events). For the last
/// one that is `now`. What the journal does not keep is left out: the run's outputs, the output of
/// a step that a later repair ran again, progress.
RunView past_view(const RunView& now, const std::vector<EventView>& events, int repairs);

}  // namespace pawl::cli
