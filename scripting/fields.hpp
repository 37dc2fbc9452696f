#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>
#include <vector>

/// What reading a field that is not there says.
namespace pawl::scripting {

/// The metatable that marks lists; reading a name from a list is an error.
void push_list_metatable(lua_State* lua);
/// The metatable of objects of the scope; reading an absent field is an error.
void push_object_metatable(lua_State* lua);

/// "a, b, c" and at most `most` of them, sorted.
std::string enumerate(std::vector<std::string_view> names, std::size_t most = 12);
/// "; did you mean 'x'?" or nothing.
std::string suggest(std::string_view word, const std::vector<std::string_view>& known);
/// The path from the script's scope to the table at `index` ("steps.fetch.output"), or nothing.
std::string path_of(lua_State* lua, int index);
/// The path of the only field `name` in the scope that is null; nothing when it is not the only
/// one.
std::string path_of_null(lua_State* lua, std::string_view name);

}  // namespace pawl::scripting
