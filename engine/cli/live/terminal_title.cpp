#include "cli/live/terminal_title.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "cli/plain_text.hpp"

namespace pawl::cli {
namespace {

// xterm's control sequences: "Set Text Parameters" and "Window manipulation".
constexpr std::string_view save_title = "\x1b[22;2t", restore_title = "\x1b[23;2t";
constexpr std::string_view no_title = "\x1b]2;\x1b\\", no_progress = "\x1b]9;4;0\x1b\\";

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), name) != known.end();
}

}  // namespace

TitleSupport title_support(const Surroundings& around) {
  if (!around.is_terminal) return {};
  const std::string program = around.variable("TERM_PROGRAM"), term = around.variable("TERM");
  // Inside of these the terminal around them is somebody else's.
  if (term.rfind("screen", 0) == 0 || term.rfind("tmux", 0) == 0 || program == "tmux") return {};
  TitleSupport support;
  support.progress = !around.variable("WT_SESSION").empty() ||
                     around.variable("ConEmuANSI") == "ON" ||
                     is_one_of(program, {"WezTerm", "ghostty"});
  support.title =
      support.progress || is_one_of(program, {"iTerm.app", "Apple_Terminal", "vscode"}) ||
      is_one_of(term, {"alacritty", "xterm-kitty", "xterm-ghostty", "foot", "wezterm"}) ||
      !around.variable("VTE_VERSION").empty() || !around.variable("KONSOLE_VERSION").empty();
  return support;
}

std::string TerminalTitle::show(std::string_view title, int percent, TitleState state) {
  std::string bytes;
  if (support_.title) bytes += fmt::format("\x1b]2;{}\x1b\\", one_line(title));
  if (support_.progress) {
    const int code = state == TitleState::works ? 1 : state == TitleState::has_failures ? 2 : 4;
    bytes += fmt::format("\x1b]9;4;{};{}\x1b\\", code, std::clamp(percent, 0, 100));
  }
  if (bytes == shown_) return "";
  const bool is_first = shown_.empty();
  shown_ = bytes;
  return is_first && support_.title ? std::string(save_title) + bytes : bytes;
}

std::string TerminalTitle::clear() const {
  if (shown_.empty()) return "";
  std::string bytes;
  if (support_.progress) bytes += no_progress;
  if (support_.title) bytes.append(no_title).append(restore_title);
  return bytes;
}

}  // namespace pawl::cli
