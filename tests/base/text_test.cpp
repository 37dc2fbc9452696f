#include "base/text.hpp"

#include <array>
#include <catch2/catch.hpp>

using namespace pawl;

TEST_CASE("UTF-8 is checked to the byte", "[base]") {
  CHECK(find_invalid_utf8("plain, ä, €, 𝄞") == std::string_view::npos);
  CHECK(find_invalid_utf8("ab\xFFz") == 2);
  CHECK(find_invalid_utf8("\xC0\x80") == 0);          // overlong
  CHECK(find_invalid_utf8("\xED\xA0\x80") == 0);      // a surrogate
  CHECK(find_invalid_utf8("\xF4\x90\x80\x80") == 0);  // above U+10FFFF
  CHECK(find_invalid_utf8("x\xE2\x82") == 1);         // cut short
  CHECK(to_valid_utf8("a\xFF") == "a\xEF\xBF\xBD");
  CHECK(count_code_points("aä€𝄞") == 4);
}

TEST_CASE("a slip of the finger finds its word", "[base]") {
  constexpr std::array<std::string_view, 4> known = {"needs", "name", "when", "timeout"};
  CHECK(closest("need", known) == "needs");
  CHECK(closest("tiemout", known) == "timeout");
  CHECK(closest("depends_on", known).empty());
}

TEST_CASE("the nearest words come first, and no more than asked for", "[base]") {
  const std::vector<std::string_view> known{"status", "start", "stop", "state"};
  CHECK(nearest("stat", known, 3) == std::vector<std::string_view>{"start", "state"});
  CHECK(nearest("stat", known, 1) == std::vector<std::string_view>{"start"});
  CHECK(nearest("statsu", known, 3) == std::vector<std::string_view>{"status", "state"});
  CHECK(nearest("", known, 3).empty());
}

TEST_CASE("words are quoted for any shell", "[base]") {
  CHECK(shell_quoted("plain-1.txt") == "plain-1.txt");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
}
