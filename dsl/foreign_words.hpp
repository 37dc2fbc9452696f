#pragma once

#include <string_view>
#include <vector>

#include "dsl/lua_scan.hpp"

namespace pawl::dsl {

/// What other engines fill in or read, and what is plain text here: `{{ inputs.x }}` without the
/// dollar, `$GITHUB_OUTPUT`, `::set-output`. As warnings, each with our way to write it; `text` is
/// a scalar with or without `${{ … }}` in it. Linear in the text.
std::vector<TextMistake> foreign_words(std::string_view text);

}  // namespace pawl::dsl
