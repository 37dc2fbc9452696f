#include <algorithm>
#include <string>

#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/library.hpp"
#include "scripting/sort.hpp"

/// Lua's table library over again: the original honours __len and __index, so that a table could
/// claim 2^60 items and keep a C function busy for ever. Here items are read raw and charged.
namespace pawl::scripting {
namespace {

lua_Integer length_of_table(lua_State* lua, int index) {
  luaL_checktype(lua, index, LUA_TTABLE);
  return static_cast<lua_Integer>(lua_rawlen(lua, index));
}

int table_insert(lua_State* lua) {
  const lua_Integer end = length_of_table(lua, 1) + 1;
  lua_Integer at = end;
  if (lua_gettop(lua) == 3) {
    at = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, at >= 1 && at <= end, 2, "position out of bounds");
    charge(lua, static_cast<std::size_t>(end - at));
    for (lua_Integer i = end; i > at; --i) {
      lua_rawgeti(lua, 1, i - 1);
      lua_rawseti(lua, 1, i);
    }
  } else if (lua_gettop(lua) != 2) {
    raise(lua, "wrong number of arguments to 'insert'");
  }
  lua_settop(lua, lua_gettop(lua) == 3 ? 3 : 2);
  lua_rawseti(lua, 1, at);
  return 0;
}

int table_remove(lua_State* lua) {
  const lua_Integer length = length_of_table(lua, 1);
  lua_Integer at = luaL_optinteger(lua, 2, length);
  const bool empty_end = length == 0 && (at == 0 || at == length);
  luaL_argcheck(lua, empty_end || (at >= 1 && at <= length + 1), 2, "position out of bounds");
  lua_rawgeti(lua, 1, at);
  charge(lua, static_cast<std::size_t>(std::max<lua_Integer>(0, length - at)));
  for (; at < length; ++at) {
    lua_rawgeti(lua, 1, at + 1);
    lua_rawseti(lua, 1, at);
  }
  lua_pushnil(lua);
  lua_rawseti(lua, 1, at);
  return 1;
}

int table_concat(lua_State* lua) {
  const lua_Integer length = length_of_table(lua, 1);
  const std::string_view separator = lua_isnoneornil(lua, 2) ? "" : check_view(lua, 2);
  const lua_Integer first = luaL_optinteger(lua, 3, 1);
  const lua_Integer last = luaL_optinteger(lua, 4, length);
  std::string text;
  for (lua_Integer i = first; i <= last; ++i) {
    lua_rawgeti(lua, 1, i);
    if (lua_isstring(lua, -1) == 0) {
      raise(lua, std::string("concat: item ") + std::to_string(i) + " is a " +
                     luaL_typename(lua, -1) + ", a text or number is expected");
    }
    const std::string_view item = to_view(lua, -1);
    charge_bytes(lua, item.size() + separator.size());
    check_memory(lua, text.size() + item.size() + separator.size());
    text += item;
    if (i != last) text += separator;
    lua_pop(lua, 1);
    if (i == LUA_MAXINTEGER) break;
  }
  push(lua, text);
  return 1;
}

int table_pack(lua_State* lua) {
  const int count = lua_gettop(lua);
  charge(lua, static_cast<std::size_t>(count));
  lua_createtable(lua, count, 1);
  lua_insert(lua, 1);
  for (int i = count; i >= 1; --i) lua_rawseti(lua, 1, i);
  lua_pushinteger(lua, count);
  lua_setfield(lua, 1, "n");
  return 1;
}

int table_unpack(lua_State* lua) {
  const lua_Integer length = length_of_table(lua, 1);
  const lua_Integer first = luaL_optinteger(lua, 2, 1);
  const lua_Integer last = luaL_optinteger(lua, 3, length);
  if (first > last) return 0;
  const auto count = static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first);
  if (count >= 100'000 || lua_checkstack(lua, static_cast<int>(count) + 1) == 0) {
    raise(lua, "unpack: more than 100,000 results");
  }
  charge(lua, static_cast<std::size_t>(count));
  for (lua_Integer i = first; i < last; ++i) lua_rawgeti(lua, 1, i);
  lua_rawgeti(lua, 1, last);
  return static_cast<int>(count) + 1;
}

int table_move(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  const lua_Integer first = luaL_checkinteger(lua, 2), last = luaL_checkinteger(lua, 3);
  const lua_Integer to = luaL_checkinteger(lua, 4);
  const int target = lua_isnoneornil(lua, 5) ? 1 : 5;
  luaL_checktype(lua, target, LUA_TTABLE);
  if (last >= first) {
    const auto count = static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first);
    if (count > 100'000'000 || to > LUA_MAXINTEGER - static_cast<lua_Integer>(count)) {
      raise(lua, "move: too many items");
    }
    const bool upwards = to > last || to <= first || target != 1;
    for (lua_Integer i = 0; i <= static_cast<lua_Integer>(count); ++i) {
      const lua_Integer at = upwards ? i : static_cast<lua_Integer>(count) - i;
      charge(lua, 1);
      lua_rawgeti(lua, 1, first + at);
      lua_rawseti(lua, target, to + at);
    }
  }
  lua_pushvalue(lua, target);
  return 1;
}

int table_sort(lua_State* lua) {
  length_of_table(lua, 1);
  if (!lua_isnoneornil(lua, 2)) luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_settop(lua, 2);
  sort_table(lua, 1, 2);
  return 0;
}

}  // namespace

void push_table_library(lua_State* lua) {
  static constexpr Function functions[] = {
      {"concat", bound<table_concat>}, {"insert", bound<table_insert>}, {"move", bound<table_move>},
      {"pack", bound<table_pack>},     {"remove", bound<table_remove>}, {"sort", bound<table_sort>},
      {"unpack", bound<table_unpack>},
  };
  push_table(lua, functions);
}

}  // namespace pawl::scripting
