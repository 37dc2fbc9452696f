#include "cli/live/dialogue.hpp"

#include <fmt/format.h>

#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

/// `left`, and `right` at column 55 when there is room for both.
std::string in_two(const std::string& left, const std::string& right, const Style& style) {
  constexpr std::size_t column = 54;
  const std::string both = pad_right(left, column) + " " + right;
  return cell_width(both) < static_cast<std::size_t>(style.width) ? both : left;
}

}  // namespace

std::vector<std::string> leave_dialogue(std::int64_t run, std::int64_t running,
                                        const Style& style) {
  return {
      in_two(fmt::format("Run {} goes on without this terminal.  d  leave it", run),
             fmt::format("pawl attach {}", run), style),
      in_two(fmt::format("  p  pause: {} running end, no new start", thousands(running)),
             fmt::format("pawl resume {}", run), style),
      in_two(fmt::format("  c  cancel: {} get TERM, KILL 10s later; hooks run", thousands(running)),
             "Enter: back", style)};
}

LeaveChoice leave_choice(char key) {
  switch (key) {
    case 'd':
      return LeaveChoice::detach;
    case 'p':
      return LeaveChoice::pause;
    case 'c':
      return LeaveChoice::cancel;
    case '\r':
    case '\n':
    case '\x1b':
      return LeaveChoice::back;
    default:
      return LeaveChoice::none;
  }
}

}  // namespace pawl::cli
