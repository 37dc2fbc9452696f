#pragma once

#include "base/result.hpp"
#include "dsl/plan.hpp"
#include "scripting/script.hpp"

/// `with` of a step of the kind `uses`.
namespace pawl::steps {

/// The object that the file gives to the action, before anybody has checked it.
Result<JsonText> evaluate_with(const dsl::Plan& plan, const dsl::UsesSpec& uses,
                               const scripting::Scope& scope);

/// The object that the action sees: each input of its declared type, defaults filled in, null for
/// one that is not given. A Problem names the input.
Result<JsonText> checked_with(const dsl::UsesSpec& uses, const JsonText& with);

}  // namespace pawl::steps
