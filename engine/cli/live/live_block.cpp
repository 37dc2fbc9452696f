#include "cli/live/live_block.hpp"

#include <fmt/format.h>

namespace pawl::cli {
namespace {

// ECMA-48: EL 0, ED 0, CUU; DEC private mode 2026 is "synchronized output".
constexpr std::string_view erase_to_end = "\x1b[K";
constexpr std::string_view erase_below = "\x1b[J";
constexpr std::string_view sync_begin = "\x1b[?2026h";
constexpr std::string_view sync_end = "\x1b[?2026l";
// DECAWM: a terminal may have become narrower since we asked, and a row that it wraps would make
// two of one, so that "up" ends in the middle of the block.
constexpr std::string_view wrap_off = "\x1b[?7l", wrap_on = "\x1b[?7h";

std::string up(std::size_t rows) { return rows == 0 ? "" : fmt::format("\x1b[{}A", rows); }

}  // namespace

std::string LiveBlock::frame(const std::vector<std::string>& lines, const Screen& screen) {
  if (is_known_ && lines.empty() && screen == shown_) return "";
  std::string out = std::string(sync_begin) + "\r";
  // Also for lines above: a terminal that became narrower has marked the rows that it wrapped, and
  // would put a line that is written over such a row together with the next one.
  const bool redraws = !is_known_ || !lines.empty();
  if (redraws) out += erase_below;
  for (const std::string& line : lines) out.append(line).append(erase_to_end).append("\r\n");
  out += wrap_off;
  for (std::size_t i = 0; i < screen.size(); ++i) {
    if (i > 0) out += "\r\n";
    if (!redraws && i < shown_.size() && shown_[i] == screen[i]) continue;
    out.append(screen[i]).append(erase_to_end);
  }
  // Rows that are left over from a longer frame become empty, each for itself: "erase below" from
  // the row behind the last would miss when that row is behind the terminal's end.
  std::size_t rows = screen.size();
  for (; !redraws && rows < shown_.size(); ++rows) {
    out.append(rows == 0 ? "" : "\r\n").append(erase_to_end);
  }
  out += up(rows > 0 ? rows - 1 : 0);
  out.append("\r").append(wrap_on).append(sync_end);
  shown_ = screen;
  is_known_ = true;
  return out;
}

std::string LiveBlock::erase() {
  if (shown_.empty()) return "";
  shown_.clear();
  is_known_ = true;
  return std::string("\r") + std::string(erase_below);
}

std::string LiveBlock::leave() const {
  if (shown_.empty()) return "";
  const std::string down = shown_.size() > 1 ? fmt::format("\x1b[{}B", shown_.size() - 1) : "";
  return "\r" + down + "\r\n";
}

}  // namespace pawl::cli
