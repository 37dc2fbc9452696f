#pragma once

#include <memory>

#include "dsl/front.hpp"
#include "dsl/read_settings.hpp"

/// `verify` and `undo` of a step: scripts of their own beside the step's work.
namespace pawl::dsl {

/// Reads `verify:`: was an attempt done whose worker has died?
std::shared_ptr<const Procedure> read_verify(Front& front, SettingsReader& settings, Entry entry,
                                             StepId step);
/// Reads `undo:`, which sees the `output` of the step.
std::shared_ptr<const Procedure> read_undo(Front& front, SettingsReader& settings, Entry entry,
                                           StepId step);

}  // namespace pawl::dsl
