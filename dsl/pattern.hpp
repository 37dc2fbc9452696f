#pragma once

#include <string_view>

#include "base/result.hpp"

namespace pawl::dsl {

/// Does the whole of `text` match `pattern`? The pattern is the common part of ECMAScript's regular
/// expressions: literals, `.`, classes, `\d \w \s`, groups, `|`, `* + ? {m,n}`; no look-around and
/// no back references. Time is linear in the text, whatever the pattern: all its states advance
/// together (Thompson's construction), so none can run away.
Result<bool> pattern_matches(std::string_view pattern, std::string_view text);

}  // namespace pawl::dsl
