#include <algorithm>
#include <vector>

#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/library.hpp"
#include "scripting/sort.hpp"

/// list: new lists out of lists; none of these changes its argument.
namespace pawl::scripting {
namespace {

lua_Integer check_list(lua_State* lua, int index) {
  luaL_checktype(lua, index, LUA_TTABLE);
  const std::size_t length = lua_rawlen(lua, index);
  charge(lua, 1 + length);
  return static_cast<lua_Integer>(length);
}

void new_list(lua_State* lua) {
  lua_newtable(lua);
  mark_list(lua);
}

/// Pops the value on top to the end of the list at `list`; nil becomes null, so that no hole is
/// made.
void append(lua_State* lua, int list) {
  if (lua_isnil(lua, -1)) {
    lua_pop(lua, 1);
    push_null(lua);
  }
  lua_rawseti(lua, list, static_cast<lua_Integer>(lua_rawlen(lua, list)) + 1);
}

/// list{…}: marks its argument, or a new list, as one; that matters where it is empty.
int make(lua_State* lua) {
  if (lua_isnoneornil(lua, 2)) {
    new_list(lua);
    return 1;
  }
  luaL_checktype(lua, 2, LUA_TTABLE);
  lua_settop(lua, 2);
  if (!is_list(lua, 2)) {
    if (lua_getmetatable(lua, 2) != 0) raise(lua, "list: the table has a metatable of its own");
    mark_list(lua);
  }
  return 1;
}

/// Calls the function at 2 with item `at` of 1 and its index; the result is on top.
void call_with_item(lua_State* lua, lua_Integer at) {
  lua_pushvalue(lua, 2);
  lua_rawgeti(lua, 1, at);
  lua_pushinteger(lua, at);
  lua_call(lua, 2, 1);
}

int map(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  lua_settop(lua, 2);
  new_list(lua);
  for (lua_Integer at = 1; at <= length; ++at) {
    call_with_item(lua, at);
    append(lua, 3);
  }
  return 1;
}

int filter(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  lua_settop(lua, 2);
  new_list(lua);
  for (lua_Integer at = 1; at <= length; ++at) {
    call_with_item(lua, at);
    const bool keep = lua_toboolean(lua, -1) != 0 && !is_null(lua, -1);
    lua_pop(lua, 1);
    if (!keep) continue;
    lua_rawgeti(lua, 1, at);
    append(lua, 3);
  }
  return 1;
}

/// reduce(list, function(sum, item), start)
int reduce(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  lua_settop(lua, 3);
  for (lua_Integer at = 1; at <= length; ++at) {
    lua_pushvalue(lua, 2);
    lua_insert(lua, 3);
    lua_rawgeti(lua, 1, at);
    lua_call(lua, 2, 1);
  }
  return 1;
}

/// find(list, function(item)): the first item for which it is true, and its index.
int find(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  for (lua_Integer at = 1; at <= length; ++at) {
    call_with_item(lua, at);
    if (lua_toboolean(lua, -1) != 0) {
      lua_rawgeti(lua, 1, at);
      lua_pushinteger(lua, at);
      return 2;
    }
    lua_pop(lua, 1);
  }
  lua_pushnil(lua);
  return 1;
}

int sort(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  if (!lua_isnoneornil(lua, 2)) luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_settop(lua, 2);
  new_list(lua);
  for (lua_Integer at = 1; at <= length; ++at) {
    lua_rawgeti(lua, 1, at);
    append(lua, 3);
  }
  sort_table(lua, 3, 2);
  return 1;
}

/// The keys of the object at 1 as a sorted list on top.
void push_sorted_keys(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  new_list(lua);
  const int list = lua_gettop(lua);
  for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
    charge(lua, 1);
    lua_pushvalue(lua, -2);
    append(lua, list);
  }
  lua_pushnil(lua);
  sort_table(lua, list, list + 1);
  lua_settop(lua, list);
}

int keys(lua_State* lua) {
  push_sorted_keys(lua);
  return 1;
}

/// The values of an object, in the order of its sorted keys.
int values(lua_State* lua) {
  lua_settop(lua, 1);
  push_sorted_keys(lua);
  new_list(lua);
  const auto length = static_cast<lua_Integer>(lua_rawlen(lua, 2));
  for (lua_Integer at = 1; at <= length; ++at) {
    lua_rawgeti(lua, 2, at);
    lua_rawget(lua, 1);
    append(lua, 3);
  }
  return 1;
}

int sum(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  lua_settop(lua, 1);
  lua_pushinteger(lua, 0);
  for (lua_Integer at = 1; at <= length; ++at) {
    lua_rawgeti(lua, 1, at);
    if (lua_type(lua, -1) != LUA_TNUMBER) {
      raise(lua, "sum: item " + std::to_string(at) + " is a " + luaL_typename(lua, -1) +
                     ", a number is expected");
    }
    lua_arith(lua, LUA_OPADD);
  }
  return 1;
}

/// The least or the greatest item; nil of an empty list.
int extreme(lua_State* lua, bool least) {
  const lua_Integer length = check_list(lua, 1);
  lua_settop(lua, 1);
  lua_rawgeti(lua, 1, 1);
  for (lua_Integer at = 2; at <= length; ++at) {
    lua_rawgeti(lua, 1, at);
    const bool better =
        least ? lua_compare(lua, 3, 2, LUA_OPLT) != 0 : lua_compare(lua, 2, 3, LUA_OPLT) != 0;
    if (better) lua_replace(lua, 2);
    lua_settop(lua, 2);
  }
  return 1;
}
int min(lua_State* lua) { return extreme(lua, true); }
int max(lua_State* lua) { return extreme(lua, false); }

/// range(last), range(first, last), range(first, last, step)
int range(lua_State* lua) {
  const bool short_form = lua_gettop(lua) == 1;
  const lua_Integer first = short_form ? 1 : luaL_checkinteger(lua, 1);
  const lua_Integer last = luaL_checkinteger(lua, short_form ? 1 : 2);
  const lua_Integer step = luaL_optinteger(lua, 3, 1);
  if (step == 0) raise(lua, "range: the step is 0");
  new_list(lua);
  const int list = lua_gettop(lua);
  for (lua_Integer value = first; step > 0 ? value <= last : value >= last;) {
    charge(lua, 2);
    lua_pushinteger(lua, value);
    append(lua, list);
    if (__builtin_add_overflow(value, step, &value)) break;
  }
  return 1;
}

int contains_item(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  bool found = false;
  for (lua_Integer at = 1; !found && at <= length; ++at) {
    lua_rawgeti(lua, 1, at);
    found = lua_rawequal(lua, -1, 2) != 0;
    lua_pop(lua, 1);
  }
  lua_pushboolean(lua, found ? 1 : 0);
  return 1;
}

int unique(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  lua_settop(lua, 1);
  new_list(lua);
  lua_newtable(lua);
  for (lua_Integer at = 1; at <= length; ++at) {
    lua_rawgeti(lua, 1, at);
    lua_pushvalue(lua, -1);
    const bool seen = lua_rawget(lua, 3) != LUA_TNIL;
    lua_pop(lua, 1);
    if (!seen) {
      lua_pushvalue(lua, -1);
      lua_pushboolean(lua, 1);
      lua_rawset(lua, 3);
      append(lua, 2);
    }
    lua_settop(lua, 3);
  }
  lua_settop(lua, 2);
  return 1;
}

/// One level: items that are lists give their items.
int flatten(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  lua_settop(lua, 1);
  new_list(lua);
  for (lua_Integer at = 1; at <= length; ++at) {
    lua_rawgeti(lua, 1, at);
    if (lua_istable(lua, -1) && (is_list(lua, -1) || lua_rawlen(lua, -1) > 0)) {
      const lua_Integer inner = check_list(lua, -1);
      for (lua_Integer i = 1; i <= inner; ++i) {
        lua_rawgeti(lua, 3, i);
        append(lua, 2);
      }
    } else {
      lua_pushvalue(lua, -1);
      append(lua, 2);
    }
    lua_settop(lua, 2);
  }
  return 1;
}

int concat(lua_State* lua) {
  const int count = lua_gettop(lua);
  new_list(lua);
  for (int argument = 1; argument <= count; ++argument) {
    const lua_Integer length = check_list(lua, argument);
    for (lua_Integer at = 1; at <= length; ++at) {
      lua_rawgeti(lua, argument, at);
      append(lua, count + 1);
    }
  }
  return 1;
}

/// slice(list, first [, last]): negative positions count from the end.
int slice(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  const auto position = [length](lua_Integer at) { return at < 0 ? length + at + 1 : at; };
  const lua_Integer first = std::max<lua_Integer>(1, position(luaL_optinteger(lua, 2, 1)));
  const lua_Integer last = std::min(length, position(luaL_optinteger(lua, 3, -1)));
  new_list(lua);
  const int list = lua_gettop(lua);
  for (lua_Integer at = first; at <= last; ++at) {
    lua_rawgeti(lua, 1, at);
    append(lua, list);
  }
  return 1;
}

int reverse(lua_State* lua) {
  const lua_Integer length = check_list(lua, 1);
  lua_settop(lua, 1);
  new_list(lua);
  for (lua_Integer at = length; at >= 1; --at) {
    lua_rawgeti(lua, 1, at);
    append(lua, 2);
  }
  return 1;
}

}  // namespace

void push_list_library(lua_State* lua) {
  static constexpr Function functions[] = {
      {"concat", bound<concat>},   {"contains", bound<contains_item>},
      {"filter", bound<filter>},   {"find", bound<find>},
      {"flatten", bound<flatten>}, {"keys", bound<keys>},
      {"map", bound<map>},         {"max", bound<max>},
      {"min", bound<min>},         {"range", bound<range>},
      {"reduce", bound<reduce>},   {"reverse", bound<reverse>},
      {"slice", bound<slice>},     {"sort", bound<sort>},
      {"sum", bound<sum>},         {"unique", bound<unique>},
      {"values", bound<values>},
  };
  push_table(lua, functions);
  static constexpr Function methods[] = {{"__call", bound<make>}};
  push_table(lua, methods);
  lua_setmetatable(lua, -2);
}

}  // namespace pawl::scripting
