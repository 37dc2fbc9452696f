#include "dsl/source_text.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace pawl::dsl {

namespace {

constexpr std::size_t stride = 512;

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text) {
  line_starts_.push_back(0);
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
    line_starts_.push_back(static_cast<std::uint32_t>(at + 1));
  }
  std::size_t count = 0;
  for (std::size_t at = 0; at <= text.size(); at += stride) {
    code_points_.push_back(static_cast<std::uint32_t>(count));
    count += count_code_points(text.substr(at, stride));
  }
}

std::size_t SourceText::line_of(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<std::size_t>(after - line_starts_.begin()) - 1;
}

std::size_t SourceText::code_points_before(std::size_t offset) const {
  const std::size_t block = offset / stride;
  return code_points_[block] +
         count_code_points(text_.substr(block * stride, offset - block * stride));
}

Place SourceText::place(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const std::size_t line = line_of(offset);
  const std::size_t column = code_points_before(offset) - code_points_before(line_starts_[line]);
  return {static_cast<std::int32_t>(line + 1), static_cast<std::int32_t>(column + 1)};
}

std::size_t SourceText::offset(Place place) const {
  const std::string_view line = this->line(place.line);
  if (line.data() == nullptr) return text_.size();
  const auto begin = static_cast<std::size_t>(line.data() - text_.data());
  const std::size_t wanted =
      code_points_before(begin) + static_cast<std::size_t>(std::max(place.column, 1)) - 1;
  // The last stride that begins at or before the wanted code point, then on from there.
  const auto after = std::upper_bound(code_points_.begin(), code_points_.end(), wanted);
  std::size_t at = (static_cast<std::size_t>(after - code_points_.begin()) - 1) * stride;
  std::size_t count = code_points_[at / stride];
  for (; at < text_.size(); ++at) {
    if ((static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80) continue;
    if (count == wanted) break;
    ++count;
  }
  return std::clamp(at, begin, begin + line.size());
}

std::string_view SourceText::line(std::int32_t number) const {
  const auto index = static_cast<std::size_t>(number - 1);
  if (number < 1 || index >= line_starts_.size()) return {};
  const std::size_t end =
      index + 1 < line_starts_.size() ? line_starts_[index + 1] - 1 : text_.size();
  std::string_view line = text_.substr(line_starts_[index], end - line_starts_[index]);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

Span SourceText::span(std::size_t offset, std::size_t end) const {
  offset = std::min(offset, text_.size());
  const std::size_t line = line_of(offset);
  std::size_t line_end = line + 1 < line_starts_.size() ? line_starts_[line + 1] - 1 : text_.size();
  if (line_end > offset && text_[line_end - 1] == '\r') --line_end;
  end = std::min(end, line_end);
  const Place from = place(offset);
  const std::size_t length =
      end > offset ? code_points_before(end) - code_points_before(offset) : 1;
  return {from.line, from.column, static_cast<std::int32_t>(length)};
}

std::string_view line_text(std::string_view text, std::int32_t number) {
  std::size_t start = 0;
  for (std::int32_t line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n', start);
    if (end == text.npos) return {};
    start = end + 1;
  }
  std::string_view line = text.substr(start, text.find('\n', start) - start);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace pawl::dsl
