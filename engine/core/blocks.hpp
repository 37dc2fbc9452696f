#pragma once

#include "core/run_state.hpp"

/// Blocks with rules of their own: `switch`, `loop`, `race`. What happens to them is in blocks.cpp
/// as part of Turn.
namespace pawl::core {

bool is_race(const RunState& run, InstId inst);
/// What the chosen step of a `switch` gave; of a `race` with its name.
JsonText output_of_chosen(const RunState& run, InstId block);

}  // namespace pawl::core
