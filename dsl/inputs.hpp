#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dsl/plan.hpp"

/// Values of inputs against their declaration; check_inputs in compile.hpp is what callers use.
namespace pawl::dsl {

/// Why `value` (JSON) cannot be the value of `input`; nothing when it can.
std::optional<Problem> check_value(const Input& input, const JsonText& value);

/// The values of its `enum:`, as texts.
std::vector<std::string> choice_words(const Input& input);

}  // namespace pawl::dsl
