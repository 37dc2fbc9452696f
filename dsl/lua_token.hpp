#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Lua 5.4 as a stream of tokens. Never fails: what Lua would refuse is a token of kind `bad`.
namespace pawl::dsl {

enum class LuaKind : std::uint8_t {
  name,
  keyword,
  number,
  string,      ///< Quoted or in long brackets, complete.
  op,          ///< Operators and punctuation of Lua.
  unfinished,  ///< A string or a long comment without its end.
  bad,         ///< Bytes that begin no token of Lua: `!`, `$`, `?`, …
  end,
};

struct LuaToken {
  LuaKind kind = LuaKind::end;
  std::size_t offset = 0;
  std::string_view text;  ///< As written; of a `string` with its quotes.
  std::size_t end() const { return offset + text.size(); }
  bool is(std::string_view spelling) const {
    return (kind == LuaKind::op || kind == LuaKind::keyword) && text == spelling;
  }
};

/// Takes tokens from `text` one by one; comments and blanks are passed over.
class LuaLexer {
 public:
  explicit LuaLexer(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  LuaToken next();
  /// Offset and length of the last comment passed over; length 0 when there was none.
  std::size_t comment_offset() const { return comment_offset_; }
  std::size_t comment_length() const { return comment_length_; }

 private:
  LuaToken token(LuaKind kind, std::size_t length);
  /// False when a long comment has no end; at_ is then where it begins.
  bool skip_blanks_and_comments();
  LuaToken quoted_string();
  LuaToken number();
  LuaToken bad();

  std::string_view text_;
  std::size_t at_;
  std::size_t comment_offset_ = 0, comment_length_ = 0;
};

/// All tokens of `text` without the one of kind `end`.
std::vector<LuaToken> lua_tokens(std::string_view text);

/// The value of a token of kind `string`.
std::string lua_string_value(const LuaToken& token);

}  // namespace pawl::dsl
