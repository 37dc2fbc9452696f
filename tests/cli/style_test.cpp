#include "cli/style.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "cli/plain_text.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

bool coloured(const std::map<std::string, std::string>& variables, bool is_terminal,
              const std::string& flag = "") {
  const auto variable = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  return wants_colour(flag, {variable, is_terminal});
}

TEST_CASE("colour follows the stream when nothing else is said", "[cli]") {
  CHECK(coloured({}, true));
  CHECK_FALSE(coloured({}, false));
}

TEST_CASE("of flag, NO_COLOR, forcing, CLICOLOR and TERM the first that speaks decides", "[cli]") {
  for (const bool terminal : {false, true}) {
    CAPTURE(terminal);
    CHECK(coloured({{"NO_COLOR", "1"}}, terminal, "always"));
    CHECK_FALSE(coloured({{"FORCE_COLOR", "1"}}, terminal, "never"));
    CHECK_FALSE(coloured({{"NO_COLOR", "1"}, {"FORCE_COLOR", "1"}}, terminal));
    CHECK(coloured({{"NO_COLOR", ""}, {"FORCE_COLOR", "1"}}, terminal));
    CHECK(coloured({{"CLICOLOR_FORCE", "1"}, {"CLICOLOR", "0"}}, terminal));
    CHECK(coloured({{"FORCE_COLOR", "0"}}, terminal) == terminal);
    CHECK_FALSE(coloured({{"CLICOLOR", "0"}}, terminal));
    CHECK_FALSE(coloured({{"TERM", "dumb"}}, terminal));
    CHECK(coloured({{"CI", "true"}}, terminal) == terminal);
  }
}

TEST_CASE("width counts cells: wide characters two, marks and colours none", "[cli]") {
  CHECK(cell_width("abc") == 3);
  CHECK(cell_width("\xe6\x97\xa5\xe6\x9c\xac") == 4);
  CHECK(cell_width("e\xcc\x81") == 1);  // e and a combining acute
  CHECK(cell_width("\x1b[1;31mred\x1b[0m") == 3);
  CHECK(cell_width("\xf0\x9f\x99\x82") == 2);
}

TEST_CASE("clipping keeps clusters whole and turns colour off", "[cli]") {
  CHECK(clip_end("abcdef", 6) == "abcdef");
  CHECK(clip_end("abcdef", 4) == "abc\xe2\x80\xa6");
  CHECK(clip_end("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 4) == "\xe6\x97\xa5\xe2\x80\xa6");
  CHECK(clip_end("\x1b[31mabcdef\x1b[0m", 3) == "\x1b[31mab\xe2\x80\xa6\x1b[0m");
  CHECK(clip_middle("transform_something.load", 12) == "transf\xe2\x80\xa6.load");
  CHECK(cell_width(clip_end("abc", 0)) == 0);
}

TEST_CASE("texts of ours become ASCII without changing their width", "[cli]") {
  const std::string text =
      "\xe2\x9c\x93 13:58\xe2\x80\x93"
      "14:06 \xe2\x94\x82 \xc3\xa9";
  CHECK(ascii_of(text) == "+ 13:58-14:06 | \xc3\xa9");
  CHECK(bar(0.5, 10, {}) ==
        "\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81"
        "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80");
  Style ascii;
  ascii.ascii = true;
  CHECK(bar(0.5, 10, ascii) == "=====>----");
  CHECK(bar(1, 4, ascii) == "====");
}

TEST_CASE("tabs stop at every eighth cell", "[cli]") {
  CHECK(with_tabs_as_blanks("a\tb") == "a       b");
  CHECK(with_tabs_as_blanks("12345678\tb") == "12345678        b");
}

}  // namespace
}  // namespace pawl::cli
