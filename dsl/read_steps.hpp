#pragma once

#include "dsl/front.hpp"
#include "dsl/read_settings.hpp"

namespace pawl::dsl {

/// Reads `steps:` of the root or of a block, and everything below, into Plan::steps in preorder.
void read_steps(Front& front, SettingsReader& settings, Entry entry, StepId block);

/// The root's `hooks:`: lua steps without a parent, behind all others.
void read_run_hooks(Front& front, SettingsReader& settings, Entry entry);

/// `env:` of the root or of a step.
std::vector<Variable> read_env(Front& front, Entry entry, const struct CodeScope& scope);

}  // namespace pawl::dsl
