#include <string>

#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/library.hpp"

namespace pawl::scripting {
namespace {

int decode(lua_State* lua) {
  push_json(lua, check_view(lua, 1), Fields::lenient, "json.decode");
  return 1;
}

/// json.encode(value [, true]): the second argument asks for indented lines.
int encode(lua_State* lua) {
  luaL_checkany(lua, 1);
  std::string text;
  if (lua_toboolean(lua, 2) != 0) {
    write_json_lines(lua, 1, text, "json.encode");
  } else {
    write_json(lua, 1, text, "json.encode");
  }
  push(lua, text);
  return 1;
}

}  // namespace

void push_json_library(lua_State* lua) {
  static constexpr Function functions[] = {{"decode", bound<decode>}, {"encode", bound<encode>}};
  push_table(lua, functions);
}

}  // namespace pawl::scripting
