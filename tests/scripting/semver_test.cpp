#include "scripting/semver.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

namespace pawl::scripting {
namespace {

using Json = nlohmann::json;

/// The standard sets no limit; numbers beyond 2^53 are a matter of JavaScript.
bool is_too_big(const Json& row) { return row.size() > 1 && row[1] == "too big"; }

/// Rows with options speak of spellings outside of the standard.
bool is_plain(const Json& row, std::size_t strings) {
  if (row.size() != strings) return false;
  for (const Json& cell : row) {
    if (!cell.is_string()) return false;
  }
  return true;
}

TEST_CASE("versions compare as the vectors of other implementations say", "[semver]") {
  std::ifstream file(std::string(PAWL_SOURCE_DIR) + "/../shared/data/vectors/semver.json");
  if (!file) {
    const char* ci = std::getenv("CI");
    std::cout << "NOT RUN: semver vectors: ../shared is not here\n";
    CHECK((ci == nullptr || std::string_view(ci) != "true"));
    return;
  }
  const Json vectors = Json::parse(file);
  int seen = 0;
  for (const Json& each : vectors["cases"]) {
    const std::string list = each["list"];
    const Json& row = each["row"];
    INFO(list << " " << row.dump());
    if ((list == "comparisons" || list == "equality") && is_plain(row, 2)) {
      const auto a = parse_version(row[0].get<std::string>());
      const auto b = parse_version(row[1].get<std::string>());
      if (!a || !b) continue;  // "v1.0.0" and the like
      CHECK((compare_versions(*a, *b) > 0) == (list == "comparisons"));
      CHECK((compare_versions(*b, *a) < 0) == (list == "comparisons"));
      ++seen;
    } else if (list == "valid-versions") {
      CHECK(parse_version(row[0].get<std::string>()).has_value());
      ++seen;
    } else if (list == "invalid-versions" && is_plain(row, row.size()) && !is_too_big(row)) {
      CHECK_FALSE(parse_version(row[0].get<std::string>()).has_value());
      ++seen;
    }
  }
  CHECK(seen == 21);  // docs/conformance.md has the same number.
}

}  // namespace
}  // namespace pawl::scripting
