#include "trial/step_path.hpp"

#include <catch2/catch.hpp>

namespace pawl::trial {
namespace {

std::optional<std::size_t> closeness_of(const char* pattern, const char* path) {
  return closeness(parse_step_path(pattern).value(), parse_step_path(path).value());
}

TEST_CASE("a path names steps, items and rounds", "[trial]") {
  const auto path = parse_step_path(R"(regions["a.b]\"c"].poll#3.check[7])");
  REQUIRE(path);
  CHECK(path_in_file(*path) == "regions.poll.check");
  CHECK(path->parts[0].marks == std::vector<std::string>{R"(["a.b]\"c"])"});
  CHECK(path->parts[1].marks == std::vector<std::string>{"#3"});
  CHECK(path->parts[2].marks == std::vector<std::string>{"[7]"});
}

TEST_CASE("what is no path is refused", "[trial]") {
  for (const char* text : {"", ".", "a.", "a..b", "a[", "a[\"x]", "a#", "a#x", "a b", "[1]"}) {
    INFO(text);
    CHECK(!parse_step_path(text));
  }
}

TEST_CASE("a pattern without an item means all of them, and who names more is closer", "[trial]") {
  CHECK(closeness_of("sign", R"(sign["eu"])") == 0);
  CHECK(closeness_of(R"(sign["eu"])", R"(sign["eu"])") == 1);
  CHECK(closeness_of(R"(sign["us"])", R"(sign["eu"])") == std::nullopt);
  CHECK(closeness_of("poll#2", R"(poll["x"]#2)") == 1);
  CHECK(closeness_of("sign", "sign.it") == std::nullopt);
  CHECK(closeness_of("sign", "send") == std::nullopt);
}

}  // namespace
}  // namespace pawl::trial
