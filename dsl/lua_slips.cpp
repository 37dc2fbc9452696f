#include "dsl/lua_slips.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace pawl::dsl {
namespace {

/// A token that Lua does not know, and what to write instead.
struct Slip {
  std::string_view spelling, message, fix;
};

constexpr Slip bad_tokens[] = {
    {"!=", "'!=' is not Lua", "write '~='"},
    {"!==", "'!==' is not Lua", "write '~='"},
    {"!", "'!' is not Lua", "write 'not'"},
    {"?.", "'?.' is not Lua", "write 'a and a.b'"},
    {"?\?", "'?\?' is not Lua", "write 'coalesce(a, b)'"},
    {"?", "'a ? b : c' is not Lua", "write 'a and b or c'"},
    {"$", "'$' is not Lua", "write the name alone: 'inputs.day', 'env.HOME'"},
    {"`", "a backquote is not Lua", "write the text in \"…\" or '…', join texts with '..'"},
    {"@", "'@' is not Lua", ""},
    {"\\", "a backslash outside a text is not Lua", ""},
    {"“", "a typographic quote is not Lua", "write '\"'"},
    {"”", "a typographic quote is not Lua", "write '\"'"},
    {"‘", "a typographic quote is not Lua", "write \"'\""},
    {"’", "a typographic quote is not Lua", "write \"'\""},
    {"\u00a0", "this is a no-break space", "write a plain space"},
    {"≠", "'≠' is not Lua", "write '~='"},
    {"≤", "'≤' is not Lua", "write '<='"},
    {"≥", "'≥' is not Lua", "write '>='"},
};

/// Two tokens without a blank between them.
struct PairSlip {
  std::string_view first, second, message, fix;
};

constexpr PairSlip pairs[] = {
    {"&", "&", "'&&' is not Lua", "write 'and'"},
    {"|", "|", "'||' is not Lua", "write 'or'"},
    {"==", "=", "'===' is not Lua", "write '=='"},
    {"+", "+", "'++' is not Lua", "write 'x = x + 1'"},
    {"+", "=", "'+=' is not Lua", "write 'x = x + y'"},
    {"-", "=", "'-=' is not Lua", "write 'x = x - y'"},
    {"*", "=", "'*=' is not Lua", "write 'x = x * y'"},
    {"/", "=", "'/=' is not Lua", "write 'x = x / y'"},
    {"..", "=", "'..=' is not Lua", "write 'x = x .. y'"},
    {"=", ">", "'=>' is not Lua", "write 'function(x) return … end'"},
    {"-", ">", "'->' is not Lua", "write 'function(x) return … end'"},
};

TextMistake mistake(std::size_t offset, std::size_t length, std::string_view message,
                    std::string_view fix) {
  return {offset, length, "lua-spelling", std::string(message), std::string(fix)};
}

bool is_key_begin(const std::vector<LuaToken>& tokens, std::size_t i) {
  return i > 0 && (tokens[i - 1].is("{") || tokens[i - 1].is(",") || tokens[i - 1].is(";"));
}

/// `{"a": 1}` and `{a: 1}`: a colon that cannot be a method call.
bool is_json_key(const std::vector<LuaToken>& tokens, std::size_t i) {
  if (i + 1 >= tokens.size() || !tokens[i + 1].is(":") || !is_key_begin(tokens, i)) return false;
  if (tokens[i].kind == LuaKind::string) return true;
  if (tokens[i].kind != LuaKind::name) return false;
  const bool calls =
      i + 3 < tokens.size() && tokens[i + 2].kind == LuaKind::name &&
      (tokens[i + 3].is("(") || tokens[i + 3].is("{") || tokens[i + 3].kind == LuaKind::string);
  return !calls;
}

/// `[1, 2]` as a list: a bracket where a value has to begin, and no table's key.
bool is_bracket_list(const std::vector<LuaToken>& tokens, std::size_t i) {
  if (!tokens[i].is("[")) return false;
  if (i == 0) return true;
  const LuaToken& before = tokens[i - 1];
  if (before.kind == LuaKind::keyword) return !before.is("end");
  return before.is("(") || before.is("=") || before.is("==") || before.is("~=") || before.is("..");
}

}  // namespace

std::vector<TextMistake> find_slips(const std::vector<LuaToken>& tokens) {
  std::vector<TextMistake> found;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const LuaToken& token = tokens[i];
    if (token.kind == LuaKind::unfinished) {
      const bool comment = token.text.substr(0, 2) == "--";
      found.push_back({token.offset, std::min<std::size_t>(token.text.size(), 1), "lua-syntax",
                       comment ? "a comment without its end" : "a text without its closing quote",
                       comment ? "" : "close it, or write \\\" for a quote inside"});
    } else if (token.kind == LuaKind::bad) {
      const auto* slip = std::find_if(std::begin(bad_tokens), std::end(bad_tokens),
                                      [&](const Slip& s) { return s.spelling == token.text; });
      found.push_back(slip != std::end(bad_tokens)
                          ? mistake(token.offset, token.text.size(), slip->message, slip->fix)
                          : mistake(token.offset, token.text.size(), "this character is not Lua",
                                    "write text in quotes"));
      continue;
    }
    if (is_json_key(tokens, i)) {
      const bool is_name = token.kind == LuaKind::name;
      const std::string key(token.text);
      found.push_back(mistake(token.offset, token.text.size() + 1,
                              "a table's key is followed by '='",
                              "write '" + (is_name ? key : "[" + key + "]") + " = …'"));
      ++i;
      continue;
    }
    if (is_bracket_list(tokens, i))
      found.push_back(mistake(token.offset, 1, "a list is written in braces", "write '{1, 2}'"));
    if (i + 1 == tokens.size() || tokens[i + 1].offset != token.end()) continue;
    for (const PairSlip& pair : pairs) {
      if (!token.is(pair.first) || !tokens[i + 1].is(pair.second)) continue;
      found.push_back(
          mistake(token.offset, pair.first.size() + pair.second.size(), pair.message, pair.fix));
      ++i;
      break;
    }
  }
  return found;
}

std::vector<TextMistake> guess_slips(const std::vector<LuaToken>& tokens, bool expression) {
  int braces = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const LuaToken& token = tokens[i];
    if (token.is("function")) break;  // From here `=` may be an assignment.
    if (token.is("{")) ++braces;
    if (token.is("}")) --braces;
    if (expression && braces == 0 && token.is("="))
      return {mistake(token.offset, 1, "'=' does not compare", "write '=='")};
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const LuaToken& token = tokens[i];
    if (token.kind == LuaKind::name && (token.text == "elif" || token.text == "elsif"))
      return {mistake(token.offset, token.text.size(),
                      "'" + std::string(token.text) + "' is not Lua", "write 'elseif'")};
    if (token.is("//") && (i == 0 || tokens[i - 1].is(";")))
      return {mistake(token.offset, 2, "'//' begins no comment in Lua", "write '--'")};
  }
  return {};
}

}  // namespace pawl::dsl
