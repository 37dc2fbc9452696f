#pragma once

#include <lua.hpp>

namespace pawl::scripting {

/// Pushes `require`, which loads the modules of the script; false, and nothing, when it has none.
bool push_require(lua_State* lua);

}  // namespace pawl::scripting
