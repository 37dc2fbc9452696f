#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>

/// Places in messages. Lua's name of each chunk is one control character, so that no long file name
/// is cut and no text of a script is taken for a place; here it becomes the author's file and line.
namespace pawl::scripting {

constexpr const char* chunk_name = "=\x01";
/// Of the module with this number in Guest::modules.
std::string chunk_name_of(std::size_t module);

/// `message` with every "\1:N:" as "file:line:".
std::string with_places(lua_State* lua, std::string_view message);
/// Replaces the error value on top, when it is a text, by one with places.
void place_error(lua_State* lua);
/// The message of the error value on top.
std::string message_of_error(lua_State* lua);
/// The author's frames of a stopped thread, a line each, innermost first.
std::string traceback_of(lua_State* lua, lua_State* thread);

}  // namespace pawl::scripting
