#pragma once

#include <string>
#include <string_view>

namespace pawl::dsl {

/// A condition as GitHub Actions, shells and C write it, spelled as Lua does: `&&` as `and`, `||`
/// as `or`, `!` as `not`, `!=` as `~=`, without `${{ … }}` around it; what stands in quotes is
/// kept. Names are not translated: `github.ref` remains, and is reported when the file is checked
/// again.
std::string lua_spelling(std::string_view condition);

}  // namespace pawl::dsl
