#pragma once

#include "dsl/front.hpp"
#include "dsl/read_settings.hpp"

namespace pawl::dsl {

/// Reads `steps:` of the root or of a block, and everything below, into Plan::steps in preorder.
void read_steps(Front& front, SettingsReader& settings, Entry entry, StepId block);

/// Adds one step of a block with everything in it.
StepId add_step(Front& front, SettingsReader& settings, StepId block, std::string id, NodeId map,
                Place at);
/// Are `count` more steps allowed? Reports when not.
bool has_room(Front& front, Entry entry, std::size_t count);

/// The root's `hooks:`: lua steps without a parent, behind all others.
void read_run_hooks(Front& front, SettingsReader& settings, Entry entry);

}  // namespace pawl::dsl
