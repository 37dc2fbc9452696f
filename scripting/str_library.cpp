#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/library.hpp"

/// str: work with texts without patterns.
namespace pawl::scripting {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text, bool left, bool right) {
  if (left) text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  if (right) text = text.substr(0, text.find_last_not_of(blanks) + 1);
  return text;
}

/// The text at `index`, its walk charged.
std::string_view charged_view(lua_State* lua, int index) {
  const std::string_view text = check_view(lua, index);
  charge_bytes(lua, text.size());
  return text;
}

int trim(lua_State* lua) {
  push(lua, trimmed(charged_view(lua, 1), true, true));
  return 1;
}

int trim_start(lua_State* lua) {
  push(lua, trimmed(charged_view(lua, 1), true, false));
  return 1;
}

int trim_end(lua_State* lua) {
  push(lua, trimmed(charged_view(lua, 1), false, true));
  return 1;
}

int starts_with(lua_State* lua) {
  lua_pushboolean(lua, check_view(lua, 1).starts_with(check_view(lua, 2)) ? 1 : 0);
  return 1;
}

int ends_with(lua_State* lua) {
  lua_pushboolean(lua, check_view(lua, 1).ends_with(check_view(lua, 2)) ? 1 : 0);
  return 1;
}

/// Position of `part` in `text` from `at` on, charged.
std::size_t find_part(lua_State* lua, std::string_view text, std::string_view part,
                      std::size_t at) {
  for (;; ++at) {
    const std::size_t candidate = text.find(part.front(), at);
    const std::size_t walked = std::min(candidate, text.size()) - at;
    charge_bytes(lua, walked + part.size());
    if (candidate == std::string_view::npos) return candidate;
    if (text.substr(candidate, part.size()) == part) return candidate;
    at = candidate;
  }
}

void append_item(lua_State* lua, std::string_view item) {
  charge(lua, 4);
  push(lua, item);
  lua_rawseti(lua, -2, static_cast<lua_Integer>(lua_rawlen(lua, -2)) + 1);
}

/// split(text, separator [, most]): a list of at most `most` parts; without separator: the words.
int split(lua_State* lua) {
  const std::string_view text = charged_view(lua, 1);
  const bool words = lua_isnoneornil(lua, 2);
  const std::string_view separator = words ? blanks : check_view(lua, 2);
  if (separator.empty()) raise(lua, "split: the separator is empty");
  const lua_Integer most = luaL_optinteger(lua, 3, LUA_MAXINTEGER);
  lua_newtable(lua);
  mark_list(lua);
  lua_Integer count = 1;
  std::size_t at = 0;
  while (words) {
    const std::size_t begin = text.find_first_not_of(blanks, at);
    if (begin == std::string_view::npos) return 1;
    at = count++ < most ? std::min(text.find_first_of(blanks, begin), text.size()) : text.size();
    append_item(lua, text.substr(begin, at - begin));
  }
  for (; count < most; ++count) {
    const std::size_t end = find_part(lua, text, separator, at);
    if (end == std::string_view::npos) break;
    append_item(lua, text.substr(at, end - at));
    at = end + separator.size();
  }
  append_item(lua, text.substr(at));
  return 1;
}

/// The lines without their ends; a last line that is empty does not count.
int lines(lua_State* lua) {
  std::string_view text = charged_view(lua, 1);
  lua_newtable(lua);
  mark_list(lua);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    append_item(lua, line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 1;
}

int join(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  const std::string_view separator = lua_isnoneornil(lua, 2) ? "" : check_view(lua, 2);
  std::string text;
  const auto length = static_cast<lua_Integer>(lua_rawlen(lua, 1));
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(lua, 1, i);
    lua_pushcfunction(lua, bound<text_of>);
    lua_insert(lua, -2);
    lua_call(lua, 1, 1);
    const std::string_view item = to_view(lua, -1);
    charge_bytes(lua, item.size() + separator.size());
    check_memory(lua, text.size() + item.size() + separator.size());
    if (i > 1) text += separator;
    text += item;
    lua_pop(lua, 1);
  }
  push(lua, text);
  return 1;
}

/// replace(text, part, by): every occurrence, no patterns.
int replace(lua_State* lua) {
  const std::string_view text = check_view(lua, 1), part = check_view(lua, 2);
  const std::string_view by = check_view(lua, 3);
  if (part.empty()) raise(lua, "replace: the text to replace is empty");
  std::string result;
  std::size_t at = 0;
  for (;;) {
    const std::size_t found = find_part(lua, text, part, at);
    const std::string_view kept = text.substr(at, std::min(found, text.size()) - at);
    check_memory(lua, result.size() + kept.size() + by.size());
    result += kept;
    if (found == std::string_view::npos) break;
    charge_bytes(lua, by.size());
    result += by;
    at = found + part.size();
  }
  push(lua, result);
  return 1;
}

/// pad(text, width [, fill]): to the right; a negative width pads in front. Counts code points.
int pad(lua_State* lua) {
  const std::string_view text = charged_view(lua, 1);
  const lua_Integer width = luaL_checkinteger(lua, 2);
  const std::string_view fill = lua_isnoneornil(lua, 3) ? " " : check_view(lua, 3);
  if (fill.size() != 1) raise(lua, "pad: the fill must be one ASCII character");
  if (find_invalid_utf8(text) != std::string_view::npos) raise(lua, "pad: the text is not UTF-8");
  const auto have = static_cast<lua_Integer>(count_code_points(text));
  const lua_Integer wanted =
      width < 0 ? (width == LUA_MININTEGER ? LUA_MAXINTEGER : -width) : width;
  if (wanted <= have) {
    lua_settop(lua, 1);
    return 1;
  }
  const auto missing = static_cast<std::size_t>(wanted - have);
  check_memory(lua, missing);
  charge_bytes(lua, missing);
  const std::string filler(missing, fill.front());
  push(lua, width < 0 ? filler + std::string(text) : std::string(text) + filler);
  return 1;
}

}  // namespace

void push_str_library(lua_State* lua) {
  static constexpr Function functions[] = {
      {"ends_with", bound<ends_with>},
      {"join", bound<join>},
      {"lines", bound<lines>},
      {"pad", bound<pad>},
      {"replace", bound<replace>},
      {"split", bound<split>},
      {"starts_with", bound<starts_with>},
      {"trim", bound<trim>},
      {"trim_end", bound<trim_end>},
      {"trim_start", bound<trim_start>},
  };
  push_table(lua, functions);
  for (const auto* name : {"upper", "lower"}) {
    lua_pushcfunction(lua, standard_function(std::string("string.") + name));
    lua_setfield(lua, -2, name);
  }
  lua_pushcfunction(lua, bound<string_format>);
  lua_setfield(lua, -2, "format");
}

}  // namespace pawl::scripting
