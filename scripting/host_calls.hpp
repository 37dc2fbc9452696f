#pragma once

#include <lua.hpp>
#include <string_view>

/// The functions that reach out of a script: awaits, calls of the host, decisions.
namespace pawl::scripting {

/// Pushes the function or, for the part before a dot ("step"), the table of functions that `name`
/// means to this script; pushes nothing and returns false when there is none.
bool push_host_function(lua_State* lua, std::string_view name);

}  // namespace pawl::scripting
