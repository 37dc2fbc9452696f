#pragma once

#include "core/expressions.hpp"
#include "scripting/script.hpp"
#include "steps/step_kind.hpp"

/// What Lua sees of a run, and the values of templates in it.
namespace pawl::steps {

scripting::Scope scope_of(const core::View& view);
scripting::Scope scope_of(const Job& job);

/// The value of one bare expression.
Result<JsonText> evaluate(const dsl::Plan& plan, const dsl::Code& code,
                          const scripting::Scope& scope);
/// The value of a template: typed when it is one expression and nothing else, otherwise a string.
Result<JsonText> evaluate(const dsl::Plan& plan, const dsl::Template& text,
                          const scripting::Scope& scope);
/// The same as text.
Result<std::string> evaluate_text(const dsl::Plan& plan, const dsl::Template& text,
                                  const scripting::Scope& scope);

}  // namespace pawl::steps
