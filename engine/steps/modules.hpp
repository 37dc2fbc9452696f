#pragma once

#include <string>
#include <vector>

#include "scripting/script.hpp"
#include "steps/body.hpp"

/// Scripts of a workflow, with the Lua files of its bundle. These come with the plan, so that every
/// worker has them, and a file that is edited changes no run.
namespace pawl::steps {

/// What `require` finds; borrows from them.
std::vector<scripting::Module> modules_of(const std::vector<dsl::Module>& modules);

/// Starts a hook. The plan outlives the script.
scripting::Step start_block(scripting::Script& script, const dsl::Plan& plan,
                            const dsl::Code& code);
/// Starts the body of a `lua` or `uses` step, of its `verify` or `undo`. The plan outlives the
/// script.
scripting::Step start_body(scripting::Script& script, const AttemptContext& context);

}  // namespace pawl::steps
