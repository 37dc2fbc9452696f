#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "dsl/yaml_values.hpp"
#include "support/shared_data.hpp"

namespace pawl::dsl {
namespace {

using nlohmann::json;

/// Files that YAML forbids and Pawl accepts; the value is what an author means by them.
/// docs/language.md, "YAML", lists the same corners.
constexpr std::array<std::string_view, 4> accepted = {
    "9C9N",     // a flow sequence whose further lines are not indented
    "QB6E",     // a text in quotes whose further lines are not indented
    "DK95/01",  // a text in quotes whose further line is indented with a tab
    "CVW2",     // a comment right behind a comma
};

/// The first of the JSON values that stand one behind the other: a file holds one document.
json first_value(const std::string& text) {
  for (std::size_t end = 1; end <= text.size(); ++end) {
    if (end < text.size() && text[end] != '\n') continue;
    json value = json::parse(text.substr(0, end), nullptr, false);
    if (!value.is_discarded()) return value;
  }
  return json();
}

// docs/conformance.md has the same numbers.
TEST_CASE("each case of the YAML test suite is read right or refused clearly", "[dsl][yaml]") {
  const auto path = tests::shared_data("vectors/yaml-test-suite.json", "YAML test suite");
  if (!path) {
    REQUIRE_FALSE(tests::in_ci());
    return;
  }
  std::ifstream file(*path);
  const json suite = json::parse(file);
  int right = 0;      // The value is that of the suite, or what is no YAML was refused.
  int refused = 0;    // YAML that Pawl does not take.
  int unchecked = 0;  // The suite has no value to compare with.
  for (const json& one : suite.at("cases")) {
    const auto id = one.at("id").get<std::string>();
    const auto yaml = one.at("yaml").get<std::string>();
    const ParsedYaml parsed = parse_yaml(yaml, {});
    INFO(id << " " << one.at("name").get<std::string>() << "\n" << yaml);
    const bool is_wrong = one.at("error").get<bool>();
    if (!parsed.tree) {
      REQUIRE(!parsed.diagnostics.empty());
      CHECK(parsed.diagnostics.front().message.find("this is not YAML") == std::string::npos);
      ++(is_wrong ? right : refused);
      continue;
    }
    if (is_wrong) {
      CHECK(std::ranges::find(accepted, id) != accepted.end());
      continue;
    }
    if (!one.contains("json")) {
      ++unchecked;
      continue;
    }
    JsonText text;
    REQUIRE_FALSE(to_json(*parsed.tree, Tree::root(), text));
    CHECK(json::parse(text.text) == first_value(one.at("json").get<std::string>()));
    ++right;
  }
  CHECK(right == 144);
  CHECK(refused == 45);
  CHECK(unchecked == 0);
}

}  // namespace
}  // namespace pawl::dsl
