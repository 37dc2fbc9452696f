#pragma once

#include <lua.hpp>
#include <string_view>
#include <vector>

/// The global names of a script: what the scope, the host and the library give, each made when it
/// is first read. (A state with all libraries would cost more than most scripts.)
namespace pawl::scripting {

/// Prepares the table of globals, the metatable of strings and null.
void install_globals(lua_State* lua);
/// Converts the steps that were not read yet, when the table at `index` is `steps`.
void read_all_steps(lua_State* lua, int index);
/// The names that come from the scope: "inputs", "steps", ….
std::vector<std::string_view> names_of_scope(lua_State* lua);
/// Pushes a global as far as it was read or set; nil otherwise.
void push_raw_global(lua_State* lua, std::string_view name);

}  // namespace pawl::scripting
