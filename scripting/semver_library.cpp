#include "base/text.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/library.hpp"
#include "scripting/semver.hpp"

namespace pawl::scripting {
namespace {

Version check_version(lua_State* lua, int index) {
  const std::string_view text = check_view(lua, index);
  const auto version = parse_version(text);
  if (!version) {
    raise(lua, "semver: " + quoted(text.substr(0, 80)) +
                   " is not a version; one looks like 1.4.0 or 2.0.0-rc.1");
  }
  return *version;
}

/// compare(a, b): -1, 0 or 1.
int compare(lua_State* lua) {
  const auto order = compare_versions(check_version(lua, 1), check_version(lua, 2));
  lua_pushinteger(lua, order < 0 ? -1 : order > 0 ? 1 : 0);
  return 1;
}

int valid(lua_State* lua) {
  lua_pushboolean(lua, parse_version(check_view(lua, 1)) ? 1 : 0);
  return 1;
}

/// parse(text): {major, minor, patch, prerelease, build}; the last two are null where absent.
int parse(lua_State* lua) {
  const Version version = check_version(lua, 1);
  lua_createtable(lua, 0, 5);
  const auto number = [lua](const char* name, std::uint64_t value) {
    lua_pushinteger(lua, static_cast<lua_Integer>(value));
    lua_setfield(lua, -2, name);
  };
  const auto text = [lua](const char* name, const std::string& value) {
    if (value.empty()) {
      push_null(lua);
    } else {
      push(lua, value);
    }
    lua_setfield(lua, -2, name);
  };
  number("major", version.major);
  number("minor", version.minor);
  number("patch", version.patch);
  text("prerelease", version.prerelease);
  text("build", version.build);
  return 1;
}

}  // namespace

void push_semver_library(lua_State* lua) {
  static constexpr Function functions[] = {
      {"compare", bound<compare>}, {"parse", bound<parse>}, {"valid", bound<valid>}};
  push_table(lua, functions);
}

}  // namespace pawl::scripting
