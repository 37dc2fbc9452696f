#pragma once

#include <string_view>
#include <vector>

#include "dsl/lua_scan.hpp"
#include "dsl/lua_token.hpp"

/// Spellings of other languages in Lua text. Each rule looks at tokens that no Lua program can
/// hold in that order, so that right Lua is never blamed.
namespace pawl::dsl {

std::vector<TextMistake> find_slips(const std::vector<LuaToken>& tokens);

/// What is likely meant where Lua's parser has already refused the text: rules that would blame
/// right Lua if they were asked first.
std::vector<TextMistake> guess_slips(const std::vector<LuaToken>& tokens, bool expression);

}  // namespace pawl::dsl
