#include "scripting/globals.hpp"

#include <string>

#include "base/text.hpp"
#include "scripting/fields.hpp"
#include "scripting/guest.hpp"
#include "scripting/host_calls.hpp"
#include "scripting/json.hpp"
#include "scripting/library.hpp"
#include "scripting/modules.hpp"

namespace pawl::scripting {
namespace {

/// Address in the registry of the metatable of `steps`.
const char steps_metatable_key = 's';

/// Sets the value on top as a field of the table at `table`, and leaves it on top.
void keep(lua_State* lua, int table, std::string_view name) {
  push(lua, name);
  lua_pushvalue(lua, -2);
  lua_rawset(lua, table);
}

int index_steps(lua_State* lua) {
  if (lua_type(lua, 2) != LUA_TSTRING) return 0;
  const std::string_view name = to_view(lua, 2);
  const auto& steps = guest_of(lua).scope->steps;
  const auto found = steps.find(name);
  if (found != steps.end()) {
    if (found->second.is_null()) return 0;
    push_json(lua, found->second.text, Fields::strict, "the step");
    keep(lua, 1, name);
    return 1;
  }
  std::vector<std::string_view> names;
  for (const auto& [known, value] : steps) names.push_back(known);
  const std::string there =
      names.empty() ? "no step can be read here" : "there are: " + enumerate(names);
  if (name.size() > 80) raise(lua, "there is no step of such a long name");
  raise(lua, "steps." + std::string(name) + ": there is no step " + quoted(name) + " here (" +
                 there + ")" + suggest(name, names));
}

void read_steps(lua_State* lua, int table) {
  for (const auto& [name, value] : guest_of(lua).scope->steps) {
    if (value.is_null()) continue;
    push(lua, name);
    if (lua_rawget(lua, table) == LUA_TNIL) {
      push_json(lua, value.text, Fields::strict, "the step");
      keep(lua, table, name);
      lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
  }
}

int pairs_of_steps(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  read_steps(lua, 1);
  lua_pushcfunction(lua, standard_function("next"));
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

void push_steps(lua_State* lua) {
  lua_newtable(lua);
  static constexpr Function methods[] = {{"__index", bound<index_steps>},
                                         {"__pairs", bound<pairs_of_steps>}};
  push_table(lua, methods);
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &steps_metatable_key);
  lua_setmetatable(lua, -2);
}

/// null is called only where it stands for an `error` or `checkpoint` that has no value yet.
int call_null(lua_State* lua) {
  lua_Debug call{};
  std::string name = "the value";
  if (lua_getstack(lua, 0, &call) != 0 && lua_getinfo(lua, "n", &call) != 0 &&
      call.name != nullptr) {
    name = call.name;
  }
  lua_remove(lua, 1);
  if (name == "error") return raise_error(lua);
  if (name == "checkpoint" && push_host_function(lua, name)) {
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
  }
  raise(lua, quoted(name) + " is nothing (nil or null), it cannot be called");
}

/// Calls the function in the metatable of a value that is a function too, without the value.
int call_instead(lua_State* lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_replace(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

/// Gives the value on top a metatable of its own with __call = the function `name`.
void make_callable(lua_State* lua, std::string_view name) {
  const bool is_table = lua_istable(lua, -1);
  lua_createtable(lua, 0, 3);
  if (name == "error") {
    lua_pushcfunction(lua, bound<raise_error>);
  } else if (!push_host_function(lua, name)) {
    lua_pop(lua, 1);
    return;
  }
  lua_pushcclosure(lua, bound<call_instead>, 1);
  lua_setfield(lua, -2, "__call");
  const bool has_members = is_table || lua_type(lua, -2) == LUA_TSTRING;
  if (has_members && lua_getmetatable(lua, -2) != 0) {
    lua_getfield(lua, -1, "__index");
    lua_setfield(lua, -3, "__index");
    lua_pop(lua, 1);
  }
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

bool is_also_function(std::string_view name) { return name == "error" || name == "checkpoint"; }

bool push_scope_value(lua_State* lua, std::string_view name) {
  const auto& values = guest_of(lua).scope->values;
  const auto found = values.find(name);
  if (found == values.end()) return false;
  if (name == "checkpoint" && found->second.is_null()) {
    lua_pushnil(lua);
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, bound<call_null>);
    lua_setfield(lua, -2, "__call");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    return true;
  }
  push_json(lua, found->second.text, Fields::strict, found->first.c_str());
  if (is_also_function(name) && !is_null(lua, -1)) make_callable(lua, name);
  return true;
}

[[noreturn]] void raise_undefined(lua_State* lua, std::string_view name) {
  const auto in_scope = names_of_scope(lua);
  std::vector<std::string_view> known(std::begin(library_names), std::end(library_names));
  known.insert(known.end(), in_scope.begin(), in_scope.end());
  const Script::Functions& functions = guest_of(lua).functions;
  for (const auto* names : {&functions.awaits, &functions.calls, &functions.decisions}) {
    known.insert(known.end(), names->begin(), names->end());
  }
  const std::string there = in_scope.empty() ? "" : " (in scope: " + enumerate(in_scope) + ")";
  raise(lua, quoted(to_valid_utf8(name.substr(0, 80))) + " is not defined here" + there +
                 suggest(name, known));
}

int index_globals(lua_State* lua) {
  if (lua_type(lua, 2) != LUA_TSTRING) return 0;
  const std::string_view name = to_view(lua, 2);
  if (name == "steps") {
    push_steps(lua);
  } else if (name == "null") {
    push_null(lua);
  } else if (name == "print" && push_host_function(lua, "log")) {
    // The habit of Lua authors goes where its text belongs.
  } else if (name == "require" && push_require(lua)) {
    // There are modules.
  } else if (!push_scope_value(lua, name) && !push_host_function(lua, name) &&
             !push_library(lua, name)) {
    raise_undefined(lua, name);
  }
  keep(lua, 1, name);
  return 1;
}

/// ("x"):upper() reads `string` through here, so that the library is made only when it is used.
int index_string(lua_State* lua) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushliteral(lua, "string");
  lua_gettable(lua, -2);
  if (!lua_istable(lua, -1)) return 0;
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, -2) != LUA_TNIL || lua_type(lua, 2) != LUA_TSTRING) return 1;
  raise(lua, "a text has no field " + quoted(to_view(lua, 2)) + "; it is a text, not an object");
}

}  // namespace

void install_globals(lua_State* lua) {
  static constexpr Function of_globals[] = {{"__index", bound<index_globals>}};
  static constexpr Function of_strings[] = {{"__index", bound<index_string>}};
  static constexpr Function of_null[] = {{"__call", bound<call_null>}};
  const auto protect = [lua] {
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
  };
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  push_table(lua, of_globals);
  protect();
  lua_pushliteral(lua, "");
  push_table(lua, of_strings);
  protect();
  push_null(lua);
  push_table(lua, of_null);
  protect();
  lua_settop(lua, 0);
}

void read_all_steps(lua_State* lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &steps_metatable_key);
  const bool is_steps = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  if (is_steps) read_steps(lua, lua_absindex(lua, index));
}

std::vector<std::string_view> names_of_scope(lua_State* lua) {
  const Scope& scope = *guest_of(lua).scope;
  std::vector<std::string_view> names;
  for (const auto& [name, value] : scope.values) names.push_back(name);
  if (!scope.steps.empty()) names.push_back("steps");
  return names;
}

void push_raw_global(lua_State* lua, std::string_view name) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  push(lua, name);
  lua_rawget(lua, -2);
  lua_remove(lua, -2);
}

}  // namespace pawl::scripting
