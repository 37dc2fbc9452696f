#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>

/// JSON text ↔ values on the Lua stack, without a tree between.
///
/// null is a light userdata (the global `null`), lists are tables with the metatable of lists,
/// integers keep 64 bits. Both directions are at most `json_depth_max` deep. Objects are written
/// with sorted keys, so that the same value always gives the same text. All functions raise Lua
/// errors and charge the script's budget.
namespace pawl::scripting {

constexpr int json_depth_max = 200;

/// What reading an absent field of an object does: an error that names what there is, or nil.
enum class Fields : bool { strict, lenient };

/// Pushes the value of `text` (RFC 8259). On a mistake raises "WHAT: byte 17: a value is expected".
void push_json(lua_State* lua, std::string_view text, Fields fields, const char* what);
/// Appends the value at `index` to `out`; nil counts as null. `what` begins the messages.
void write_json(lua_State* lua, int index, std::string& out, const char* what);
/// The same in lines, indented by two blanks a level.
void write_json_lines(lua_State* lua, int index, std::string& out, const char* what);

void push_null(lua_State* lua);
bool is_null(lua_State* lua, int index);  ///< null or nil.
/// Marks the table on top as a list.
void mark_list(lua_State* lua);
/// Whether the value at `index` is a table that carries the mark of lists.
bool is_list(lua_State* lua, int index);

/// `text` quoted as JSON; it must be valid UTF-8.
void write_json_string(std::string_view text, std::string& out);

}  // namespace pawl::scripting
