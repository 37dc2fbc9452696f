#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/text.hpp"
#include "scripting/fields.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/utf8.hpp"

namespace pawl::scripting {
namespace {

/// Recursive descent over text that is known to be UTF-8. The metatables for lists and objects lie
/// on the Lua stack while it reads.
class Reader {
 public:
  Reader(lua_State* lua, std::string_view text, Fields fields, const char* what)
      : lua_(lua),
        begin_(text.data()),
        at_(begin_),
        end_(begin_ + text.size()),
        fields_(fields),
        what_(what) {
    luaL_checkstack(lua_, 8, "nested too deeply");
  }

  void read() {
    skip_blanks();
    if (at_ != end_ && (*at_ == '{' || *at_ == '[')) return read_table();
    value(0);
    expect_end();
  }

 private:
  void read_table() {
    push_list_metatable(lua_);
    list_ = lua_gettop(lua_);
    if (fields_ == Fields::strict) {
      push_object_metatable(lua_);
      object_ = lua_gettop(lua_);
    }
    value(0);
    expect_end();
    lua_replace(lua_, list_);
    lua_settop(lua_, list_);
  }

  void expect_end() {
    skip_blanks();
    if (at_ != end_) fail("nothing is expected after the value");
  }

  [[noreturn]] void fail(const char* why) {
    char message[200];
    std::snprintf(message, sizeof message, "%s: byte %zu: %s", what_,
                  static_cast<std::size_t>(at_ - begin_) + 1, why);
    raise(lua_, message);
  }

  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  void value(int depth) {
    if (at_ == end_) fail("a value is expected, the text ends");
    switch (*at_) {
      case '{':
        return object(depth + 1);
      case '[':
        return array(depth + 1);
      case '"':
        return string();
      case 't':
        return word("true", [this] { lua_pushboolean(lua_, 1); });
      case 'f':
        return word("false", [this] { lua_pushboolean(lua_, 0); });
      case 'n':
        return word("null", [this] { push_null(lua_); });
      default:
        return number();
    }
  }

  template <class Push>
  void word(std::string_view text, Push push_value) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, text.size()) != text)
      fail("a value is expected");
    at_ += text.size();
    push_value();
  }

  void enter(int depth) {
    if (depth > json_depth_max) fail("nested deeper than 200 levels");
    luaL_checkstack(lua_, 6, "nested too deeply");
  }

  void array(int depth) {
    enter(depth);
    ++at_;
    lua_createtable(lua_, 0, 0);
    lua_pushvalue(lua_, list_);
    lua_setmetatable(lua_, -2);
    skip_blanks();
    if (take(']')) return;
    for (lua_Integer index = 1;; ++index) {
      skip_blanks();
      value(depth);
      lua_rawseti(lua_, -2, index);
      skip_blanks();
      if (take(']')) return;
      if (!take(',')) fail("',' or ']' is expected");
    }
  }

  void object(int depth) {
    enter(depth);
    ++at_;
    lua_createtable(lua_, 0, 0);
    if (object_ != 0) {
      lua_pushvalue(lua_, object_);
      lua_setmetatable(lua_, -2);
    }
    skip_blanks();
    if (take('}')) return;
    for (;;) {
      skip_blanks();
      if (at_ == end_ || *at_ != '"') fail("a name in double quotes is expected");
      string();
      skip_blanks();
      if (!take(':')) fail("':' is expected");
      skip_blanks();
      value(depth);
      lua_rawset(lua_, -3);
      skip_blanks();
      if (take('}')) return;
      if (!take(',')) fail("',' or '}' is expected");
    }
  }

  void string() {
    const char* start = ++at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20)
      ++at_;
    if (at_ != end_ && *at_ == '"') {
      push(lua_, {start, static_cast<std::size_t>(at_++ - start)});
      return;
    }
    std::string text(start, at_);
    for (;;) {
      if (at_ == end_) fail("a text has no end");
      const char c = *at_;
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a text");
      ++at_;
      if (c == '"') break;
      if (c == '\\') {
        escape(text);
      } else {
        text += c;
      }
    }
    push(lua_, text);
  }

  void escape(std::string& text) {
    static constexpr std::string_view names = "\"\\/bfnrt", bytes = "\"\\/\b\f\n\r\t";
    if (at_ == end_) fail("a text has no end");
    const char c = *at_;
    if (c == 'u') {
      ++at_;
      return unicode(text);
    }
    const auto which = names.find(c);
    if (which == std::string_view::npos) fail("an unknown escape in a text");
    ++at_;
    text += bytes[which];
  }

  unsigned hex4() {
    unsigned value = 0;
    if (end_ - at_ < 4) fail("four hexadecimal digits are expected after \\u");
    const auto [stop, code] = std::from_chars(at_, at_ + 4, value, 16);
    if (stop != at_ + 4) fail("four hexadecimal digits are expected after \\u");
    at_ += 4;
    return value;
  }

  void unicode(std::string& text) {
    unsigned code = hex4();
    if (code >= 0xD800 && code < 0xE000) {
      if (code >= 0xDC00 || end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u')
        fail("half of a surrogate pair");
      at_ += 2;
      const unsigned low = hex4();
      if (low < 0xDC00 || low >= 0xE000) fail("half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(text, code);
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  void digits() {
    if (at_ == end_ || !is_digit(*at_)) fail("a digit is expected");
    while (at_ != end_ && is_digit(*at_)) ++at_;
  }

  void number() {
    const char* start = at_;
    take('-');
    if (at_ == end_ || !is_digit(*at_)) {
      at_ = start;
      fail("a value is expected");
    }
    if (!take('0')) digits();
    bool whole = true;
    if (take('.')) {
      whole = false;
      digits();
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      whole = false;
      ++at_;
      if (!take('+')) take('-');
      digits();
    }
    lua_Integer integer = 0;
    if (whole && std::from_chars(start, at_, integer).ec == std::errc()) {
      lua_pushinteger(lua_, integer);
      return;
    }
    double real = 0;
    const auto [stop, code] = std::from_chars(start, at_, real);
    if (code == std::errc::result_out_of_range && is_huge(start)) fail("the number is too large");
    lua_pushnumber(lua_, real);
  }

  /// Tells the two ways out of range apart: 1e999 is an error, 1e-999 is zero.
  bool is_huge(const char* start) const {
    const char* exponent = std::find_if(start, at_, [](char c) { return c == 'e' || c == 'E'; });
    return exponent == at_ || exponent[1] != '-';
  }

  lua_State* lua_;
  const char *begin_, *at_, *end_;
  Fields fields_;
  const char* what_;
  int list_ = 0, object_ = 0;
};

}  // namespace

void push_json(lua_State* lua, std::string_view text, Fields fields, const char* what) {
  charge_bytes(lua, text.size());
  if (const auto bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    char message[120];
    std::snprintf(message, sizeof message, "%s: byte %zu is not valid UTF-8", what, bad + 1);
    raise(lua, message);
  }
  Reader(lua, text, fields, what).read();
}

}  // namespace pawl::scripting
