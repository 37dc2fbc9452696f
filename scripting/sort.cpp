#include "scripting/sort.hpp"

#include <algorithm>

#include "scripting/guest.hpp"

namespace pawl::scripting {
namespace {

/// Whether item `a` of `from` goes before item `b`.
bool goes_before(lua_State* lua, int from, lua_Integer a, lua_Integer b, int less) {
  charge(lua, 1);
  bool before = false;
  if (lua_isnil(lua, less)) {
    lua_rawgeti(lua, from, a);
    lua_rawgeti(lua, from, b);
    before = lua_compare(lua, -2, -1, LUA_OPLT) != 0;
    lua_pop(lua, 2);
  } else {
    lua_pushvalue(lua, less);
    lua_rawgeti(lua, from, a);
    lua_rawgeti(lua, from, b);
    lua_call(lua, 2, 1);
    before = lua_toboolean(lua, -1) != 0;
    lua_pop(lua, 1);
  }
  return before;
}

/// Merges the sorted runs [begin, middle) and [middle, end) of `from` into `to`.
void merge(lua_State* lua, int from, int to, lua_Integer begin, lua_Integer middle, lua_Integer end,
           int less) {
  lua_Integer left = begin, right = middle;
  for (lua_Integer at = begin; at < end; ++at) {
    const bool take_left =
        right >= end || (left < middle && !goes_before(lua, from, right, left, less));
    lua_rawgeti(lua, from, take_left ? left++ : right++);
    lua_rawseti(lua, to, at);
  }
}

}  // namespace

void sort_table(lua_State* lua, int table, int less) {
  const auto length = static_cast<lua_Integer>(lua_rawlen(lua, table));
  if (length < 2) return;
  lua_createtable(lua, static_cast<int>(std::min<lua_Integer>(length, 1 << 20)), 0);
  int from = table, to = lua_gettop(lua);
  for (lua_Integer width = 1; width < length; width *= 2) {
    for (lua_Integer begin = 1; begin <= length; begin += 2 * width) {
      merge(lua, from, to, begin, std::min(begin + width, length + 1),
            std::min(begin + 2 * width, length + 1), less);
    }
    std::swap(from, to);
  }
  for (lua_Integer at = 1; from != table && at <= length; ++at) {
    lua_rawgeti(lua, from, at);
    lua_rawseti(lua, table, at);
  }
  lua_settop(lua, std::max(from, to) - 1);
}

}  // namespace pawl::scripting
