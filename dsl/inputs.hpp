#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "dsl/plan.hpp"

/// Values of inputs against their declaration; check_inputs in compile.hpp is what callers use.
namespace pawl::dsl {

/// Why `value` (JSON) cannot be the value of `input`; nothing when it can.
std::optional<Problem> check_value(const Input& input, const JsonText& value);

/// Why `pattern` is no regular expression; nothing when it is one.
std::optional<Problem> check_pattern(std::string_view pattern);

}  // namespace pawl::dsl
