#include "dsl/lua_token.hpp"

#include <algorithm>
#include <array>

namespace pawl::dsl {
namespace {

constexpr std::array<std::string_view, 22> keywords = {
    "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while"};
// Longest first: the first that fits is the token.
constexpr std::array<std::string_view, 33> operators = {
    "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>", "+", "-", "*", "/", "%", "^", "#",
    "&",   "~",  "|",  "<",  ">",  "=",  "(",  ")",  "{",  "}",  "[", "]", ";", ":", ",", "."};

// Not those of <cctype>: they depend on the locale, and Lua's own do not.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_digit(c) || is_alpha(c); }
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Length of a long bracket's opening ("[[", "[==[") at the start of `text`; 0 when it is none.
std::size_t long_bracket(std::string_view text) {
  if (text.empty() || text[0] != '[') return 0;
  std::size_t at = 1;
  while (at < text.size() && text[at] == '=') ++at;
  return at < text.size() && text[at] == '[' ? at + 1 : 0;
}

/// Length of the long bracket at the start of `text` with its end; npos when it has none.
std::size_t long_string(std::string_view text, std::size_t opening) {
  const std::string closing = "]" + std::string(opening - 2, '=') + "]";
  const std::size_t at = text.find(closing, opening);
  return at == std::string_view::npos ? at : at + closing.size();
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18 & 0x07));
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

/// Appends the meaning of the escape at body[at] (after the backslash); returns the offset behind.
std::size_t append_escape(std::string& out, std::string_view body, std::size_t at) {
  constexpr std::string_view letters = "abfnrtv", meanings = "\a\b\f\n\r\t\v";
  const char c = body[at];
  if (const auto found = letters.find(c); found != std::string_view::npos) {
    out += meanings[found];
    return at + 1;
  }
  if (c == 'z') {
    ++at;
    while (at < body.size() && is_blank(body[at])) ++at;
    return at;
  }
  if (c == 'x' || c == 'u') {
    std::uint32_t code = 0;
    const bool braced = c == 'u' && at + 1 < body.size() && body[at + 1] == '{';
    std::size_t digit = at + (braced ? 2 : 1);
    const std::size_t stop = c == 'x' ? std::min(digit + 2, body.size()) : body.size();
    for (; digit < stop && hex_digit(body[digit]) >= 0; ++digit)
      code = code * 16 + static_cast<std::uint32_t>(hex_digit(body[digit]));
    if (c == 'x') {
      out += static_cast<char>(code);
    } else {
      append_utf8(out, code);
    }
    return braced && digit < body.size() ? digit + 1 : digit;
  }
  if (is_digit(c)) {
    int code = 0;
    const std::size_t stop = std::min(at + 3, body.size());
    while (at < stop && is_digit(body[at])) code = code * 10 + (body[at++] - '0');
    out += static_cast<char>(code);
    return at;
  }
  out += c;  // \\ \" \' and an escaped line end mean themselves.
  return at + 1;
}

}  // namespace

LuaToken LuaLexer::token(LuaKind kind, std::size_t length) {
  length = std::min(length, text_.size() - at_);
  const LuaToken result{kind, at_, text_.substr(at_, length)};
  at_ += length;
  return result;
}

bool LuaLexer::skip_blanks_and_comments() {
  for (;;) {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    const std::string_view rest = text_.substr(at_);
    if (rest.substr(0, 2) != "--") return true;
    std::size_t length = std::min(rest.find('\n'), rest.size());
    if (const std::size_t opening = long_bracket(rest.substr(2)); opening != 0) {
      const std::size_t body = long_string(rest.substr(2), opening);
      if (body == std::string_view::npos) return false;
      length = 2 + body;
    }
    comment_offset_ = at_;
    comment_length_ = length;
    at_ += length;
  }
}

LuaToken LuaLexer::quoted_string() {
  const char quote = text_[at_];
  for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
    const char c = text_[i];
    if (c == quote) return token(LuaKind::string, i + 1 - at_);
    if (c == '\n') return token(LuaKind::unfinished, i - at_);
    if (c != '\\') continue;
    ++i;
    if (i < text_.size() && text_[i] == 'z')
      while (i + 1 < text_.size() && is_blank(text_[i + 1])) ++i;
  }
  return token(LuaKind::unfinished, text_.size() - at_);
}

LuaToken LuaLexer::number() {
  // As Lua does: everything that could belong to a number is one token, right or wrong.
  const bool hex = text_[at_] == '0' && at_ + 1 < text_.size() &&
                   (text_[at_ + 1] == 'x' || text_[at_ + 1] == 'X');
  const std::string_view exponent = hex ? "pP" : "eE";
  std::size_t i = at_;
  while (i < text_.size()) {
    const bool signed_exponent = exponent.find(text_[i]) != std::string_view::npos &&
                                 i + 1 < text_.size() &&
                                 (text_[i + 1] == '+' || text_[i + 1] == '-');
    if (signed_exponent) {
      i += 2;
    } else if (is_word(text_[i]) || text_[i] == '.') {
      ++i;
    } else {
      break;
    }
  }
  return token(LuaKind::number, i - at_);
}

LuaToken LuaLexer::bad() {
  // The spellings of other languages come whole, and a character beyond ASCII as one.
  for (const std::string_view slip : {"!==", "!=", "?.", "?\?"})
    if (text_.substr(at_, slip.size()) == slip) return token(LuaKind::bad, slip.size());
  std::size_t length = 1;
  if ((static_cast<unsigned char>(text_[at_]) & 0xC0U) == 0xC0U)
    while (at_ + length < text_.size() &&
           (static_cast<unsigned char>(text_[at_ + length]) & 0xC0U) == 0x80U)
      ++length;
  return token(LuaKind::bad, length);
}

LuaToken LuaLexer::next() {
  if (!skip_blanks_and_comments()) return token(LuaKind::unfinished, text_.size() - at_);
  if (at_ >= text_.size()) return token(LuaKind::end, 0);
  const char c = text_[at_];
  const std::string_view rest = text_.substr(at_);
  if (is_alpha(c)) {
    std::size_t length = 1;
    while (length < rest.size() && is_word(rest[length])) ++length;
    const bool reserved =
        std::find(keywords.begin(), keywords.end(), rest.substr(0, length)) != keywords.end();
    return token(reserved ? LuaKind::keyword : LuaKind::name, length);
  }
  if (is_digit(c) || (c == '.' && rest.size() > 1 && is_digit(rest[1]))) return number();
  if (c == '"' || c == '\'') return quoted_string();
  if (const std::size_t opening = long_bracket(rest); opening != 0) {
    const std::size_t length = long_string(rest, opening);
    return length == std::string_view::npos ? token(LuaKind::unfinished, rest.size())
                                            : token(LuaKind::string, length);
  }
  for (const std::string_view op : operators)
    if (rest.substr(0, op.size()) == op) return token(LuaKind::op, op.size());
  return bad();
}

std::vector<LuaToken> lua_tokens(std::string_view text) {
  std::vector<LuaToken> tokens;
  LuaLexer lexer(text);
  for (LuaToken token = lexer.next(); token.kind != LuaKind::end; token = lexer.next())
    tokens.push_back(token);
  return tokens;
}

std::string lua_string_value(const LuaToken& token) {
  std::string_view text = token.text;
  if (const std::size_t opening = long_bracket(text); opening != 0) {
    text = text.substr(opening, text.size() - 2 * opening);
    if (!text.empty() && text.front() == '\n') text.remove_prefix(1);
    return std::string(text);
  }
  text = text.substr(1, text.size() - 2);
  std::string value;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      value += text[at++];
    } else {
      at = append_escape(value, text, at + 1);
    }
  }
  return value;
}

}  // namespace pawl::dsl
