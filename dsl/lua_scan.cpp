#include "dsl/lua_scan.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "dsl/lua_slips.hpp"
#include "dsl/lua_token.hpp"
#include "scripting/syntax.hpp"

namespace pawl::dsl {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";
/// Broken expressions reported in one scalar: each costs a look at all the rest of the text.
constexpr std::size_t broken_max = 20;
constexpr std::string_view opening = "${{", closing = "}}", literal_opening = "$${{";

/// Where the expression that begins at `begin` ends: at its `}}`, found as Lua reads the text.
struct CodeEnd {
  std::size_t at = std::string_view::npos;  ///< Of `}}`; npos when there is none.
  bool in_comment = false;                  ///< The only `}}` stands in a comment.
  bool in_string = false;                   ///< The only `}}` stands in a text without end.
  std::size_t culprit = 0;                  ///< Where that comment or text begins.
};

CodeEnd find_code_end(std::string_view scalar, std::size_t begin) {
  CodeEnd end;
  LuaLexer lexer(scalar, begin);
  int braces = 0;
  for (LuaToken token = lexer.next(); token.kind != LuaKind::end; token = lexer.next()) {
    if (token.is("{")) ++braces;
    if (token.is("}") && braces-- == 0) {
      if (scalar.substr(token.offset, 2) == closing) {
        end.at = token.offset;
        return end;
      }
      braces = 0;
    }
    if (token.kind == LuaKind::unfinished && token.text.find(closing) != std::string_view::npos) {
      end.in_string = true;
      end.culprit = token.offset;
      return end;
    }
  }
  end.culprit = lexer.comment_offset();
  end.in_comment = scalar.substr(lexer.comment_offset(), lexer.comment_length()).find(closing) !=
                   std::string_view::npos;
  return end;
}

TextMistake missing_end(const CodeEnd& end, std::size_t open) {
  if (end.in_string)
    return {end.culprit, 1, "expression-end", "the text that begins here has no end",
            "close it before '}}'"};
  if (end.in_comment)
    return {end.culprit, 2, "expression-end", "'--' begins a comment, which hides the '}}'",
            "leave the comment out, or end its line before '}}'"};
  return {open, opening.size(), "expression-end", "'${{' without its '}}'",
          "end the expression with '}}', or write '$${{' for the text '${{'"};
}

/// What the parser says it stopped at: a token as written, or the end of the text.
struct Stop {
  std::string token;  ///< Empty when the message names none.
  bool at_end = false;
};

/// Takes "near 'x'", "found 'x'", "unexpected 'x'" off the end of `message`.
Stop take_stop(std::string& message) {
  for (const std::string_view marker : {" near ", ", found ", "unexpected "}) {
    const std::size_t at = message.rfind(marker);
    if (at == std::string::npos || message == "unexpected symbol") continue;
    std::string token = message.substr(at + marker.size());
    message.erase(at);
    if (token == "the end") return {"", true};
    if (token.size() > 1 && token.front() == '\'') token = token.substr(1, token.size() - 2);
    return {std::move(token), false};
  }
  return {};
}

/// The token that Lua's message names, as an offset; else the beginning of the line it names.
std::size_t place_of(int line_number, const Stop& stop, std::string_view lua) {
  if (stop.at_end) {
    const std::size_t last = lua.find_last_not_of(blanks);
    return last == std::string_view::npos ? 0 : last;
  }
  std::size_t line = 0;
  for (int n = 1; n < line_number; ++n) {
    const std::size_t end = lua.find('\n', line);
    if (end == std::string_view::npos) break;
    line = end + 1;
  }
  const std::size_t line_end = std::min(lua.find('\n', line), lua.size());
  std::size_t place = std::min(lua.find_first_not_of(blanks, line), lua.size());
  LuaLexer lexer(lua);
  for (LuaToken token = lexer.next(); token.kind != LuaKind::end && token.offset < line_end;
       token = lexer.next())
    if (token.offset >= line && token.text == stop.token) place = token.offset;
  return place;
}

/// Lua's message in words for people. Line numbers are dropped: they count in the piece, not in
/// the file.
TextMistake worded(const scripting::SyntaxError& error, std::string_view lua) {
  std::string message = error.message;
  if (const std::size_t at = message.find(" at line "); at != std::string::npos)
    message.erase(at, message.find_first_not_of("0123456789", at + 9) - at);
  const Stop stop = take_stop(message);
  TextMistake result{place_of(error.line, stop, lua), 1, "lua-syntax", "", ""};
  const bool names_token = !stop.token.empty();
  constexpr std::string_view expected = " expected";
  const std::size_t at = message.find(expected);
  if (message.empty() || message == "unexpected symbol") {
    message = stop.at_end ? "this ends too early" : quoted(stop.token) + " does not belong here";
  } else if (at != std::string::npos && message.find("is expected") == std::string::npos) {
    message = message.substr(0, at) + " is missing" + message.substr(at + expected.size());
    if (stop.at_end) message += " at the end";
    if (names_token) message += " before " + quoted(stop.token);
  } else if (names_token) {
    const bool is_wish = message.find("is expected") != std::string::npos;
    message += (is_wish ? ", not " : ": ") + quoted(stop.token);
  }
  result.message = std::move(message);
  const std::size_t rest = std::max<std::size_t>(lua.size() - result.offset, 1);
  if (names_token) result.length = std::min(stop.token.size(), rest);
  return result;
}

/// `True`, `None`, …: names that Lua would silently read as nil.
void check_constants(std::string_view lua, std::vector<TextMistake>& out) {
  constexpr std::pair<std::string_view, std::string_view> spellings[] = {
      {"True", "true"}, {"TRUE", "true"}, {"False", "false"},  {"FALSE", "false"},
      {"None", "null"}, {"NULL", "null"}, {"undefined", "nil"}};
  for (const Use& use : scan_uses(lua).globals)
    for (const auto& [foreign, ours] : spellings)
      if (use.name == foreign)
        out.push_back({use.offset, use.length, "lua-spelling", quoted(foreign) + " is not Lua",
                       "write " + quoted(ours)});
}

void add_code(std::string_view scalar, std::size_t begin, std::size_t end, SplitText& out) {
  std::string_view code = scalar.substr(begin, end - begin);
  const std::size_t first = code.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    out.mistakes.push_back({begin - opening.size(), end + closing.size() - begin + opening.size(),
                            "expression-empty", "an empty expression",
                            "write a Lua expression between '${{' and '}}'"});
    return;
  }
  code = code.substr(first, code.find_last_not_of(blanks) + 1 - first);
  for (TextMistake& mistake : check_lua(code, true)) {
    mistake.offset += begin + first;
    out.mistakes.push_back(std::move(mistake));
  }
  out.pieces.push_back({std::string(code), begin + first, true});
}

void add_text(std::string_view scalar, std::size_t begin, std::size_t end, SplitText& out) {
  if (begin < end) out.pieces.push_back({std::string(scalar.substr(begin, end - begin)), begin});
}

/// One expression with nothing but blanks around it loses the blanks.
void settle_whole(SplitText& out) {
  const auto is_code = [](const TextPiece& piece) { return piece.is_code; };
  if (std::count_if(out.pieces.begin(), out.pieces.end(), is_code) != 1) return;
  for (const TextPiece& piece : out.pieces)
    if (!piece.is_code && piece.text.find_first_not_of(blanks) != std::string::npos) return;
  out.whole = true;
  out.pieces.erase(std::remove_if(out.pieces.begin(), out.pieces.end(),
                                  [](const TextPiece& piece) { return !piece.is_code; }),
                   out.pieces.end());
}

/// Quick on any value that fits into a script's memory, and without effects.
bool is_quick_function(std::string_view name) {
  constexpr std::string_view quick[] = {"tostring", "tonumber", "type",  "assert", "error",
                                        "max",      "min",      "floor", "ceil",   "abs"};
  return std::ranges::find(quick, name) != std::end(quick);
}

}  // namespace

SplitText split_template(std::string_view scalar) {
  SplitText out;
  std::size_t text_begin = 0, at = 0;
  while ((at = scalar.find('$', at)) != std::string_view::npos) {
    if (scalar.substr(at, literal_opening.size()) == literal_opening) {
      add_text(scalar, text_begin, at, out);
      text_begin = at + 1;  // The second `$` begins a piece of its own: offsets stay exact.
      at += literal_opening.size();
      continue;
    }
    if (scalar.substr(at, opening.size()) != opening) {
      ++at;
      continue;
    }
    add_text(scalar, text_begin, at, out);
    const std::size_t begin = at + opening.size();
    const CodeEnd end = find_code_end(scalar, begin);
    if (end.at == std::string_view::npos) {
      out.mistakes.push_back(missing_end(end, at));
      const std::size_t stop = scalar.find(closing, begin);
      if (stop == std::string_view::npos || out.mistakes.size() >= broken_max) return out;
      at = text_begin = stop + closing.size();
      continue;
    }
    add_code(scalar, begin, end.at, out);
    at = text_begin = end.at + closing.size();
  }
  add_text(scalar, text_begin, scalar.size(), out);
  settle_whole(out);
  return out;
}

std::vector<TextMistake> check_lua(std::string_view lua, bool expression) {
  const std::vector<LuaToken> tokens = lua_tokens(lua);
  std::vector<TextMistake> out = find_slips(tokens);
  check_constants(lua, out);
  if (!out.empty()) return out;
  const auto error = expression ? scripting::check_expression(lua) : scripting::check_block(lua);
  if (!error) return out;
  out = guess_slips(tokens, expression);
  if (out.empty()) out.push_back(worded(*error, lua));
  return out;
}

bool is_brief(std::string_view lua) {
  LuaLexer lexer(lua);
  LuaToken before;
  for (LuaToken token = lexer.next(); token.kind != LuaKind::end; token = lexer.next()) {
    const bool loops = token.is("for") || token.is("while") || token.is("repeat") ||
                       token.is("goto") || token.is("function");
    if (loops || token.kind == LuaKind::bad || token.kind == LuaKind::unfinished) return false;
    const bool after_value = before.kind == LuaKind::name || before.kind == LuaKind::string ||
                             before.is(")") || before.is("]");
    const bool calls =
        after_value && (token.is("(") || token.is("{") || token.kind == LuaKind::string);
    if (calls && (before.kind != LuaKind::name || !is_quick_function(before.text))) return false;
    before = token;
  }
  return true;
}

}  // namespace pawl::dsl
