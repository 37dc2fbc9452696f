#include "scripting/fields.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "scripting/globals.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"

namespace pawl::scripting {
namespace {

/// Addresses in the registry; the values do not matter.
const char list_metatable_key = 'l';
const char object_metatable_key = 'o';

std::vector<std::string_view> text_keys(lua_State* lua, int table) {
  std::vector<std::string_view> names;  // alive as long as the table holds them
  for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1)) {
    charge(lua, 1);
    if (lua_type(lua, -2) == LUA_TSTRING) names.push_back(to_view(lua, -2));
  }
  return names;
}

/// Keys are the script's; a message shows the begin of a long one.
std::string shortened(std::string_view key) {
  return key.size() <= 60 ? std::string(key) : to_valid_utf8(key.substr(0, 60)) + "…";
}

/// "output" of "steps.fetch.output".
std::string last_name(const std::string& path) { return path.substr(path.rfind('.') + 1); }

int index_object(lua_State* lua) {
  if (lua_type(lua, 2) != LUA_TSTRING) return 0;
  const std::string key = shortened(to_view(lua, 2));
  const std::string path = path_of(lua, 1);
  const auto names = text_keys(lua, 1);
  std::string message = path.empty() ? "the object" : path + "." + key + ": ";
  if (!path.empty()) message += last_name(path);
  message += " has no field " + quoted(key);
  message += names.empty() ? " (it is empty)" : " (it has: " + enumerate(names) + ")";
  raise(lua, message + suggest(key, names));
}

int index_list(lua_State* lua) {
  if (lua_type(lua, 2) != LUA_TSTRING) return 0;
  const std::string key = shortened(to_view(lua, 2));
  const std::string path = path_of(lua, 1);
  std::string message = path.empty() ? "the value" : path + "." + key + ": ";
  if (!path.empty()) message += last_name(path);
  raise(lua, message + " is a list of " + std::to_string(lua_rawlen(lua, 1)) +
                 ", it has no field " + quoted(key) + "; items are read as [1]");
}

void push_metatable(lua_State* lua, const char* key, lua_CFunction index, const char* name) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  lua_createtable(lua, 0, 3);
  lua_pushcfunction(lua, index);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pushstring(lua, name);
  lua_setfield(lua, -2, "__name");
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, key);
}

/// Looks around among the values of the scope that were read, within limits: it serves messages.
class Search {
 public:
  explicit Search(lua_State* lua) : lua_(lua) {}

  /// The path of the table `wanted`; empty when it is not found.
  std::string find_table(const void* wanted) {
    wanted_ = wanted;
    return find();
  }
  /// The path of the only field `name` that is null; empty when there is none or several.
  std::string find_null(std::string_view name) {
    null_name_ = name;
    find();
    return null_paths_.size() == 1 ? null_paths_.front() : std::string();
  }

 private:
  std::string find() {
    const int top = lua_gettop(lua_);
    luaL_checkstack(lua_, 40, nullptr);
    std::string path;
    for (const std::string_view name : names_of_scope(lua_)) {
      push_raw_global(lua_, name);
      path = name;
      const bool found = lua_istable(lua_, -1) && look_into(path, 0);
      lua_settop(lua_, top);
      if (found) return path;
    }
    return {};
  }

  /// Whether the table on top is or holds the wanted one; leaves its path in `path`.
  bool look_into(std::string& path, int depth) {
    if (lua_topointer(lua_, -1) == wanted_) return true;
    if (depth > 8) return false;
    const int table = lua_gettop(lua_);
    const std::size_t length = path.size();
    for (lua_pushnil(lua_); lua_next(lua_, table) != 0; lua_pop(lua_, 1)) {
      if (++visited_ > 20'000) {
        lua_settop(lua_, table);
        return false;
      }
      if (is_wanted_null()) null_paths_.push_back(path + "." + std::string(null_name_));
      if (!lua_istable(lua_, -1)) continue;
      append_key(path);
      if (look_into(path, depth + 1)) {
        lua_settop(lua_, table);
        return true;
      }
      path.resize(length);
    }
    return false;
  }

  bool is_wanted_null() const {
    return !null_name_.empty() && lua_islightuserdata(lua_, -1) &&
           lua_type(lua_, -2) == LUA_TSTRING && to_view(lua_, -2) == null_name_;
  }

  void append_key(std::string& path) {
    if (lua_type(lua_, -2) == LUA_TSTRING) {
      path += "." + std::string(to_view(lua_, -2));
    } else if (lua_isinteger(lua_, -2) != 0) {
      path += "[" + std::to_string(lua_tointeger(lua_, -2)) + "]";
    } else {
      path += "[?]";
    }
  }

  lua_State* lua_;
  const void* wanted_ = nullptr;
  std::string_view null_name_;
  std::vector<std::string> null_paths_;
  int visited_ = 0;
};

}  // namespace

void push_list_metatable(lua_State* lua) {
  push_metatable(lua, &list_metatable_key, bound<index_list>, "list");
}

void push_object_metatable(lua_State* lua) {
  push_metatable(lua, &object_metatable_key, bound<index_object>, "object");
}

std::string enumerate(std::vector<std::string_view> names, std::size_t most) {
  std::sort(names.begin(), names.end());
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == most) return text + "…";
    text += names[i];
  }
  return text;
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.size() > 64) return {};  // no slip of a name; comparing costs the product
  const std::string_view near = closest(word, known);
  return near.empty() ? std::string() : "; did you mean " + quoted(near) + "?";
}

std::string path_of(lua_State* lua, int index) {
  return Search(lua).find_table(lua_topointer(lua, index));
}

std::string path_of_null(lua_State* lua, std::string_view name) {
  return Search(lua).find_null(name);
}

}  // namespace pawl::scripting
