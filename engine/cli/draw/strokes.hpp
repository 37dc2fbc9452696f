#pragma once

#include <array>
#include <string_view>

namespace pawl::cli::draw {

/// Which sides of a cell a line leaves it by; a set of bits.
enum Arms : unsigned char { arm_none = 0, arm_up = 1, arm_down = 2, arm_left = 4, arm_right = 8 };

/// The glyph for a set of arms. In ASCII `'` ends a line from above, `.` begins one downwards and
/// `+` is both, so that a crossing (`|` in a row of `-`) never looks like a joint.
inline std::string_view stroke(unsigned arms, bool ascii) {
  static constexpr std::array<std::string_view, 16> utf8 = {" ", "╵", "╷", "│", "╴", "╯", "╮", "┤",
                                                            "╶", "╰", "╭", "├", "─", "┴", "┬", "┼"};
  static constexpr std::array<std::string_view, 16> plain = {
      " ", "'", ".", "|", "-", "'", ".", "+", "-", "'", ".", "+", "-", "'", ".", "+"};
  return (ascii ? plain : utf8)[arms & 15U];
}

}  // namespace pawl::cli::draw
