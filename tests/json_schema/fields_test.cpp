#include <catch2/catch.hpp>

#include "json_schema/schema.hpp"

namespace pawl::json_schema {
namespace {

/// "1: an array" or "1: a, b", the position among the fields and what is there; "may be".
std::string lack(const std::string& schema, std::vector<Field> fields) {
  const auto lack = Schema(JsonText{schema}).lack_in(fields);
  if (!lack) return "may be";
  std::string text = std::to_string(lack->at) + ": " + lack->holder;
  for (const std::string& name : lack->known) {
    text += (name == lack->known.front() ? "" : ", ") + name;
  }
  return text;
}

TEST_CASE("an object has the fields that its schema names", "[json_schema]") {
  const std::string schema = R"({"properties":{"count":{"type":"integer"},"rows":{}}})";
  CHECK(lack(schema, {{"rows"}}) == "may be");
  CHECK(lack(schema, {{"rows"}, {"any"}}) == "may be");
  CHECK(lack(schema, {{"row"}}) == "0: count, rows");
  CHECK(lack(schema, {{"count"}, {"x"}}) == "1: an integer");
}

TEST_CASE("a schema that leaves it open promises nothing", "[json_schema]") {
  for (const char* schema : {"{}", "true", R"({"type":"object"})",
                             R"({"properties":{"a":{}},"additionalProperties":{}})",
                             R"({"properties":{"a":{}},"patternProperties":{"^x":{}}})",
                             R"({"anyOf":[{"properties":{"a":{}}},{"type":"object"}]})",
                             R"({"type":["object","null"]})"}) {
    INFO(schema);
    CHECK(lack(schema, {{"x1"}}) == "may be");
  }
}

TEST_CASE("what schemas say together is read together", "[json_schema]") {
  const std::string both =
      R"({"properties":{"a":{}},"allOf":[{"properties":{"b":{}}},{"$ref":"#/$defs/more"}],
      "if":{"required":["a"]},"then":{"properties":{"d":{}}},
      "$defs":{"more":{"properties":{"c":{"properties":{"deep":{}}}}}}})";
  for (const char* name : {"a", "b", "c", "d"}) CHECK(lack(both, {{name}}) == "may be");
  CHECK(lack(both, {{"e"}}) == "0: a, b, c");
  CHECK(lack(both, {{"c"}, {"flat"}}) == "1: deep");
  const std::string either =
      R"({"oneOf":[{"properties":{"a":{}}},{"properties":{"b":{}}},{"type":"null"}]})";
  CHECK(lack(either, {{"b"}}) == "may be");
  CHECK(lack(either, {{"c"}}) == "0: a, b");
}

TEST_CASE("positions are looked up in lists", "[json_schema]") {
  const std::string list = R"({"type":"array","prefixItems":[{"properties":{"a":{}}}],
      "items":{"properties":{"b":{}}}})";
  CHECK(lack(list, {{"1", true}, {"a"}}) == "may be");
  CHECK(lack(list, {{"1", true}, {"b"}}) == "1: a");
  CHECK(lack(list, {{"2", true}, {"b"}}) == "may be");
  CHECK(lack(list, {{"b"}}) == "0: an array");
  CHECK(lack(R"({"type":"string"})", {{"1", true}}) == "0: a string");
}

TEST_CASE("a schema that contains itself is read as far as the fields go", "[json_schema]") {
  const std::string tree = R"({"properties":{"next":{"$ref":"#"},"value":{"type":"string"}}})";
  CHECK(lack(tree, {{"next"}, {"next"}, {"value"}}) == "may be");
  CHECK(lack(tree, {{"next"}, {"next"}, {"valeu"}}) == "2: next, value");
}

}  // namespace
}  // namespace pawl::json_schema
