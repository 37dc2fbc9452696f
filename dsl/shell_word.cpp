#include "dsl/shell_word.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "dsl/shell_follow.hpp"

namespace pawl::dsl {
namespace {

constexpr Refusal after_backslash = {"a backslash before a value would take its first character",
                                     "write '\\\\' for a backslash, or '$${{' for the text '${{'"};
constexpr Refusal after_dollar = {"a '$' before a value would change its meaning",
                                  "write '\\$' for a dollar"};
constexpr Refusal in_ansi_quotes = {"a value cannot stand in $'…'",
                                    "end the quotes before it: $'…'${{ … }}"};
constexpr Refusal in_translation = {"a value cannot stand in $\"…\"", "leave out the '$'"};
constexpr Refusal in_arithmetic = {
    "a value cannot stand in shell arithmetic, where it could run commands",
    "compute it in Lua: ${{ inputs.n + 1 }}"};
constexpr Refusal in_backquotes = {"a value cannot stand in backquotes", "write $( … )"};
constexpr Refusal in_parameter = {
    "a value cannot stand inside the shell's ${ … }",
    "use Lua: ${{ coalesce(a, b) }}, or assign the value to a variable first"};
constexpr Refusal in_subscript = {"a value cannot be an array's index: bash would evaluate it",
                                  "write the index out, or append: a+=(${{ … }})"};

constexpr int depth_max = 100;

bool is_name_begin(ShellUnit c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name(ShellUnit c) { return is_name_begin(c) || (c >= '0' && c <= '9'); }

}  // namespace

void ShellWord::add(char c) {
  text += c;
  if (!exact) return;
  ++known;
  if (!quoted) ++plain;
}
void ShellWord::add_quote() { quoted = true; }
void ShellWord::add_unknown() { exact = false; }
void ShellWord::add_value(std::size_t number) {
  if (exact && text.empty()) value_first = true;
  values.push_back(number);
  exact = false;
}

std::size_t assignment_length(const ShellWord& word) {
  const std::string_view text = std::string_view(word.text).substr(0, word.plain);
  std::size_t at = 0;
  if (text.empty() || !is_name_begin(text[0])) return 0;
  while (at < text.size() && is_name(text[at])) ++at;
  if (at < text.size() && text[at] == '[') {
    at = text.find(']', at);
    if (at == std::string_view::npos) return 0;
    ++at;
  }
  if (at < text.size() && text[at] == '+') ++at;
  return at < text.size() && text[at] == '=' ? at + 1 : 0;
}

ShellUnit ShellFollower::peek(std::size_t ahead) const {
  constexpr ShellUnit none = -2;
  return at_ + ahead < end_ ? units_[at_ + ahead] : none;
}

bool ShellFollower::looking_at(std::string_view text) const {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (peek(i) != static_cast<unsigned char>(text[i])) return false;
  return true;
}

void ShellFollower::refuse_here(const Refusal& why) {
  const auto number = static_cast<std::size_t>(peek() - value_unit);
  spots_[number].accept(Quoting::bare);
  spots_[number].refuse(why);
  ++at_;
}

void ShellFollower::place(Quoting where) {
  const auto number = static_cast<std::size_t>(peek() - value_unit);
  if (forbidden_ != nullptr) return refuse_here(*forbidden_);
  if (lost_.empty()) {
    spots_[number].accept(where);
  } else {
    spots_[number].refusal = lost_;
  }
  ++at_;
}

void ShellFollower::lose_way() {
  if (!lost_.empty()) return;
  constexpr std::size_t excerpt_max = 40;
  std::size_t begin = std::min(at_, end_);
  while (begin > 0 && units_[begin - 1] != '\n') --begin;
  std::string line;
  for (std::size_t i = begin; i < end_ && units_[i] != '\n' && line.size() < excerpt_max; ++i)
    line += units_[i] < 0 || units_[i] >= value_unit ? "${{ … }}"
                                                     : std::string(1, static_cast<char>(units_[i]));
  line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
  lost_ = "not every shell reads the line " + quoted(to_valid_utf8(line)) +
          " alike, so the place of this value is not clear";
}

/// A here-document that waits for its line while a quoted text goes over it: the shells disagree.
void ShellFollower::line_end_inside() {
  if (!here_documents_.empty()) lose_way();
}

ShellWord ShellFollower::word() {
  ShellWord out;
  while (at_ < end_ && word_part(out)) {
  }
  return out;
}

/// False at the end of the word.
bool ShellFollower::word_part(ShellWord& out) {
  const ShellUnit c = peek();
  if (is_value()) {
    out.add_value(static_cast<std::size_t>(c - value_unit));
    place(Quoting::bare);
    return true;
  }
  switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case ';':
    case '&':
    case '|':
    case ')':
      return false;
    case '<':
    case '>':
      if (peek(1) != '(') return false;
      at_ += 2;
      substitution();
      out.add_unknown();
      return true;
    case '(':
      if (!out.exact || assignment_length(out) != out.text.size() || out.text.empty()) return false;
      array(out);
      return true;
    case '\\':
      backslash(out);
      return true;
    case '\'':
      single_quoted(out);
      return true;
    case '"':
      out.add_quote();
      ++at_;
      double_quoted(out);
      return true;
    case '$':
      // `$"…"` and `$'…'` are quotes: such a word never vanishes.
      if (peek(1) == '"' || peek(1) == '\'') out.add_quote();
      dollar(false);
      out.add_unknown();
      return true;
    case '`':
      backquoted();
      out.add_unknown();
      return true;
    case raw_unit:
      out.add_unknown();
      ++at_;
      return true;
    default:
      out.add(static_cast<char>(c));
      ++at_;
      return true;
  }
}

void ShellFollower::backslash(ShellWord& out) {
  ++at_;
  if (is_value()) {
    out.add_value(static_cast<std::size_t>(peek() - value_unit));
    return refuse_here(after_backslash);
  }
  if (peek() == '\n') {
    ++at_;  // The line goes on: nothing of it is part of the word.
    return;
  }
  out.add_quote();
  if (at_ >= end_) return;
  if (peek() == raw_unit) {
    lose_way();
  } else {
    out.add(static_cast<char>(peek()));
  }
  ++at_;
}

void ShellFollower::single_quoted(ShellWord& out) {
  out.add_quote();
  for (++at_; at_ < end_ && peek() != '\'';) {
    if (is_value()) {
      out.add_value(static_cast<std::size_t>(peek() - value_unit));
      place(Quoting::in_single);
      continue;
    }
    if (peek() == raw_unit) {
      out.add_unknown();
    } else {
      if (peek() == '\n') line_end_inside();
      out.add(static_cast<char>(peek()));
    }
    ++at_;
  }
  ++at_;
}

/// Begins behind the opening quote.
void ShellFollower::double_quoted(ShellWord& out) {
  while (at_ < end_ && peek() != '"') {
    if (is_value()) {
      out.add_value(static_cast<std::size_t>(peek() - value_unit));
      place(Quoting::in_double);
      continue;
    }
    switch (const ShellUnit c = peek()) {
      case '\\': {
        const ShellUnit next = peek(1);
        const bool escapes =
            next == '$' || next == '`' || next == '"' || next == '\\' || next == '\n';
        if (!escapes) out.add('\\');
        backslash(out);
        break;
      }
      case '$':
        dollar(true);
        out.add_unknown();
        break;
      case '`':
        backquoted();
        out.add_unknown();
        break;
      case raw_unit:
        out.add_unknown();
        ++at_;
        break;
      default:
        if (c == '\n') line_end_inside();
        out.add(static_cast<char>(c));
        ++at_;
    }
  }
  ++at_;
}

void ShellFollower::dollar(bool in_double) {
  ++at_;
  if (is_value()) return refuse_here(after_dollar);
  if (looking_at("((")) {
    at_ += 2;
    return arithmetic();
  }
  const ShellUnit c = peek();
  if (c == '(') {
    ++at_;
    return substitution();
  }
  if (c == '{') {
    ++at_;
    return braced(in_double);
  }
  if (c == '[') return old_arithmetic();
  if (c == '\'' && !in_double) return ansi_quoted();
  if (c == '"' && !in_double) {
    ++at_;
    const Forbid forbid(*this, in_translation);
    ShellWord inside;
    return double_quoted(inside);
  }
  if (is_name_begin(c)) {
    while (is_name(peek())) ++at_;
  } else if (c > 0 && c < 128 &&
             std::string_view("@*#?-$!0123456789").find(static_cast<char>(c)) !=
                 std::string_view::npos) {
    ++at_;
  }
}

void ShellFollower::ansi_quoted() {
  const Forbid forbid(*this, in_ansi_quotes);
  for (++at_; at_ < end_ && peek() != '\'';) {
    if (is_value()) {
      place(Quoting::bare);
      continue;
    }
    if (peek() == '\n') line_end_inside();
    if (peek() == '\\') {
      // Not every sh knows $'…': there `\'` ends the quotes.
      if (peek(1) == '\'') lose_way();
      if (!is_value(1)) ++at_;
    }
    ++at_;
  }
  ++at_;
}

void ShellFollower::braced(bool in_double) {
  const Forbid forbid(*this, in_parameter);
  ShellWord inside;
  while (at_ < end_ && peek() != '}') {
    const ShellUnit c = peek();
    if (is_value()) {
      place(Quoting::bare);
    } else if (c == '\\') {
      backslash(inside);
    } else if (c == '"') {
      ++at_;
      double_quoted(inside);
    } else if (c == '\'') {
      if (in_double) lose_way();  // A quote in "${a#'x'}", none in "${a:-'x'}".
      single_quoted(inside);
    } else if (c == '$') {
      dollar(in_double);
    } else if (c == '`') {
      backquoted();
    } else {
      if (c == '\n') line_end_inside();
      ++at_;
    }
  }
  ++at_;
}

/// Begins behind `$((` or `((`.
void ShellFollower::arithmetic() {
  const Forbid forbid(*this, in_arithmetic);
  ShellWord inside;
  for (int depth = 0; at_ < end_;) {
    const ShellUnit c = peek();
    if (is_value()) {
      place(Quoting::bare);
    } else if (c == '\\') {
      backslash(inside);
    } else if (c == '"') {
      ++at_;
      double_quoted(inside);
    } else if (c == '\'') {
      lose_way();
      ++at_;
    } else if (c == '$') {
      dollar(true);
    } else if (c == '`') {
      backquoted();
    } else if (c == ')' && depth == 0) {
      // Without the second parenthesis it was a command in parentheses.
      if (peek(1) != ')') lose_way();
      at_ += 2;
      return;
    } else {
      if (c == '\n') line_end_inside();
      if (c == '(') ++depth;
      if (c == ')') --depth;
      ++at_;
    }
  }
  lose_way();
}

/// `$[ … ]`: arithmetic in bash, plain text elsewhere.
void ShellFollower::old_arithmetic() {
  lose_way();
  ++at_;
}

void ShellFollower::backquoted() {
  const Forbid forbid(*this, in_backquotes);
  for (++at_; at_ < end_ && peek() != '`';) {
    if (is_value()) {
      place(Quoting::bare);
      continue;
    }
    if (peek() == '\n') line_end_inside();
    if (peek() == '\\' && !is_value(1)) ++at_;
    ++at_;
  }
  ++at_;
}

/// The list of `NAME=( … )`.
void ShellFollower::array(ShellWord& out) {
  out.add_unknown();
  out.add_quote();
  out.is_array = true;
  for (++at_; at_ < end_ && peek() != ')';) {
    const ShellUnit c = peek();
    if (c == '#') {
      comment();
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (c == '\n') line_end_inside();
      ++at_;
    } else {
      const std::size_t before = at_;
      const ShellWord item = word();
      const bool indexed = item.prefix().substr(0, 1) == "[";
      if (indexed && item.prefix().find("]=") == std::string_view::npos)
        for (const std::size_t value : item.values) spots_[value].refuse(in_subscript);
      out.values.insert(out.values.end(), item.values.begin(), item.values.end());
      if (at_ != before) continue;
      lose_way();
      ++at_;
    }
  }
  ++at_;
}

/// Begins behind the opening parenthesis of `$( … )`, `<( … )`, `>( … )`.
void ShellFollower::substitution() {
  if (++depth_ > depth_max) {
    lose_way();
    at_ = end_;
  }
  list(true);
  --depth_;
}

}  // namespace pawl::dsl
