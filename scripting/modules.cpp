#include "scripting/modules.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "scripting/fields.hpp"
#include "scripting/guest.hpp"
#include "scripting/messages.hpp"

/// `require`: what a module has returned is kept in a table of the registry, by name.
namespace pawl::scripting {
namespace {

/// Address in the registry of the modules that are loaded.
const char loaded_key = 'm';

/// Raises when `module` is being loaded already: "lib.a → lib.b → lib.a". The stack knows, also
/// after a load that failed and was caught.
void refuse_cycle(lua_State* lua, std::size_t module) {
  const Guest& guest = guest_of(lua);
  const auto name_of = [&](std::size_t one) { return std::string(guest.modules[one].name); };
  const std::string wanted = chunk_name_of(module);
  std::string chain = name_of(module);
  lua_Debug frame{};
  for (int level = 1; lua_getstack(lua, level, &frame) != 0; ++level) {
    lua_getinfo(lua, "S", &frame);
    if (*frame.what != 'm') continue;
    for (std::size_t one = 0; one < guest.modules.size(); ++one) {
      if (chunk_name_of(one) == frame.source) chain = name_of(one) + " → " + chain;
    }
    if (wanted != frame.source) continue;
    raise(lua, "require: modules load each other: " + chain);
  }
}

std::size_t find_module(lua_State* lua, std::string_view name) {
  const Guest& guest = guest_of(lua);
  const auto found = std::ranges::find(guest.modules, name, &Module::name);
  if (found != guest.modules.end()) return static_cast<std::size_t>(found - guest.modules.begin());
  std::vector<std::string_view> names;
  for (const Module& module : guest.modules) names.push_back(module.name);
  raise(lua, "require: there is no module " + quoted(to_valid_utf8(name.substr(0, 80))) +
                 " (there are: " + enumerate(names) + ")");
}

/// Stack: name, what the module returned. Keeps it; a module that returns nothing is `true`.
int module_loaded(lua_State* lua, int, lua_KContext) {
  lua_settop(lua, 2);
  if (lua_isnil(lua, 2)) {
    lua_pushboolean(lua, 1);
    lua_replace(lua, 2);
  }
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &loaded_key);
  lua_pushvalue(lua, 1);
  lua_pushvalue(lua, 2);
  lua_rawset(lua, -3);
  lua_settop(lua, 2);
  return 1;
}

void load_text(lua_State* lua, std::size_t module) {
  const std::string_view text = guest_of(lua).modules[module].text;
  charge_bytes(lua, text.size());
  const std::string name = chunk_name_of(module);
  if (luaL_loadbufferx(lua, text.data(), text.size(), name.c_str(), "t") == LUA_OK) return;
  place_error(lua);
}

int require(lua_State* lua) {
  const std::string_view name = check_view(lua, 1);
  lua_settop(lua, 1);
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &loaded_key) == LUA_TNIL) {
    lua_pop(lua, 1);
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &loaded_key);
  }
  lua_pushvalue(lua, 1);
  if (lua_rawget(lua, -2) != LUA_TNIL) return 1;
  lua_settop(lua, 1);
  const std::size_t module = find_module(lua, name);
  refuse_cycle(lua, module);
  load_text(lua, module);
  if (!lua_isfunction(lua, -1)) return lua_error(lua);
  lua_callk(lua, 0, 1, 0, bound_next<module_loaded>);
  return module_loaded(lua, LUA_OK, 0);
}

}  // namespace

bool push_require(lua_State* lua) {
  if (guest_of(lua).modules.empty()) return false;
  lua_pushcfunction(lua, bound<require>);
  return true;
}

}  // namespace pawl::scripting
