#include "scripting/syntax.hpp"

#include <charconv>
#include <lua.hpp>

#include "base/check.hpp"
#include "base/handle.hpp"

namespace pawl::scripting {
namespace {

using LuaState = Handle<lua_State, lua_close>;

/// Lua puts "NAME:LINE: " before its messages; a name of one control character cannot be taken for
/// a part of the text.
constexpr std::string_view chunk_mark = "\x01:";

/// Splits "\1:3: message" into line and message.
SyntaxError split_message(std::string_view text) {
  SyntaxError error;
  if (text.starts_with(chunk_mark)) {
    text.remove_prefix(chunk_mark.size());
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), error.line);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(": ")) text.remove_prefix(2);
  }
  error.message = text;
  const std::string_view wants_end = "<eof> expected near ";
  if (error.message.starts_with(wants_end)) {
    return {error.line, "unexpected " + error.message.substr(wants_end.size())};
  }
  const std::string_view at_end = "near <eof>";
  if (error.message.ends_with(at_end)) {
    error.message.replace(error.message.size() - at_end.size(), at_end.size(), "near the end");
  }
  return error;
}

std::optional<SyntaxError> load(lua_State* lua, const std::string& text) {
  const int status = luaL_loadbufferx(lua, text.data(), text.size(), "=\x01", "t");
  if (status == LUA_OK) {
    lua_settop(lua, 0);
    return std::nullopt;
  }
  std::size_t length = 0;
  const char* message = lua_tolstring(lua, -1, &length);
  SyntaxError error = split_message({message, length});
  lua_settop(lua, 0);
  return error;
}

LuaState new_state() {
  LuaState lua(luaL_newstate());
  check(lua != nullptr, "out of memory for a Lua state");
  return lua;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// "… near ','" → "','"; empty without.
std::string near_what(const std::string& message) {
  const std::string_view word = " near ";
  const auto at = message.rfind(word);
  return at == std::string::npos ? std::string() : message.substr(at + word.size());
}

}  // namespace

std::optional<SyntaxError> check_expression(std::string_view text) {
  if (is_blank(text)) return SyntaxError{1, "an expression is expected, there is nothing"};
  const LuaState lua = new_state();
  const std::string bare(text);
  // Two readings must both hold: alone, "a) + (b" would pass in parentheses and "a, b" without.
  if (auto error = load(lua.get(), "return " + bare)) return error;
  auto error = load(lua.get(), "return (" + bare + "\n)");
  if (!error) return std::nullopt;
  const std::string found = near_what(error->message);
  error->message = "a single expression is expected" + (found.empty() ? "" : ", found " + found);
  return error;
}

std::optional<SyntaxError> check_block(std::string_view text) {
  const LuaState lua = new_state();
  return load(lua.get(), std::string(text));
}

}  // namespace pawl::scripting
