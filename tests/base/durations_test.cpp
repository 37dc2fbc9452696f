#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/units.hpp"
#include "support/shared_data.hpp"

namespace pawl {
namespace {

using nlohmann::json;

/// What the case says, without years and months.
Millis length_of(const json& one) {
  const auto of = [&](const char* unit) { return one.value(unit, std::int64_t{0}); };
  constexpr std::int64_t day = 86'400'000;
  return Millis{(of("weeks") * 7 + of("days")) * day + of("hours") * 3'600'000 +
                of("minutes") * 60'000 + of("seconds") * 1'000 + of("milliseconds")};
}

// docs/conformance.md has the same numbers.
TEST_CASE("each duration of two standards is read right or refused", "[base]") {
  const auto path = tests::shared_data("vectors/durations.json", "durations of two standards");
  if (!path) {
    REQUIRE_FALSE(tests::in_ci());
    return;
  }
  int right = 0;
  int refused = 0;
  std::ifstream file(*path);
  const json vectors = json::parse(file);
  for (const json& one : vectors.at("cases")) {
    const auto text = one.at("text").get<std::string>();
    INFO(one);
    const Result<Millis> read = parse_duration(text);
    const bool is_valid = one.at("valid").get<bool>();
    if (!read && is_valid) {
      CHECK_FALSE(read.error().message.empty());
      ++refused;
      continue;
    }
    CHECK(read.has_value() == is_valid);
    if (read && one.contains("hours")) CHECK(read.value() == length_of(one));
    ++right;
  }
  CHECK(right == 41);
  CHECK(refused == 9);
}

}  // namespace
}  // namespace pawl
