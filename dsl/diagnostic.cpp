#include "dsl/diagnostic.hpp"

#include <algorithm>
#include <cstddef>

#include "base/text.hpp"
#include "dsl/source_text.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {

namespace {

constexpr std::size_t width_max = 100;

std::string_view name_of(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Steps over `count` code points forwards, or backwards when it is negative, within `text`.
std::size_t advance(std::string_view text, std::size_t at, std::ptrdiff_t count) {
  for (; count > 0 && at < text.size(); --count) {
    ++at;
    while (at < text.size() && continues(text[at])) ++at;
  }
  for (; count < 0 && at > 0; ++count) {
    --at;
    while (at > 0 && continues(text[at])) --at;
  }
  return at;
}

/// The line of the place, cut around it when it is long, and the caret below.
std::string excerpt(const Span& at, const SourceText& source, std::string_view fix) {
  const std::string_view line = source.line(at.line);
  const std::size_t offset = line.empty()
                                 ? 0
                                 : source.offset({at.line, at.column}) -
                                       static_cast<std::size_t>(line.data() - source.text().data());
  const auto half = static_cast<std::ptrdiff_t>(width_max / 2);
  const std::size_t fits = advance(line, 0, static_cast<std::ptrdiff_t>(width_max));
  const std::size_t begin =
      fits == line.size() || offset <= advance(line, 0, half) ? 0 : advance(line, offset, -half);
  const std::size_t end = advance(line, begin, static_cast<std::ptrdiff_t>(width_max));

  const std::string before = to_valid_utf8(line.substr(begin, offset - begin));
  std::string shown = before + to_valid_utf8(line.substr(offset, end - offset));
  for (char& c : shown) {
    // A tab or a control character would shift the caret.
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  std::size_t column = count_code_points(before);
  const auto length = static_cast<std::size_t>(std::max(at.length, 1));
  const std::size_t carets =
      std::max<std::size_t>(1, std::min(length, count_code_points(shown) - column));
  if (begin > 0) {
    shown.insert(0, "… ");
    column += 2;
  }
  if (end < line.size()) shown += " …";

  std::string number = std::to_string(at.line);
  if (number.size() < 3) number.insert(0, 3 - number.size(), ' ');
  std::string text = number + " | " + shown + "\n" + std::string(number.size(), ' ') + " | " +
                     std::string(column, ' ') + std::string(carets, '^');
  if (!fix.empty()) text += " " + std::string(fix);
  return text + "\n";
}

std::string render_at(const Diagnostic& one, std::string_view file, const SourceText& source) {
  return std::string(file) + ":" + std::to_string(one.at.line) + ":" +
         std::to_string(one.at.column) + "  " + std::string(name_of(one.severity)) + "[" +
         one.rule + "]  " + one.message + "\n" + excerpt(one.at, source, one.fix);
}

std::string render_one(const Diagnostic& one, std::string_view file, const SourceText& source) {
  if (!one.other) return render_at(one, file, source);
  return render_at(one, one.other->name, SourceText(one.other->text));
}

/// The workflow's own mistakes come first.
std::string_view name_of_file(const Diagnostic& one) {
  return one.other ? std::string_view(one.other->name) : std::string_view();
}

std::string_view without_mark(std::string_view source) {
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  return source;
}

}  // namespace

bool has_errors(const Diagnostics& list) {
  return std::ranges::any_of(list,
                             [](const Diagnostic& one) { return one.severity == Severity::error; });
}

void sort_unique(Diagnostics& list) {
  std::stable_sort(list.begin(), list.end(), [](const Diagnostic& a, const Diagnostic& b) {
    if (name_of_file(a) != name_of_file(b)) return name_of_file(a) < name_of_file(b);
    if (a.at != b.at) return a.at < b.at;
    if (a.rule != b.rule) return a.rule < b.rule;
    return a.message < b.message;
  });
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::string render(const Diagnostic& diagnostic, std::string_view file, std::string_view source) {
  return render_one(diagnostic, file, SourceText(without_mark(source)));
}

std::string render_all(const Diagnostics& list, std::string_view file, std::string_view source) {
  const SourceText text(without_mark(source));
  std::string all;
  for (const Diagnostic& one : list) all += render_one(one, file, text);
  return all;
}

std::string render_json(const Diagnostic& diagnostic, std::string_view file) {
  std::string text = R"({"v":1,"kind":"diagnostic","file":)";
  append_json_string(text, to_valid_utf8(diagnostic.other ? diagnostic.other->name : file));
  text += ",\"line\":" + std::to_string(diagnostic.at.line);
  text += ",\"column\":" + std::to_string(diagnostic.at.column);
  text += ",\"length\":" + std::to_string(diagnostic.at.length);
  text += ",\"severity\":\"" + std::string(name_of(diagnostic.severity)) + "\",\"rule\":";
  append_json_string(text, diagnostic.rule);
  text += ",\"message\":";
  append_json_string(text, diagnostic.message);
  text += ",\"fix\":";
  if (diagnostic.fix.empty()) {
    text += "null";
  } else {
    append_json_string(text, diagnostic.fix);
  }
  return text + "}";
}

}  // namespace pawl::dsl
