#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/text.hpp"
#include "scripting/fields.hpp"
#include "scripting/globals.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"

namespace pawl::scripting {
namespace {

class Writer {
 public:
  Writer(lua_State* lua, std::string& out, const char* what, bool lines)
      : lua_(lua), out_(out), what_(what), lines_(lines) {}

  void value(int index) {
    switch (lua_type(lua_, index)) {
      case LUA_TNIL:
        out_ += "null";
        return;
      case LUA_TLIGHTUSERDATA:
        if (!is_null(lua_, index)) fail("a value of this kind");
        out_ += "null";
        return;
      case LUA_TBOOLEAN:
        out_ += lua_toboolean(lua_, index) != 0 ? "true" : "false";
        return;
      case LUA_TNUMBER:
        return number(index);
      case LUA_TSTRING:
        return string(to_view(lua_, index));
      case LUA_TTABLE:
        return table(lua_absindex(lua_, index));
      case LUA_TFUNCTION:
        fail("a function");
      default:
        fail("a value of this kind");
    }
  }

 private:
  /// One step on the way to the value being written: a name, or a place in a list.
  struct Step {
    std::string_view name;
    lua_Integer index = 0;
  };

  std::string place() const {
    std::string text = what_;
    for (const Step& step : path_) {
      if (step.index != 0) {
        text += "[" + std::to_string(step.index) + "]";
      } else {
        text += "." + std::string(step.name);
      }
    }
    return text;
  }
  [[noreturn]] void fail(const std::string& what) { refuse(what + " cannot be written as JSON"); }
  [[noreturn]] void refuse(const std::string& why) { raise(lua_, place() + ": " + why); }

  void number(int index) {
    char text[32];
    if (lua_isinteger(lua_, index) != 0) {
      const auto end = std::to_chars(text, text + sizeof text, lua_tointeger(lua_, index)).ptr;
      out_.append(text, end);
      return;
    }
    const double real = lua_tonumber(lua_, index);
    if (!std::isfinite(real))
      fail(std::isnan(real) ? "a number that is not one (nan)" : "an infinite number");
    const auto end = std::to_chars(text, text + sizeof text, real).ptr;
    out_.append(text, end);
    const bool looks_whole = std::all_of(text, end, [](char c) { return c == '-' || c >= '0'; }) &&
                             std::find(text, end, 'e') == end;
    if (looks_whole) out_ += ".0";
  }

  void string(std::string_view text) {
    charge_bytes(lua_, text.size());
    check_memory(lua_, out_.size() + text.size());
    if (const auto bad = find_invalid_utf8(text); bad != std::string_view::npos) {
      refuse("byte " + std::to_string(bad + 1) +
             " of the text is not valid UTF-8; encode it, as base64 for example");
    }
    write_json_string(text, out_);
  }

  void table(int index) {
    if (path_.size() >= json_depth_max) {
      path_.resize(3);
      refuse("nested deeper than 200 levels, or it contains itself");
    }
    luaL_checkstack(lua_, 6, "nested too deeply");
    charge(lua_, 4);
    read_all_steps(lua_, index);
    const auto length = static_cast<lua_Integer>(lua_rawlen(lua_, index));
    if (is_list(lua_, index) || length > 0) {
      list(index, length);
    } else {
      object(index);
    }
  }

  void list(int index, lua_Integer length) {
    check_keys_of_list(index, length);
    out_ += '[';
    for (lua_Integer at = 1; at <= length; ++at) {
      if (at > 1) out_ += ',';
      path_.push_back({{}, at});
      line_break();
      lua_rawgeti(lua_, index, at);
      value(-1);
      lua_pop(lua_, 1);
      path_.pop_back();
      check_memory(lua_, out_.size());
    }
    if (length > 0) line_break();
    out_ += ']';
  }

  void check_keys_of_list(int index, lua_Integer length) {
    lua_Integer count = 0;
    for (lua_pushnil(lua_); lua_next(lua_, index) != 0; lua_pop(lua_, 1)) {
      charge(lua_, 1);
      if (lua_isinteger(lua_, -2) == 0) {
        const std::string key = lua_type(lua_, -2) == LUA_TSTRING
                                    ? "the name " + quoted(to_view(lua_, -2))
                                    : "a key that is no whole number";
        refuse("a list with " + key + " cannot be written as JSON; it must be a list or an object");
      }
      const lua_Integer key = lua_tointeger(lua_, -2);
      if (key < 1 || key > length) refuse_hole(index, key);
      ++count;
    }
    if (count != length) refuse_hole(index, length);
  }

  [[noreturn]] void refuse_hole(int index, lua_Integer found) {
    lua_Integer missing = 1;
    while (lua_rawgeti(lua_, index, missing) != LUA_TNIL) {
      charge(lua_, 1);
      lua_pop(lua_, 1);
      ++missing;
    }
    refuse("a list with holes cannot be written as JSON: item " + std::to_string(missing) +
           " is missing, item " + std::to_string(found) + " is there; put null in its place");
  }

  void object(int index) {
    std::vector<std::string_view> keys;  // alive as long as the table holds them
    for (lua_pushnil(lua_); lua_next(lua_, index) != 0; lua_pop(lua_, 1)) {
      charge(lua_, 1);
      if (lua_type(lua_, -2) != LUA_TSTRING) {
        if (lua_isinteger(lua_, -2) != 0) refuse_hole(index, lua_tointeger(lua_, -2));
        refuse(std::string("a key of type ") + luaL_typename(lua_, -2) +
               " cannot be written as JSON; names must be texts");
      }
      keys.push_back(to_view(lua_, -2));
    }
    std::sort(keys.begin(), keys.end());
    out_ += '{';
    bool first = true;
    for (const std::string_view key : keys) {
      if (!first) out_ += ',';
      first = false;
      path_.push_back({key});
      line_break();
      string(key);
      out_ += lines_ ? ": " : ":";
      push(lua_, key);
      lua_rawget(lua_, index);
      value(-1);
      lua_pop(lua_, 1);
      path_.pop_back();
      check_memory(lua_, out_.size());
    }
    if (!keys.empty()) line_break();
    out_ += '}';
  }

  void line_break() {
    if (!lines_) return;
    out_ += '\n';
    out_.append(2 * path_.size(), ' ');
  }

  lua_State* lua_;
  std::string& out_;
  const char* what_;
  bool lines_;
  std::vector<Step> path_;
};

}  // namespace

void write_json(lua_State* lua, int index, std::string& out, const char* what) {
  Writer(lua, out, what, false).value(index);
}

void write_json_lines(lua_State* lua, int index, std::string& out, const char* what) {
  Writer(lua, out, what, true).value(index);
}

void write_json_string(std::string_view text, std::string& out) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text.substr(done, at - done));
    done = at + 1;
    static constexpr std::string_view bytes = "\"\\\b\f\n\r\t", names = "\"\\bfnrt";
    out += '\\';
    if (const auto which = bytes.find(text[at]); which != std::string_view::npos) {
      out += names[which];
    } else {
      out += "u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  out.append(text.substr(done));
  out += '"';
}

void push_null(lua_State* lua) { lua_pushlightuserdata(lua, nullptr); }

bool is_null(lua_State* lua, int index) {
  return lua_isnoneornil(lua, index) ||
         (lua_islightuserdata(lua, index) && lua_touserdata(lua, index) == nullptr);
}

void mark_list(lua_State* lua) {
  push_list_metatable(lua);
  lua_setmetatable(lua, -2);
}

bool is_list(lua_State* lua, int index) {
  if (!lua_istable(lua, index) || lua_getmetatable(lua, index) == 0) return false;
  push_list_metatable(lua);
  const bool same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same;
}

}  // namespace pawl::scripting
