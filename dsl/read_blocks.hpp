#pragma once

#include "dsl/read_settings.hpp"

/// Blocks with rules of their own: what stands below `switch`, `loop` and `race`. Their steps are
/// read by read_steps.
namespace pawl::dsl {

void read_switch(Front& front, SettingsReader& settings, Entry entry, StepId block);
void read_loop(Front& front, SettingsReader& settings, Entry entry, StepId block);
void read_race(Front& front, SettingsReader& settings, Entry entry, StepId block);

/// By which rule a block ends whose kind is written with this key.
BlockRule rule_of_kind(std::string_view key);

}  // namespace pawl::dsl
