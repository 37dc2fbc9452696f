#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "steps/body.hpp"

/// Hooks of a step: short Lua blocks. All of this runs on a thread of the pool.
namespace pawl::steps {

/// What a hook gave: a failure, or a decision, or a value (JSON null for nothing).
struct HookEnd {
  std::optional<core::Failure> failure;
  std::optional<scripting::Decision> decision;
  JsonText value;
  JsonText env;   ///< What `env` is afterwards; only for `before`.
  JsonText with;  ///< The same of `with`, where there is one.
};

HookEnd run_before(const Context& context, const scripting::Scope& scope);
/// Sees `output`; gives a new one, null to keep it, or the decision `fail`.
HookEnd run_after(const Context& context, scripting::Scope scope, const JsonText& output);
/// Sees `error`; what it decided, and why it broke in `failure`.
HookEnd run_on_error(const Context& context, scripting::Scope scope, const core::Failure& error);
/// on_progress, on_retry, on_cancel: nothing depends on their result; an error goes to the log.
void run_notice(const Context& context, const dsl::Code& code, const std::string& name,
                const scripting::Scope& scope);

/// What the decision of an on_error hook means; a Problem when its argument is not understood.
Result<core::Failed::Decision> meaning_of(const scripting::Decision& decision);

}  // namespace pawl::steps
