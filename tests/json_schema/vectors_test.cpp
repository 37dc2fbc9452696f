#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "json_schema/schema.hpp"
#include "support/shared_data.hpp"

namespace pawl::json_schema {
namespace {

using nlohmann::json;

struct Counts {
  int right = 0, refused = 0;
};

/// Each case of the file gives the right answer, or its schema is refused with a reason.
void run_file(const std::filesystem::path& path, Counts& counts) {
  std::ifstream file(path);
  for (const json& group : json::parse(file)) {
    INFO(path.filename() << ": " << group.at("description"));
    const Schema schema(JsonText{group.at("schema").dump()});
    const json& cases = group.at("tests");
    if (!schema.is_usable()) {
      for (const Mistake& mistake : schema.mistakes()) CHECK_FALSE(mistake.problem.message.empty());
      counts.refused += static_cast<int>(cases.size());
      continue;
    }
    for (const json& one : cases) {
      INFO(one.at("description") << "\n" << group.at("schema") << "\n" << one.at("data"));
      const auto violation = schema.violation_in(JsonText{one.at("data").dump()});
      CHECK(!violation == one.at("valid").get<bool>());
      ++counts.right;
    }
  }
}

Counts run_folder(const std::filesystem::path& folder) {
  Counts counts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") run_file(entry.path(), counts);
  }
  return counts;
}

// docs/conformance.md has the same numbers.
TEST_CASE("each case of the JSON Schema suite is answered right or refused", "[json_schema]") {
  const auto folder =
      tests::shared_data("vectors/json-schema-2020-12", "JSON Schema suite, draft 2020-12");
  if (!folder) {
    REQUIRE_FALSE(tests::in_ci());
    return;
  }
  SECTION("what the draft requires") {
    const Counts counts = run_folder(*folder);
    CHECK(counts.right == 435);
    CHECK(counts.refused == 165);
  }
  SECTION("what it leaves to the implementation") {
    const Counts counts = run_folder(*folder / "optional");
    CHECK(counts.right == 48);
    CHECK(counts.refused == 35);
  }
}

}  // namespace
}  // namespace pawl::json_schema
