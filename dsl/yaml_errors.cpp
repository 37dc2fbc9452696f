#include "dsl/yaml_errors.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace pawl::dsl {

namespace {

struct Rewording {
  std::string_view words;  ///< How yaml-cpp's message begins.
  std::string_view message;
  std::string_view fix;
};

// yaml-cpp/exceptions.h lists the messages.
constexpr std::array rewordings = {
    Rewording{"end of map flow not found", "the '{' that stands open here has no '}'",
              "close it with '}', or quote a text that contains braces or commas"},
    Rewording{"end of sequence flow not found", "the '[' that stands open here has no ']'",
              "close it with ']', or quote a text that contains brackets or commas"},
    Rewording{"end of map not found", "this line does not continue the map above it",
              "indent it like its neighbours, and write keys as 'key: value'"},
    Rewording{"end of sequence not found", "this line does not continue the list above it",
              "indent it like its neighbours, and begin each item with '- '"},
    Rewording{"illegal map value", "a second ': ' in one line, or a value at a wrong place",
              "quote a text that contains ': ', and check the indentation"},
    Rewording{"illegal map key", "a key cannot stand here", "put it on a line of its own"},
    Rewording{"illegal block entry", "a list item '- ' cannot stand here",
              "put it on a line of its own, indented like its neighbours"},
    Rewording{"illegal flow end", "this bracket closes nothing",
              "remove it, or quote the text that it belongs to"},
    Rewording{"illegal tab when looking for indentation", "a tab stands in the indentation",
              "indent with spaces"},
    Rewording{"illegal EOF in scalar", "the quote that stands open here is never closed",
              "add the closing quote"},
    Rewording{"illegal document indicator in scalar",
              "'---' or '...' stands at the start of a line inside a quoted text",
              "indent the line, or close the quote before it"},
    Rewording{"illegal character in scalar", "a text cannot contain this character here",
              "quote the text"},
    Rewording{"unknown escape character", "a text in double quotes has no such escape",
              "write '\\\\' for a backslash, or use single quotes"},
    Rewording{"bad character found while scanning hex number",
              "an escape lacks hexadecimal digits: '\\x' takes 2, '\\u' 4, '\\U' 8",
              "write the digits, or '\\\\' for a backslash"},
    Rewording{"invalid unicode", "an escape names no Unicode character",
              "use a code point up to "
              "10FFFF, no surrogate"},
    Rewording{"the referenced anchor is not defined", "no anchor of that name stands before here",
              "define it above with '&', or quote a text that begins with '*'"},
    Rewording{"alias not found after *", "an alias '*' needs a name",
              "quote a text that begins with '*'"},
    Rewording{"anchor not found after &", "an anchor '&' needs a name",
              "quote a text that begins with '&'; in Lua write 'and' for '&&'"},
    Rewording{"illegal character found while scanning alias",
              "the name of an alias holds a character that it cannot have",
              "quote a text that begins with '*'"},
    Rewording{"illegal character found while scanning anchor",
              "the name of an anchor holds a character that it cannot have",
              "quote a text that begins with '&'; in Lua write 'and' for '&&'"},
    Rewording{"aliases can't have any content", "an alias stands for a whole value",
              "write nothing else beside it"},
    Rewording{"cannot assign multiple", "a value has one anchor and one tag at most",
              "remove the others"},
    Rewording{"unexpected character in block scalar",
              "'|' and '>' begin a text on the lines below; only '+', '-', a digit or a comment "
              "may stand behind them",
              "put the text on the next line; in Lua write 'or' for '||'"},
    Rewording{"cannot set zero indentation for a block scalar", "the indentation cannot be 0",
              "write a digit from 1 to 9, or none"},
    Rewording{"illegal character found while scanning tag handle",
              "YAML takes '!' for a tag, and this is none",
              "quote the text; in Lua write 'not' for '!'"},
    Rewording{"tag handle with no suffix", "YAML takes '!' for a tag, and this one has no name",
              "quote the text; in Lua write 'not' for '!'"},
    Rewording{"end of verbatim tag not found", "the tag '!<' has no '>'", "remove the tag"},
    Rewording{"YAML directives must", "a directive '%YAML' takes one version", "remove the line"},
    Rewording{"bad YAML version", "this is no version of YAML", "remove the line"},
    Rewording{"YAML major version too large", "this is a YAML of another generation",
              "remove the line"},
    Rewording{"repeated YAML directive", "'%YAML' stands twice", "remove one"},
    Rewording{"TAG directives must", "a directive '%TAG' takes a handle and a prefix",
              "remove the line"},
    Rewording{"repeated TAG directive", "'%TAG' stands twice for one handle", "remove one"},
    Rewording{"unknown token", "no value can begin with this character", "quote the text"},
};

/// Did the author write `${{` without quotes inside {…} or […]? YAML then reads its braces.
bool is_unquoted_expression(std::string_view line) {
  int open = 0;
  char quote = '\0';
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '$' && line.substr(at, 3) == "${{") {
      if (open > 0) return true;
      at += 2;
    } else if (c == '{' || c == '[') {
      ++open;
    } else if (c == '}' || c == ']') {
      open = std::max(0, open - 1);
    }
  }
  return false;
}

Diagnostic unquoted_expression(std::int32_t number, std::string_view line) {
  const std::string_view before = line.substr(0, line.find("${{"));
  const auto column = static_cast<std::int32_t>(count_code_points(before)) + 1;
  return {{number, column, 3},
          "yaml-expression",
          "YAML reads the braces of an unquoted '${{' inside '{…}' or '[…]' as its own",
          "put quotes around it: \"${{ … }}\""};
}

/// A line "key: value", with or without '- ' in front.
struct KeyedLine {
  std::string_view key, value;
};

std::optional<KeyedLine> keyed(std::string_view line) {
  std::size_t begin = line.find_first_not_of(' ');
  while (begin != line.npos && line.substr(begin, 2) == "- ") {
    begin = line.find_first_not_of(' ', begin + 2);
  }
  if (begin == line.npos) return std::nullopt;
  const std::size_t colon = line.find(": ", begin);
  if (colon == line.npos) return std::nullopt;
  const std::string_view key = line.substr(begin, colon - begin);
  const bool is_word = std::ranges::all_of(key, [](char c) {
    return c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
  const std::size_t value = line.find_first_not_of(' ', colon + 1);
  if (!is_word || key.empty() || value == line.npos) return std::nullopt;
  const std::size_t last = line.find_last_not_of(" \r");
  return KeyedLine{key, line.substr(value, last + 1 - value)};
}

std::string below(std::string_view key) {
  return "write '" + std::string(key) + ": |' and the text on the lines below, where ";
}

/// What to write where quotes or colons of a text were taken for YAML's own.
std::optional<Diagnostic> misread_text(std::string_view words, Span at, std::string_view line) {
  const std::optional<KeyedLine> said = keyed(line);
  if (!said) return std::nullopt;
  const char first = said->value.front();
  const bool is_quoted = first == '"' || first == '\'';
  if (is_quoted && words.starts_with("end of map not found")) {
    return Diagnostic{at, "yaml-syntax", "the quoted text has ended before here",
                      below(said->key) + "quotes need nothing"};
  }
  constexpr std::size_t repeated_max = 60;
  constexpr std::string_view others = "[{|>&*!%@`#";
  if (is_quoted || others.find(first) != others.npos || !words.starts_with("illegal map value")) {
    return std::nullopt;
  }
  // `build: run: make` was meant as a map; of a script or a name that is not likely.
  constexpr std::string_view texts[] = {"run", "lua", "when", "name", "description", "default"};
  if (keyed(said->value) && std::ranges::find(texts, said->key) == std::end(texts)) {
    return Diagnostic{at, "yaml-syntax", "a second key stands in this line",
                      "write " + std::string(said->key) + ": {" + std::string(said->value) +
                          "}, or put it on the next line, indented"};
  }
  const bool fits = said->value.size() <= repeated_max && said->value.find('\'') == line.npos;
  return Diagnostic{at, "yaml-syntax", "the text holds ': ', which YAML takes for a key's colon",
                    fits
                        ? "write " + std::string(said->key) + ": '" + std::string(said->value) + "'"
                        : below(said->key) + "': ' is a text like any other"};
}

}  // namespace

Diagnostic reword_yaml_error(std::string_view words, std::size_t offset, const SourceText& source) {
  Span at = source.span(offset, offset + 1);
  for (std::int32_t number = at.line; number > 0 && number > at.line - 3; --number) {
    const std::string_view line = line_text(source.text(), number);
    if (is_unquoted_expression(line)) return unquoted_expression(number, line);
  }
  const std::string_view line = line_text(source.text(), at.line);
  const std::string_view indentation = line.substr(0, line.find_first_not_of(" \t"));
  if (const std::size_t tab = indentation.find('\t'); tab != line.npos) {
    return {{at.line, static_cast<std::int32_t>(tab) + 1, 1},
            "yaml-syntax",
            "a tab stands in the indentation",
            "indent with spaces"};
  }
  if (auto misread = misread_text(words, at, line)) return *std::move(misread);
  for (const Rewording& one : rewordings) {
    if (words.starts_with(one.words)) {
      return {at, "yaml-syntax", std::string(one.message), std::string(one.fix)};
    }
  }
  return {at, "yaml-syntax", "this is not YAML: " + std::string(words), ""};
}

}  // namespace pawl::dsl
