#pragma once

#include <string>
#include <vector>

#include "cli/live/tree_screen.hpp"

namespace pawl::cli {

/// The other screen of the terminal, which leaves no trace: xterm's mode 1049. The cursor is home.
inline constexpr const char* full_screen_on = "\x1b[?1049h\x1b[H\x1b[J";
inline constexpr const char* full_screen_off = "\x1b[?1049l";

/// The rows at the lower end of a terminal that are drawn again and again, as bytes to write.
///
/// The cursor is parked at the first cell of the block between frames. So, whatever a resize did to
/// the rows, "back to the first column, erase below" removes all of them, and lines above are never
/// touched. Rows that did not change are stepped over; the screen is never cleared. Each frame is
/// one string, for one write, in synchronized output (mode 2026), which terminals ignore that do
/// not know it. What cannot be taken back is what a terminal has moved into its scroll-back: rows
/// that wrap because it shrinks to a fraction of its width at once, when they then need more rows
/// than it has.
class LiveBlock {
 public:
  /// Puts `lines` above the block, for good, and `screen` in the place of what was drawn last.
  /// Empty when nothing would change.
  std::string frame(const std::vector<std::string>& lines, const Screen& screen);
  /// After a resize: nothing of what was drawn can be stepped over.
  void forget() { is_known_ = false; }
  /// Removes the block; the cursor stands where it began.
  std::string erase();
  /// Leaves the block as it is and the cursor below it: what a dying program writes.
  std::string leave() const;
  std::size_t height() const { return shown_.size(); }

 private:
  Screen shown_;
  bool is_known_ = true;
};

}  // namespace pawl::cli
