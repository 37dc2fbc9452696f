#include "trial/step_path.hpp"

#include <algorithm>

namespace pawl::trial {
namespace {

bool is_id(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Behind the `]` that closes the key at `at`; npos when none does.
std::size_t end_of_key(std::string_view text, std::size_t at) {
  bool in_text = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') in_text = !in_text;
    if (text[at] == '\\' && in_text) ++at;
    if (!in_text && at < text.size() && text[at] == ']') return at + 1;
  }
  return text.npos;
}

std::size_t end_of_round(std::string_view text, std::size_t at) {
  const std::size_t begin = ++at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at == begin ? text.npos : at;
}

}  // namespace

std::optional<StepPath> parse_step_path(std::string_view text) {
  StepPath path;
  for (std::size_t at = 0;;) {
    StepPath::Part& part = path.parts.emplace_back();
    while (at < text.size() && is_id(text[at])) part.id += text[at++];
    if (part.id.empty()) return std::nullopt;
    while (at < text.size() && (text[at] == '[' || text[at] == '#')) {
      const std::size_t end = text[at] == '[' ? end_of_key(text, at) : end_of_round(text, at);
      if (end == text.npos) return std::nullopt;
      part.marks.emplace_back(text.substr(at, end - at));
      at = end;
    }
    if (at == text.size()) return path;
    if (text[at++] != '.') return std::nullopt;
  }
}

std::string path_in_file(const StepPath& path) {
  std::string text;
  for (const StepPath::Part& part : path.parts) text += (text.empty() ? "" : ".") + part.id;
  return text;
}

std::optional<std::size_t> closeness(const StepPath& pattern, const StepPath& path) {
  if (pattern.parts.size() != path.parts.size()) return std::nullopt;
  std::size_t named = 0;
  for (std::size_t i = 0; i < path.parts.size(); ++i) {
    const std::vector<std::string>& marks = path.parts[i].marks;
    if (pattern.parts[i].id != path.parts[i].id) return std::nullopt;
    for (const std::string& mark : pattern.parts[i].marks) {
      if (std::ranges::find(marks, mark) == marks.end()) return std::nullopt;
      ++named;
    }
  }
  return named;
}

}  // namespace pawl::trial
