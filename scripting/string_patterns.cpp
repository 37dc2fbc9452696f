#include <algorithm>
#include <string>

#include "scripting/guest.hpp"
#include "scripting/library.hpp"
#include "scripting/pattern.hpp"

/// string.find, match, gmatch and gsub as the manual of Lua describes them.
namespace pawl::scripting {
namespace {

constexpr std::string_view special = "^$*+?.([%-";

/// From Lua's position (1 first, -1 last) to an offset; beyond the end: npos.
std::size_t to_offset(lua_Integer position, std::size_t length) {
  const auto size = static_cast<lua_Integer>(length);
  if (position < 0) position = std::max<lua_Integer>(1, size + position + 1);
  if (position == 0) position = 1;
  return position > size + 1 ? std::string_view::npos : static_cast<std::size_t>(position - 1);
}

int find_plain(lua_State* lua, std::string_view text, std::string_view part, std::size_t start) {
  // memchr per candidate: many near misses cost at most the product, which is charged.
  charge_bytes(lua, text.size() - start);
  std::size_t at = start;
  std::size_t found = std::string_view::npos;
  if (part.empty()) {
    found = start;
  } else {
    for (; (at = text.find(part.front(), at)) != std::string_view::npos; ++at) {
      charge_bytes(lua, part.size());
      if (text.substr(at, part.size()) == part) {
        found = at;
        break;
      }
    }
  }
  if (found == std::string_view::npos) {
    lua_pushnil(lua);
    return 1;
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(found) + 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(found) + static_cast<lua_Integer>(part.size()));
  return 2;
}

int find_or_match(lua_State* lua, bool find) {
  const std::string_view text = check_view(lua, 1);
  std::string_view pattern = check_view(lua, 2);
  const std::size_t start = to_offset(luaL_optinteger(lua, 3, 1), text.size());
  if (start == std::string_view::npos) {
    lua_pushnil(lua);
    return 1;
  }
  if (find &&
      (lua_toboolean(lua, 4) != 0 || pattern.find_first_of(special) == std::string_view::npos)) {
    return find_plain(lua, text, pattern, start);
  }
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  Pattern matcher(lua, text, pattern);
  for (const char* at = text.data() + start; at <= text.data() + text.size(); ++at) {
    if (const char* end = matcher.match_at(at)) {
      if (!find) return matcher.push_captures(at, end, true);
      lua_pushinteger(lua, at - text.data() + 1);
      lua_pushinteger(lua, end - text.data());
      return 2 + matcher.push_captures(at, end, false);
    }
    if (anchored) break;
  }
  lua_pushnil(lua);
  return 1;
}

/// Upvalues: text, pattern, offset to go on at, end of the last match (-1: none).
int next_match(lua_State* lua) {
  const std::string_view text = to_view(lua, lua_upvalueindex(1));
  Pattern matcher(lua, text, to_view(lua, lua_upvalueindex(2)));
  const lua_Integer last = lua_tointeger(lua, lua_upvalueindex(4));
  for (auto at = lua_tointeger(lua, lua_upvalueindex(3));
       at <= static_cast<lua_Integer>(text.size()); ++at) {
    const char* start = text.data() + at;
    const char* end = matcher.match_at(start);
    if (end == nullptr || end - text.data() == last) continue;
    lua_pushinteger(lua, end - text.data());
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_replace(lua, lua_upvalueindex(4));
    return matcher.push_captures(start, end, true);
  }
  return 0;
}

/// The parts of gsub that stay the same for each match.
class Substitution {
 public:
  Substitution(lua_State* lua, std::string_view text) : lua_(lua), text_(text) {
    const int type = lua_type(lua, 3);
    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TTABLE && type != LUA_TFUNCTION) {
      luaL_typeerror(lua, 3, "string/function/table");
    }
    kind_ = type;
  }

  int run(std::string_view pattern) {
    const bool anchored = pattern.starts_with('^');
    if (anchored) pattern.remove_prefix(1);
    const lua_Integer most = luaL_optinteger(lua_, 4, LUA_MAXINTEGER);
    Pattern matcher(lua_, text_, pattern);
    const char* at = text_.data();
    const char* const text_end = at + text_.size();
    const char* last = nullptr;
    lua_Integer count = 0;
    while (count < most) {
      const char* end = matcher.match_at(at);
      if (end != nullptr && end != last) {
        ++count;
        add_value(matcher, at, end);
        at = last = end;
      } else if (at < text_end) {
        result_ += *at++;
      } else {
        break;
      }
      if (anchored) break;
    }
    add({at, static_cast<std::size_t>(text_end - at)});
    push(lua_, result_);
    lua_pushinteger(lua_, count);
    return 2;
  }

 private:
  void add(std::string_view part) {
    charge_bytes(lua_, part.size());
    check_memory(lua_, result_.size() + part.size());
    result_ += part;
  }

  void add_value(Pattern& matcher, const char* start, const char* end) {
    if (kind_ == LUA_TTABLE) {
      matcher.push_capture(0, start, end);
      lua_gettable(lua_, 3);
    } else if (kind_ == LUA_TFUNCTION) {
      lua_pushvalue(lua_, 3);
      const int count = matcher.push_captures(start, end, true);
      lua_call(lua_, count, 1);
    } else {
      return add_template(matcher, start, end);
    }
    if (lua_toboolean(lua_, -1) == 0) {
      add({start, static_cast<std::size_t>(end - start)});
    } else if (lua_isstring(lua_, -1) == 0) {
      raise(lua_, std::string("invalid replacement value (a ") + luaL_typename(lua_, -1) + ")");
    } else {
      add(to_view(lua_, -1));
    }
    lua_pop(lua_, 1);
  }

  void add_template(Pattern& matcher, const char* start, const char* end) {
    const std::string_view words = to_view(lua_, 3);
    for (std::size_t at = 0; at < words.size(); ++at) {
      const char c = words[at];
      if (c != '%') {
        result_ += c;
        continue;
      }
      const char next = ++at < words.size() ? words[at] : '\0';
      if (next == '%') {
        result_ += '%';
      } else if (next == '0') {
        add({start, static_cast<std::size_t>(end - start)});
      } else if (next >= '1' && next <= '9') {
        matcher.push_capture(next - '1', start, end);
        add(to_view(lua_, -1));
        lua_pop(lua_, 1);
      } else {
        raise(lua_, "invalid use of '%' in replacement string");
      }
    }
    add({});
    charge_bytes(lua_, words.size());
  }

  lua_State* lua_;
  std::string_view text_;
  int kind_ = LUA_TSTRING;
  std::string result_;
};

}  // namespace

int string_find(lua_State* lua) { return find_or_match(lua, true); }

int string_match(lua_State* lua) { return find_or_match(lua, false); }

int string_gmatch(lua_State* lua) {
  const std::size_t length = check_view(lua, 1).size();
  check_view(lua, 2);
  const std::size_t start = to_offset(luaL_optinteger(lua, 3, 1), length);
  lua_settop(lua, 2);
  lua_pushinteger(lua,
                  static_cast<lua_Integer>(start == std::string_view::npos ? length + 1 : start));
  lua_pushinteger(lua, -1);
  lua_pushcclosure(lua, bound<next_match>, 4);
  return 1;
}

int string_gsub(lua_State* lua) {
  const std::string_view text = check_view(lua, 1), pattern = check_view(lua, 2);
  return Substitution(lua, text).run(pattern);
}

}  // namespace pawl::scripting
