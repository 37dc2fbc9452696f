#pragma once

#include <string>
#include <vector>

#include "cli/run_view.hpp"

/// STEP as people write it: one path, or a selection of several.
///
///   build.compile           the step; also as build/compile, and items without quotes
///   build.*                 `*` is any text
///   @failed                 steps in that state, whatever blocks they are in
///   +link  link+  +link+    with what it needs, with what hangs on it, with both
///   a,@running              both
namespace pawl::cli {

/// The steps that `words` choose, each once, in file order. A block stands for itself; @STATE
/// chooses a block only when nothing inside is in that state. No words choose nothing. Throws
/// Error (usage) for a path, a pattern or a state that is not there; a state in which no step is
/// chooses nothing.
std::vector<StepId> select_steps(const RunView& view, const std::vector<std::string>& words);

/// What `steps` are or hold: steps that do something themselves.
std::vector<StepId> leaves_in(const dsl::Plan& plan, const std::vector<StepId>& steps);

/// `step` is `block` or stands inside of it.
bool is_within(const dsl::Plan& plan, StepId step, StepId block);

/// Whether `word` is more than one path, so that it may choose none.
bool is_selection(const std::string& word);

}  // namespace pawl::cli
