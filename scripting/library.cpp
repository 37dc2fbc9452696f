#include "scripting/library.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <string>

#include "base/check.hpp"
#include "base/handle.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/messages.hpp"

namespace pawl::scripting {
namespace {

/// Runs the function of Lua in the upvalue, after charging for the texts it is given.
int charged(lua_State* lua) {
  std::size_t bytes = 0;
  for (int index = lua_gettop(lua); index > 0; --index) {
    if (lua_type(lua, index) == LUA_TSTRING) bytes += lua_rawlen(lua, index);
  }
  charge_bytes(lua, bytes);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

/// Adds functions of Lua's library `prefix` to the table on top; those that walk over texts
/// charged.
void add_standard(lua_State* lua, const std::string& prefix,
                  std::initializer_list<std::string_view> names, bool charging) {
  for (const std::string_view name : names) {
    push(lua, name);
    lua_pushcfunction(lua, standard_function(prefix + std::string(name)));
    if (charging) lua_pushcclosure(lua, charged, 1);
    lua_rawset(lua, -3);
  }
}

int string_rep(lua_State* lua) {
  const double length =
      static_cast<double>(check_view(lua, 1).size()) +
      static_cast<double>(lua_isnoneornil(lua, 3) ? 0 : check_view(lua, 3).size());
  const double bytes = length * static_cast<double>(luaL_checkinteger(lua, 2));
  const double most = static_cast<double>(guest_of(lua).budget.memory_max);
  if (bytes > most) raise_memory(lua);
  if (bytes > 0) charge_bytes(lua, static_cast<std::size_t>(bytes));
  return standard_function("string.rep")(lua);
}

void push_math_library(lua_State* lua) {
  lua_newtable(lua);
  add_standard(lua, "math.", {"abs", "acos",  "asin", "atan", "ceil",      "cos",  "deg",
                              "exp", "floor", "fmod", "log",  "max",       "min",  "modf",
                              "rad", "sin",   "sqrt", "tan",  "tointeger", "type", "ult"},
               false);
  lua_pushnumber(lua, 3.141592653589793);
  lua_setfield(lua, -2, "pi");
  lua_pushnumber(lua, HUGE_VAL);
  lua_setfield(lua, -2, "huge");
  lua_pushinteger(lua, LUA_MAXINTEGER);
  lua_setfield(lua, -2, "maxinteger");
  lua_pushinteger(lua, LUA_MININTEGER);
  lua_setfield(lua, -2, "mininteger");
}

void push_utf8_library(lua_State* lua) {
  lua_newtable(lua);
  add_standard(lua, "utf8.", {"char", "codepoint", "codes", "len", "offset"}, true);
  push(lua, {"[\0-\x7F\xC2-\xFD][\x80-\xBF]*", 14});  // has a zero byte
  lua_setfield(lua, -2, "charpattern");
}

/// An error stays an error for a script that has to end.
int after_protected_call(lua_State* lua, int status, lua_KContext first) {
  Guest& guest = guest_of(lua);
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(lua) - static_cast<int>(first);
  if (status == LUA_ERRMEM && guest.ending == Ending::none) guest.ending = Ending::memory;
  if (guest.ending != Ending::none) return lua_error(lua);
  place_error(lua);
  lua_pushboolean(lua, 0);
  lua_insert(lua, -2);
  return 2;
}

int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  const int status =
      lua_pcallk(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0, 0, bound_next<after_protected_call>);
  return after_protected_call(lua, status, 0);
}

int handle_error(lua_State* lua) {
  if (guest_of(lua).ending != Ending::none) return 1;
  place_error(lua);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, -2);
  lua_call(lua, 1, 1);
  return 1;
}

int protected_call_with_handler(lua_State* lua) {
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushvalue(lua, 2);
  lua_pushcclosure(lua, bound<handle_error>, 1);
  lua_replace(lua, 2);
  lua_pushboolean(lua, 1);
  lua_pushvalue(lua, 1);
  lua_rotate(lua, 3, 2);
  const int status =
      lua_pcallk(lua, lua_gettop(lua) - 4, LUA_MULTRET, 2, 2, bound_next<after_protected_call>);
  return after_protected_call(lua, status, 2);
}

int set_metatable(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_argexpected(lua, lua_isnil(lua, 2) || lua_istable(lua, 2), 2, "nil or table");
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL) {
    raise(lua, "cannot change a protected metatable");
  }
  lua_settop(lua, 2);
  if (lua_istable(lua, 2)) {
    // A finalizer would run with the hook off: nothing could stop it.
    lua_pushliteral(lua, "__gc");
    if (lua_rawget(lua, 2) != LUA_TNIL) raise(lua, "finalizers (__gc) are not available");
    lua_settop(lua, 2);
  }
  lua_setmetatable(lua, 1);
  return 1;
}

int length_of(lua_State* lua) {
  if (is_null(lua, 1)) {
    lua_pushinteger(lua, 0);
  } else if (lua_type(lua, 1) == LUA_TSTRING) {
    lua_pushinteger(lua, static_cast<lua_Integer>(lua_rawlen(lua, 1)));
  } else if (lua_istable(lua, 1)) {
    auto length = static_cast<lua_Integer>(lua_rawlen(lua, 1));
    if (length == 0) {
      for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
        charge(lua, 1);
        ++length;
      }
    }
    lua_pushinteger(lua, length);
  } else {
    raise(lua,
          std::string("len: a text, list or object is expected, got a ") + luaL_typename(lua, 1));
  }
  return 1;
}

int coalesce(lua_State* lua) {
  const int count = lua_gettop(lua);
  for (int index = 1; index <= count; ++index) {
    if (is_null(lua, index)) continue;
    lua_pushvalue(lua, index);
    return 1;
  }
  lua_pushnil(lua);
  return 1;
}

int contains(lua_State* lua) {
  bool found = false;
  lua_settop(lua, 2);
  if (is_null(lua, 1)) {
    // Nothing is in nothing.
  } else if (lua_type(lua, 1) == LUA_TSTRING) {
    const std::string_view text = to_view(lua, 1), part = check_view(lua, 2);
    charge_bytes(lua, text.size() * 4);
    found = text.find(part) != std::string_view::npos;
  } else {
    luaL_checktype(lua, 1, LUA_TTABLE);
    const bool list = is_list(lua, 1) || lua_rawlen(lua, 1) > 0;
    if (!list && !lua_isnil(lua, 2)) {
      lua_pushvalue(lua, 2);
      found = lua_rawget(lua, 1) != LUA_TNIL;
    }
    const auto length = static_cast<lua_Integer>(lua_rawlen(lua, 1));
    for (lua_Integer at = 1; list && !found && at <= length; ++at) {
      charge(lua, 1);
      lua_rawgeti(lua, 1, at);
      found = lua_rawequal(lua, -1, 2) != 0;
      lua_pop(lua, 1);
    }
  }
  lua_pushboolean(lua, found ? 1 : 0);
  return 1;
}

constexpr Function functions[] = {
    {"coalesce", bound<coalesce>},
    {"contains", bound<contains>},
    {"error", bound<raise_error>},
    {"format", bound<string_format>},
    {"len", bound<length_of>},
    {"pcall", bound<protected_call>},
    {"setmetatable", bound<set_metatable>},
    {"tostring", bound<text_of>},
    {"xpcall", bound<protected_call_with_handler>},
};

constexpr std::string_view standard_functions[] = {
    "assert", "getmetatable", "ipairs", "next",   "pairs",    "rawequal",
    "rawget", "rawlen",       "rawset", "select", "tonumber", "type",
};

struct Library {
  std::string_view name;
  void (*push)(lua_State*);
};
constexpr Library libraries[] = {
    {"hash", push_hash_library}, {"json", push_json_library},     {"list", push_list_library},
    {"math", push_math_library}, {"regex", push_regex_library},   {"semver", push_semver_library},
    {"str", push_str_library},   {"string", push_string_library}, {"table", push_table_library},
    {"time", push_time_library}, {"utf8", push_utf8_library},
};

/// What push_library knows is what the compiler of workflows takes for known.
constexpr bool is_listed(std::string_view name) {
  return std::ranges::find(library_names, name) != std::end(library_names);
}
static_assert(std::ranges::all_of(functions, is_listed, &Function::name) &&
              std::ranges::all_of(standard_functions, is_listed) &&
              std::ranges::all_of(libraries, is_listed, &Library::name) &&
              std::size(functions) + std::size(standard_functions) + std::size(libraries) ==
                  std::size(library_names));

using StandardFunctions = std::map<std::string, lua_CFunction, std::less<>>;

void collect(lua_State* lua, const std::string& prefix, StandardFunctions& out) {
  for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
    if (lua_iscfunction(lua, -1) != 0 && lua_type(lua, -2) == LUA_TSTRING) {
      out.emplace(prefix + std::string(to_view(lua, -2)), lua_tocfunction(lua, -1));
    }
  }
}

/// Lua exports its libraries only as a whole; the functions are taken from a state made for that.
StandardFunctions find_standard_functions() {
  const Handle<lua_State, lua_close> state(luaL_newstate());
  lua_State* lua = state.get();
  check(lua != nullptr, "out of memory for a Lua state");
  StandardFunctions found;
  luaopen_base(lua);
  collect(lua, "", found);
  luaopen_string(lua);
  collect(lua, "string.", found);
  luaopen_math(lua);
  collect(lua, "math.", found);
  luaopen_utf8(lua);
  collect(lua, "utf8.", found);
  return found;
}

}  // namespace

lua_CFunction standard_function(std::string_view name) {
  static const StandardFunctions all = find_standard_functions();
  const auto found = all.find(name);
  check(found != all.end(), "Lua has no such function");
  return found->second;
}

void push_string_library(lua_State* lua) {
  static constexpr Function own[] = {
      {"find", bound<string_find>},     {"format", bound<string_format>},
      {"gmatch", bound<string_gmatch>}, {"gsub", bound<string_gsub>},
      {"match", bound<string_match>},   {"rep", bound<string_rep>}};
  push_table(lua, own);
  add_standard(
      lua, "string.",
      {"byte", "char", "len", "lower", "pack", "packsize", "reverse", "sub", "unpack", "upper"},
      true);
}

bool push_library(lua_State* lua, std::string_view name) {
  for (const Function& function : functions) {
    if (function.name != name) continue;
    lua_pushcfunction(lua, function.function);
    return true;
  }
  for (const std::string_view known : standard_functions) {
    if (known != name) continue;
    lua_pushcfunction(lua, standard_function(name));
    return true;
  }
  for (const Library& library : libraries) {
    if (library.name != name) continue;
    library.push(lua);
    return true;
  }
  return false;
}

std::span<const std::string> library_members(std::string_view library) {
  using Members = std::map<std::string, std::vector<std::string>, std::less<>>;
  static const Members all = [] {
    const Handle<lua_State, lua_close> state(luaL_newstate());
    lua_State* lua = state.get();
    check(lua != nullptr, "out of memory for a Lua state");
    Members found;
    for (const Library& one : libraries) {
      one.push(lua);
      std::vector<std::string>& names = found[std::string(one.name)];
      for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
        if (lua_type(lua, -2) == LUA_TSTRING) names.emplace_back(to_view(lua, -2));
      }
      std::ranges::sort(names);
      lua_pop(lua, 1);
    }
    return found;
  }();
  const auto found = all.find(library);
  if (found == all.end()) return {};
  return found->second;
}

int string_format(lua_State* lua) {
  const std::string_view format = check_view(lua, 1);
  for (std::size_t at = 0; (at = format.find('%', at)) != std::string_view::npos;) {
    at = format.find_first_not_of("-+ #0123456789.", at + 1);
    if (at == std::string_view::npos) break;
    if (format[at++] == 'p') raise(lua, "format: '%p' is not available, addresses are not shown");
  }
  for (int index = lua_gettop(lua); index > 1; --index) {
    if (lua_istable(lua, index) || lua_isfunction(lua, index) || lua_islightuserdata(lua, index)) {
      lua_pushcfunction(lua, bound<text_of>);
      lua_pushvalue(lua, index);
      lua_call(lua, 1, 1);
      lua_replace(lua, index);
    }
  }
  charge_bytes(lua, format.size());
  return standard_function("string.format")(lua);
}

int text_of(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (luaL_callmeta(lua, 1, "__tostring") != 0) {
    if (lua_isstring(lua, -1) == 0) raise(lua, "'__tostring' must return a text");
    return 1;
  }
  switch (lua_type(lua, 1)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING:
      luaL_tolstring(lua, 1, nullptr);
      return 1;
    default:
      lua_pushstring(lua, is_null(lua, 1) ? "null" : luaL_typename(lua, 1));
      return 1;
  }
}

int raise_error(lua_State* lua) {
  const auto level = static_cast<int>(luaL_optinteger(lua, 2, 1));
  lua_settop(lua, 1);
  if (lua_type(lua, 1) == LUA_TSTRING && level > 0) {
    push_place(lua, level);
    lua_insert(lua, 1);
    lua_concat(lua, 2);
  }
  return lua_error(lua);
}

}  // namespace pawl::scripting
