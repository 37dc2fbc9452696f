#include "cli/live/terminal_title.hpp"

#include <catch2/catch.hpp>
#include <map>

namespace pawl::cli {
namespace {

TitleSupport support_with(const std::map<std::string, std::string>& variables,
                          bool is_terminal = true) {
  return title_support({[&](const char* name) {
                          const auto found = variables.find(name);
                          return found == variables.end() ? "" : found->second;
                        },
                        is_terminal});
}

TEST_CASE("only terminals that are known by name get a title and a progress", "[cli]") {
  CHECK_FALSE(support_with({{"TERM", "xterm-256color"}}).title);
  CHECK_FALSE(support_with({{"TERM", "linux"}}).title);
  CHECK(support_with({{"TERM", "xterm-kitty"}}).title);
  CHECK_FALSE(support_with({{"TERM", "xterm-kitty"}}).progress);
  CHECK(support_with({{"TERM", "xterm-256color"}, {"TERM_PROGRAM", "WezTerm"}}).progress);
  CHECK(support_with({{"WT_SESSION", "c0ffee"}}).progress);
  CHECK(support_with({{"VTE_VERSION", "7003"}}).title);

  SECTION("not in a pipe, and not inside of tmux, whose window is somebody else's") {
    CHECK_FALSE(support_with({{"TERM_PROGRAM", "WezTerm"}}, false).title);
    CHECK_FALSE(support_with({{"TERM", "tmux-256color"}, {"WT_SESSION", "c0ffee"}}).title);
  }
}

TEST_CASE("the title is written when it changes, and what was there comes back", "[cli]") {
  TerminalTitle title({true, true});
  CHECK(title.clear().empty());
  CHECK(title.show("38 % nightly", 38, TitleState::works) ==
        "\x1b[22;2t\x1b]2;38 % nightly\x1b\\\x1b]9;4;1;38\x1b\\");
  CHECK(title.show("38 % nightly", 38, TitleState::works).empty());
  CHECK(title.show("38 % nightly", 38, TitleState::has_failures) ==
        "\x1b]2;38 % nightly\x1b\\\x1b]9;4;2;38\x1b\\");
  CHECK(title.clear() == "\x1b]9;4;0\x1b\\\x1b]2;\x1b\\\x1b[23;2t");
}

TEST_CASE("nothing in a workflow's name can end the title early", "[cli]") {
  TerminalTitle title({true, false});
  CHECK(title.show("a\x07\x1b]0;owned\x07"
                   "b",
                   0, TitleState::works) == "\x1b[22;2t\x1b]2;ab\x1b\\");
}

TEST_CASE("unknown terminals get not a byte", "[cli]") {
  TerminalTitle title({false, false});
  CHECK(title.show("38 %", 38, TitleState::works).empty());
  CHECK(title.clear().empty());
}

}  // namespace
}  // namespace pawl::cli
