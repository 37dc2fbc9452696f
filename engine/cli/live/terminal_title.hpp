#pragma once

#include <string>
#include <string_view>

#include "cli/style.hpp"

namespace pawl::cli {

/// What the tab or the task bar shows beside a percent.
enum class TitleState { works, has_failures, waits_for_people };

/// What a terminal is known to understand. Unknown ones get nothing: some print what they do not
/// know.
struct TitleSupport {
  bool title = false;     ///< OSC 2, and the stack of titles of xterm (CSI 22 t, 23 t).
  bool progress = false;  ///< OSC 9;4 of ConEmu.
};

/// By the names that terminals give themselves in the environment, as cargo does it.
TitleSupport title_support(const Surroundings& around);

/// The title of a terminal's window and its progress, as bytes to write. What was there before
/// comes back at the end.
class TerminalTitle {
 public:
  explicit TerminalTitle(TitleSupport support) : support_(support) {}

  /// Empty when nothing would change.
  std::string show(std::string_view title, int percent, TitleState state);
  /// Puts back what `show` changed, as often as one asks, also from a handler of signals.
  std::string clear() const;
  /// The next `show` says all again: somebody else had the terminal.
  void forget() { shown_.clear(); }

 private:
  TitleSupport support_;
  std::string shown_;
};

}  // namespace pawl::cli
