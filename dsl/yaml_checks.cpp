#include "dsl/yaml_checks.hpp"

#include <algorithm>

namespace pawl::dsl {

std::size_t closing_quote(std::string_view source, std::size_t begin) {
  const char quote = source[begin];
  std::size_t at = begin + 1;
  while (at < source.size()) {
    if (quote == '"' && source[at] == '\\') {
      ++at;
    } else if (source[at] == quote) {
      if (quote == '"' || at + 1 >= source.size() || source[at + 1] != quote) return at;
      ++at;
    }
    ++at;
  }
  return source.size();
}

namespace {

/// Offset of "\'" in a text in double quotes, which YAML does not have; npos: there is none.
std::size_t find_quote_escape(std::string_view source, std::size_t begin, std::size_t end) {
  for (std::size_t at = begin + 1; at + 1 < end; ++at) {
    if (source[at] != '\\') continue;
    if (source[at + 1] == '\'') return at;
    ++at;
  }
  return source.npos;
}

}  // namespace

std::optional<Diagnostic> check_quoted(const SourceText& source, std::size_t begin,
                                       std::string_view text) {
  const std::string_view file = source.text();
  const std::size_t end = closing_quote(file, begin);
  if (end == file.size()) {
    return Diagnostic{source.span(begin, begin + 1), "yaml-syntax",
                      "the quote that stands open here is never closed", "add the closing quote"};
  }
  if (file[begin] == '"') {
    if (const std::size_t at = find_quote_escape(file, begin, end); at != file.npos) {
      return Diagnostic{source.span(at, at + 2), "yaml-syntax",
                        "a text in double quotes has no such escape",
                        "write ' without the backslash"};
    }
  }
  if (end + 1 < file.size() && file[end + 1] == '#') {
    return Diagnostic{source.span(end + 1, end + 2), "yaml-syntax",
                      "a comment needs a blank before its '#'", "write ' #'"};
  }
  const bool is_blank = text.find_first_not_of(" \n") == text.npos;
  if (is_blank && file.substr(begin, end - begin).find('\n') != file.npos) {
    return Diagnostic{source.span(begin, end), "yaml-syntax",
                      "a text of nothing but blank lines stands in quotes",
                      "write the line ends as \"\\n\""};
  }
  return std::nullopt;
}

std::optional<Diagnostic> check_block_text(const SourceText& source, std::size_t begin,
                                           std::string_view text) {
  const std::string_view file = source.text();
  const std::size_t header_end = std::min(file.find('\n', begin), file.size());
  const std::string_view header = file.substr(begin, header_end - begin);
  const std::string_view indicators = header.substr(0, header.find_first_of(" \t\r"));
  if (text.empty() && indicators.find('+') != indicators.npos) {
    return Diagnostic{source.span(begin, begin + 1), "yaml-syntax",
                      "a text that keeps its line ends has no line",
                      "write \"\" for an empty text, \"\\n\" for one line end"};
  }
  if (indicators.find_first_of("123456789") != indicators.npos) return std::nullopt;
  std::size_t widest = 0;
  for (std::size_t line = header_end + 1; line < file.size();) {
    const std::size_t first = std::min(file.find_first_not_of(' ', line), file.size());
    const bool has_content = first < file.size() && file[first] != '\n' && file[first] != '\r';
    if (has_content) {
      if (widest <= first - line) return std::nullopt;
      return Diagnostic{source.span(line, line + 1), "yaml-syntax",
                        "a blank line above holds more blanks than the first line of this text "
                        "is indented by",
                        "remove the blanks from the empty lines"};
    }
    widest = std::max(widest, first - line);
    line = std::min(file.find('\n', first), file.size());
    if (line < file.size()) ++line;
  }
  return std::nullopt;
}

}  // namespace pawl::dsl
