#include "dsl/diagnostic.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "dsl/source_text.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {

namespace {

constexpr std::size_t width_max = 100;

std::string_view name_of(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

std::vector<std::string_view> code_points_of(std::string_view line) {
  std::vector<std::string_view> all;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t length = 1;
    while (at + length < line.size() &&
           (static_cast<unsigned char>(line[at + length]) & 0xC0) == 0x80) {
      ++length;
    }
    all.push_back(line.substr(at, length));
    at += length;
  }
  return all;
}

/// A part of a line that fits, with the place in it.
struct Excerpt {
  std::string text;
  std::size_t column = 0;  ///< From 0.
  std::size_t length = 1;
};

Excerpt cut(std::string_view line, const Span& at) {
  const std::string readable = to_valid_utf8(line);
  const std::vector<std::string_view> points = code_points_of(readable);
  const auto column = static_cast<std::size_t>(std::max(at.column, 1)) - 1;
  const std::size_t begin =
      points.size() > width_max && column > width_max / 2 ? column - width_max / 2 : 0;
  const std::size_t end = std::min(points.size(), begin + width_max);
  Excerpt excerpt;
  for (std::size_t i = begin; i < end; ++i) {
    // A tab or a control character would shift the caret.
    const bool is_control = static_cast<unsigned char>(points[i].front()) < 0x20;
    excerpt.text += is_control ? std::string_view(" ") : points[i];
  }
  excerpt.column = std::min(column, points.size()) - begin;
  const auto length = static_cast<std::size_t>(std::max(at.length, 1));
  excerpt.length = std::max<std::size_t>(1, std::min(length, end - begin - excerpt.column));
  if (excerpt.column > end - begin) excerpt.column = end - begin;
  if (begin > 0) {
    excerpt.text = "… " + excerpt.text;
    excerpt.column += 2;
  }
  if (end < points.size()) excerpt.text += " …";
  return excerpt;
}

}  // namespace

bool has_errors(const Diagnostics& list) {
  return std::ranges::any_of(list,
                             [](const Diagnostic& one) { return one.severity == Severity::error; });
}

void sort_unique(Diagnostics& list) {
  std::stable_sort(list.begin(), list.end(), [](const Diagnostic& a, const Diagnostic& b) {
    if (a.at != b.at) return a.at < b.at;
    if (a.rule != b.rule) return a.rule < b.rule;
    return a.message < b.message;
  });
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::string render(const Diagnostic& diagnostic, std::string_view file, std::string_view source) {
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  std::string text = std::string(file) + ":" + std::to_string(diagnostic.at.line) + ":" +
                     std::to_string(diagnostic.at.column) + "  " +
                     std::string(name_of(diagnostic.severity)) + "[" + diagnostic.rule + "]  " +
                     diagnostic.message + "\n";
  const Excerpt excerpt = cut(line_text(source, diagnostic.at.line), diagnostic.at);
  std::string number = std::to_string(diagnostic.at.line);
  if (number.size() < 3) number.insert(0, 3 - number.size(), ' ');
  text += number + " | " + excerpt.text + "\n";
  text += std::string(number.size(), ' ') + " | " + std::string(excerpt.column, ' ') +
          std::string(excerpt.length, '^');
  if (!diagnostic.fix.empty()) text += " " + diagnostic.fix;
  return text + "\n";
}

std::string render_json(const Diagnostic& diagnostic, std::string_view file) {
  std::string text = R"({"v":1,"kind":"diagnostic","file":)";
  append_json_string(text, to_valid_utf8(file));
  text += ",\"line\":" + std::to_string(diagnostic.at.line);
  text += ",\"column\":" + std::to_string(diagnostic.at.column);
  text += ",\"length\":" + std::to_string(diagnostic.at.length);
  text += ",\"severity\":\"" + std::string(name_of(diagnostic.severity)) + "\",\"rule\":";
  append_json_string(text, diagnostic.rule);
  text += ",\"message\":";
  append_json_string(text, diagnostic.message);
  text += ",\"fix\":";
  append_json_string(text, diagnostic.fix);
  return text + "}";
}

}  // namespace pawl::dsl
