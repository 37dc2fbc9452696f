#pragma once

#include <lua.hpp>
#include <string_view>

#include "scripting/syntax.hpp"

/// What every script may use: pure functions of their arguments. One file a library.
namespace pawl::scripting {

/// Pushes the function or library of that global name; pushes nothing and returns false when there
/// is none.
bool push_library(lua_State* lua, std::string_view name);

/// A function of Lua's own libraries by its name there ("string.byte").
lua_CFunction standard_function(std::string_view name);

/// Each pushes a table.
void push_string_library(lua_State* lua);
void push_table_library(lua_State* lua);
void push_json_library(lua_State* lua);
void push_str_library(lua_State* lua);
void push_list_library(lua_State* lua);
void push_time_library(lua_State* lua);
void push_hash_library(lua_State* lua);
void push_regex_library(lua_State* lua);
void push_semver_library(lua_State* lua);

/// The four of Lua's string library that match patterns, with a limit on their steps.
int string_find(lua_State* lua);
int string_match(lua_State* lua);
int string_gmatch(lua_State* lua);
int string_gsub(lua_State* lua);

/// string.format, without addresses.
int string_format(lua_State* lua);
/// tostring without addresses; honours __tostring and __name.
int text_of(lua_State* lua);
/// error(message, level) with the author's place.
int raise_error(lua_State* lua);

}  // namespace pawl::scripting
