#include "dsl/format_lines.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace pawl::dsl {

void Lines::begin(std::size_t indent, std::string_view text) {
  indent_ = indent;
  Line& line = lines_.emplace_back();
  if (!text.empty()) line.code.append(indent, ' ').append(text);
}

void Lines::append(std::string_view text) { lines_.back().code += text; }

void Lines::trail(const Comment& comment) {
  Line& line = lines_.back();
  line.comment = comment.text;
  line.column = comment.column;
  line.gap = std::max<std::size_t>(comment.gap, 1);
}

void Lines::separate() {
  const bool is_separate = lines_.empty() || lines_.back().code.empty();
  if (!is_separate) lines_.emplace_back();
}

std::string Lines::str() const {
  std::string text;
  for (std::size_t first = 0; first < lines_.size();) {
    // A run of lines whose comments stood in one column; a line without one is a run of its own.
    std::size_t end = first;
    std::size_t width = 0;
    std::size_t gap = lines_[first].gap;
    do {
      width = std::max(width, count_code_points(lines_[end].code));
      gap = std::min(gap, lines_[end].gap);
      ++end;
    } while (end < lines_.size() && !lines_[first].comment.empty() &&
             !lines_[end].comment.empty() && lines_[end].column == lines_[first].column);
    for (; first < end; ++first) {
      const Line& line = lines_[first];
      text += line.code;
      if (!line.comment.empty()) {
        text.append(width + gap - count_code_points(line.code), ' ').append(line.comment);
      }
      text += '\n';
    }
  }
  return text;
}

}  // namespace pawl::dsl
