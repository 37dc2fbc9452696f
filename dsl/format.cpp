#include "dsl/format.hpp"

#include <utility>

#include "dsl/format_printer.hpp"
#include "dsl/yaml_tree.hpp"

namespace pawl::dsl {

namespace {

/// `source` without a byte order mark, every line end one '\n'. A text cannot lose a '\r' unseen:
/// the trees are compared.
std::string with_plain_ends(std::string_view source) {
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  std::string text;
  text.reserve(source.size());
  for (const char c : source) {
    while (c == '\n' && text.ends_with('\r')) text.pop_back();
    text += c;
  }
  return text;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Are both texts the same without their white space? Then no comment was lost or moved.
bool same_but_for_blanks(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  for (;;) {
    while (i < a.size() && is_blank(a[i])) ++i;
    while (j < b.size() && is_blank(b[j])) ++j;
    if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
    if (a[i++] != b[j++]) return false;
  }
}

}  // namespace

Formatted format(std::string_view source, const Limits& limits) {
  ParsedYaml before = parse_yaml(source, limits);
  if (!before.tree) return std::move(before.diagnostics);
  const Problem unproved{"cannot format this file without changing what it means",
                         "the file is left as it is; 'pawl check' tells whether it is sound"};

  const std::string text = with_plain_ends(source);
  const ParsedYaml plain = parse_yaml(text, limits);
  if (!plain.tree) return unproved;
  auto printed = print_tree(*plain.tree);
  if (!printed || !same_but_for_blanks(text, *printed)) return unproved;
  const ParsedYaml after = parse_yaml(*printed, limits);
  if (!after.tree || !same_but_for_places(*before.tree, *after.tree)) return unproved;
  return std::move(*printed);
}

}  // namespace pawl::dsl
