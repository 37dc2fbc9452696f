#pragma once

#include <memory>

#include "core/run_state.hpp"
#include "dsl/plan.hpp"

namespace pawl::cli {

/// The parent of what nobody is shown: patterns of items, and items that have not begun.
inline constexpr StepId nowhere{-2};

/// The plan with the items of a run as steps, so that whatever shows a run needs to know nothing of
/// items: who holds them is a block, and they are its steps, with ids like `["eu-west"]`. Steps are
/// numbered as instances are; so items stand behind all steps of the file. The plan itself when it
/// has no `foreach`.
std::shared_ptr<const dsl::Plan> expanded_plan(const core::RunState& run);

}  // namespace pawl::cli
