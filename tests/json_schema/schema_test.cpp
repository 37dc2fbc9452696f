#include "json_schema/schema.hpp"

#include <catch2/catch.hpp>

namespace pawl::json_schema {
namespace {

/// "place: what is wrong; what to do", one line a mistake.
std::string mistakes_in(const std::string& schema) {
  std::string text;
  const Schema read{JsonText{schema}};
  for (const Mistake& mistake : read.mistakes()) {
    if (!text.empty()) text += "\n";
    for (const std::string& part : mistake.path) text += "/" + part;
    text += (mistake.is_warning ? " (warning): " : ": ") + mistake.problem.message;
    if (!mistake.problem.fix.empty()) text += "; " + mistake.problem.fix;
  }
  return text;
}

/// "place: found, and the schema wants wanted"; "fits" when it does.
std::string answer(const std::string& schema, const std::string& value) {
  const auto violation = Schema(JsonText{schema}).violation_in(JsonText{value});
  if (!violation) return "fits";
  return violation->place + ": " + violation->found + ", and the schema wants " + violation->wanted;
}

TEST_CASE("a violation says where, what is there and what is wanted", "[json_schema]") {
  const std::string rows =
      R"({"type":"object","required":["files"],"properties":{"files":{"type":"array","items":
      {"type":"object","properties":{"rows":{"type":"integer"}},"additionalProperties":false}}}})";
  CHECK(answer(rows, R"({"files":[{"rows":1},{"rows":"many"}]})") ==
        ".files[2].rows: the string 'many', and the schema wants an integer");
  CHECK(answer(rows, R"({"files":[{"rwos":1}]})") ==
        ".files[1]: a field 'rwos', and the schema wants 'rows'");
  CHECK(answer(rows, R"({"files":[{"bytes":1}]})") ==
        ".files[1]: a field 'bytes', and the schema wants none of that name");
  CHECK(answer(rows, "{}") == ": no field 'files', and the schema wants it");
  CHECK(answer(rows, "[1,2]") == ": an array of 2, and the schema wants an object");
  CHECK(answer(rows, R"({"files":[]})") == "fits");
  CHECK(answer(R"({"properties":{"a b":{"type":["string","null"]}}})", R"({"a b":1})") ==
        "[\"a b\"]: 1, and the schema wants a string or null");
}

TEST_CASE("each kind of rule says what it wants", "[json_schema]") {
  CHECK(answer(R"({"minimum":1})", "0") == ": 0, and the schema wants 1 or more");
  CHECK(answer(R"({"exclusiveMaximum":2.5})", "2.5") ==
        ": 2.5, and the schema wants less than 2.5");
  CHECK(answer(R"({"multipleOf":5})", "12") == ": 12, and the schema wants a multiple of 5");
  CHECK(answer(R"({"maxLength":1})", R"("öä")") ==
        ": 2 characters, and the schema wants at most 1");
  CHECK(answer(R"({"pattern":"^a+$"})", R"("ab")") ==
        ": the string 'ab', and the schema wants a match of '^a+$'");
  CHECK(answer(R"({"minItems":2})", "[1]") == ": 1 item, and the schema wants 2 items or more");
  CHECK(answer(R"({"uniqueItems":true})", "[1,2,1.0]") ==
        ": items 1 and 3 are equal, and the schema wants items that differ");
  CHECK(answer(R"({"contains":{"type":"string"}})", "[1]") ==
        ": 0 items that 'contains' means, and the schema wants 1 or more");
  CHECK(answer(R"({"enum":["eu","us",1]})", R"("asia")") ==
        ": the string 'asia', and the schema wants one of 'eu', 'us', 1");
  CHECK(answer(R"({"const":{"a":1}})", "null") == R"(: null, and the schema wants {"a":1})");
  CHECK(answer(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})") ==
        ": 'a' without 'b', and the schema wants both");
  CHECK(answer(R"({"propertyNames":{"maxLength":1}})", R"({"ab":1})") ==
        ": the name of a field is 2 characters, and the schema wants at most 1");
  CHECK(answer(R"({"not":{"type":"null"}})", "null") ==
        ": null, and the schema wants what does not fit 'not'");
  CHECK(answer(R"({"oneOf":[{"type":"number"},{"minimum":0}]})", "1") ==
        ": 1, and the schema wants one of 'oneOf', not 2");
  CHECK(answer("false", "1") == ": 1, and the schema wants nothing there");
}

TEST_CASE("of several schemas, the one that nearly fits is told", "[json_schema]") {
  const std::string either =
      R"({"anyOf":[{"type":"null"},{"properties":{"rows":{"type":"integer"}}}]})";
  CHECK(answer(either, R"({"rows":"x"})") ==
        ": an object, and the schema wants one of the 2 in 'anyOf'; in the nearest of them, .rows "
        "is an integer");
  CHECK(answer(R"({"anyOf":[{"type":"null"},{"type":"string"}]})", "5") ==
        ": 5, and the schema wants one of the 2 in 'anyOf'; the first wants null");
}

TEST_CASE("a long value is told by its length", "[json_schema]") {
  CHECK(answer(R"({"type":"integer"})", '"' + std::string(300, 'x') + '"') ==
        ": a string of 300 characters, and the schema wants an integer");
}

TEST_CASE("a schema is never read as less than it says", "[json_schema]") {
  CHECK(mistakes_in(R"({"unevaluatedProperties":false})") ==
        "/unevaluatedProperties: 'unevaluatedProperties' is no keyword that a schema may have "
        "here; write 'additionalProperties: false' beside all the 'properties'");
  CHECK(mistakes_in(R"({"$ref":"https://example.org/a.json"})") ==
        "/$ref: '$ref' names something outside of this schema: 'https://example.org/a.json'; put "
        "it under '$defs', and write '$ref: \"#/$defs/NAME\"'");
  CHECK(mistakes_in(R"({"$dynamicRef":"#a"})").ends_with("; write '$ref'"));
  CHECK(mistakes_in(R"({"properties":{"a":{"requird":["b"]}}})") ==
        "/properties/a/requird: 'requird' is no keyword that a schema may have here; did you mean "
        "'required'?");
  CHECK(mistakes_in(R"({"rows":{"type":"integer"}})")
            .ends_with("; if it is a field of the output, put it under 'properties:'"));
  CHECK(mistakes_in(R"({"format":"date"})") ==
        "/format (warning): 'format' is a note: no value is checked for it; write 'pattern:' for "
        "what must be so");
}

TEST_CASE("a keyword that holds the wrong thing is told", "[json_schema]") {
  CHECK(mistakes_in(R"({"type":"int"})") == "/type: 'int' is no type; write 'integer'");
  CHECK(mistakes_in(R"({"type":["string",null]})") ==
        "/type/1: 'type' takes names, and null is a value; put it in quotes: \"null\"");
  CHECK(mistakes_in(R"({"properties":{"a":{"required":true}}})") ==
        "/properties/a/required: 'required' takes a list of names, beside 'properties'; write "
        "'required: [a, b]' on the object that has them");
  CHECK(mistakes_in(R"({"minLength":-1})") ==
        "/minLength: 'minLength' takes a whole number from 0 on");
  CHECK(mistakes_in(R"({"pattern":"["})").starts_with("/pattern: the pattern '[' cannot be used"));
  CHECK(mistakes_in(R"({"items":"integer"})") ==
        "/items: a schema is a map of keywords, or true or false, not the string 'integer'; write "
        "for example '{type: integer}'");
  CHECK(mistakes_in(R"({"then":{}})").starts_with("/then (warning): 'then' means nothing without"));
}

TEST_CASE("a reference names a schema in the same text", "[json_schema]") {
  const std::string tree =
      R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":
      {"next":{"$ref":"#/$defs/node"},"a/b":{"$anchor":"leaf","type":"integer"}}}}})";
  CHECK(answer(tree, R"({"next":{"next":{"next":1}}})") ==
        ".next.next.next: 1, and the schema wants an object");
  CHECK(answer(R"({"items":{"$ref":"#/$defs/a~1b"},"$defs":{"a/b":{"type":"null"}}})", "[1]") ==
        "[1]: 1, and the schema wants null");
  CHECK(mistakes_in(R"({"$ref":"#/$defs/nod"})") ==
        "/$ref: '$ref' names no schema that is here: '#/$defs/nod'; write for example '$ref: "
        "\"#/$defs/NAME\"'");
  CHECK(mistakes_in(R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"allOf":[{"$ref":"#/$defs/a"}]}}})")
            .find("it refers to itself without looking at a part of the value") !=
        std::string::npos);
}

TEST_CASE("no schema runs away", "[json_schema]") {
  SECTION("choices of choices") {
    std::string schema = R"({"$defs":{"n0":{"type":"null"})";
    for (int i = 1; i < 60; ++i) {
      const std::string before = R"({"$ref":"#/$defs/n)" + std::to_string(i - 1) + "\"}";
      schema += ",\"n" + std::to_string(i) + R"(":{"anyOf":[)" + before + "," + before + "]}";
    }
    schema += R"(},"$ref":"#/$defs/n59"})";
    CHECK(answer(schema, "1") ==
          ": more than can be checked, and the schema wants a smaller or flatter value");
  }
  SECTION("a long text and a slow pattern") {
    CHECK(answer(R"({"pattern":"(a?){900}b"})", '"' + std::string(100'000, 'a') + '"') ==
          ": more than can be checked, and the schema wants a smaller or flatter value");
  }
  SECTION("a large schema") {
    CHECK(mistakes_in(R"({"title":")" + std::string(70'000, 'x') + "\"}")
              .starts_with(": the schema has 68 KiB, more than the 64 KiB that one may have"));
  }
}

TEST_CASE("numbers are what they mean, not how they are written", "[json_schema]") {
  CHECK(answer(R"({"type":"integer"})", "1.0") == "fits");
  CHECK(answer(R"({"const":1})", "1.0") == "fits");
  CHECK(answer(R"({"const":9007199254740993})", "9007199254740992") != "fits");
  CHECK(answer(R"({"const":-1})", "18446744073709551615") != "fits");
  CHECK(answer(R"({"maximum":9007199254740992})", "9007199254740993") != "fits");
  CHECK(answer(R"({"multipleOf":0.0001})", "0.0075") == "fits");
  CHECK(answer(R"({"multipleOf":1.5})", "4.500000000001") != "fits");
  CHECK(answer(R"({"enum":[0]})", "false") != "fits");
}

}  // namespace
}  // namespace pawl::json_schema
