#include "cli/draw/wrapped.hpp"

#include <algorithm>

#include "cli/text_width.hpp"

namespace pawl::cli::draw {

int cells_of(std::string_view text) { return static_cast<int>(cell_width(text)); }

std::vector<std::string> wrapped(std::string_view text, int cells) {
  // Two, so that every character fits.
  const auto room = static_cast<std::size_t>(std::max(cells, 2));
  std::vector<std::string> lines(1);
  std::size_t used = 0;
  const auto add_line = [&] {
    lines.emplace_back();
    used = 0;
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t space = used > 0 ? 1 : 0;
    if (used + space + cell_width(word) > room && used > 0) {
      add_line();
    } else {
      lines.back().append(space, ' ');
      used += space;
    }
    for (; cell_width(word) > room; add_line()) {
      lines.back() = clip_end(word, room, "");
      word.remove_prefix(lines.back().size());
    }
    lines.back() += word;
    used += cell_width(word);
  }
  return lines;
}

}  // namespace pawl::cli::draw
