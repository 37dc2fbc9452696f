#pragma once

#include <optional>
#include <vector>

#include "dsl/front.hpp"
#include "dsl/read_names.hpp"
#include "dsl/read_settings.hpp"

/// One step of the file: its keys.
namespace pawl::dsl {

/// Reads the keys of the step `id`, which stands in Plan::steps already. Gives the entry of its
/// kind when it has steps inside, which come next: `steps`, `switch`, `loop`, `race`.
std::optional<Entry> read_step(Front& front, SettingsReader& settings, StepId id, NodeId map);

/// `env:` of the root or of a step.
std::vector<Variable> read_env(Front& front, Entry entry, const CodeScope& scope);

/// `run:` as a list: a program and its arguments.
RunSpec read_arguments(Front& front, Entry entry, const CodeScope& scope);

/// What the code of a step may name.
CodeScope scope_of(StepId step);

}  // namespace pawl::dsl
