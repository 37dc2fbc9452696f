#include "dsl/lua_spelling.hpp"

#include <array>
#include <utility>

namespace pawl::dsl {
namespace {

using namespace std::string_view_literals;

// Longer ones first, so that `!=` is not read as `!`.
constexpr std::array operators = {
    std::pair{"==="sv, "=="sv}, std::pair{"!=="sv, "~="sv}, std::pair{"!="sv, "~="sv},
    std::pair{"&&"sv, "and"sv}, std::pair{"||"sv, "or"sv},  std::pair{"!"sv, "not "sv},
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == text.npos ? "" : text.substr(first, last - first + 1);
}

std::string_view without_braces(std::string_view text) {
  text = trimmed(text);
  for (const std::string_view open : {"${{"sv, "{{"sv}) {
    if (!text.starts_with(open) || !text.ends_with("}}")) continue;
    // Two pairs of braces are no single expression.
    if (text.find("}}") + 2 != text.size()) continue;
    return trimmed(text.substr(open.size(), text.size() - open.size() - 2));
  }
  return text;
}

}  // namespace

std::string lua_spelling(std::string_view condition) {
  std::string_view rest = without_braces(condition);
  std::string lua;
  char quote = 0;
  while (!rest.empty()) {
    const char c = rest.front();
    if (quote == 0) {
      const auto* found = operators.begin();
      while (found != operators.end() && !rest.starts_with(found->first)) ++found;
      if (found != operators.end()) {
        lua += found->second;
        rest.remove_prefix(found->first.size());
        continue;
      }
      if (c == '\'' || c == '"') quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    lua += c;
    rest.remove_prefix(1);
  }
  return lua;
}

}  // namespace pawl::dsl
