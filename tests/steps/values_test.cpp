#include <catch2/catch.hpp>

#include "steps/input_check.hpp"
#include "steps/json_values.hpp"
#include "steps/run_output.hpp"

using namespace pawl;
using namespace pawl::steps;

namespace {

std::string problem_of(const Result<JsonText>& result) {
  return result ? "no problem: " + result.value().text : result.error().message;
}

std::string output_of(dsl::OutputFormat format, std::string_view bytes) {
  OutputCopy copy;
  copy.add(bytes);
  const auto value = copy.value(format);
  return value ? value.value().text : "failed: " + value.error().message;
}

}  // namespace

TEST_CASE("JSON is checked and made compact, byte for byte", "[values]") {
  const auto compact = [](std::string_view text) { return problem_of(compact_json(text)); };
  CHECK(compact(R"( { "a b" : [ 1 , 2.50 ] , "c":"x \" y" } )") ==
        R"(no problem: {"a b":[1,2.50],"c":"x \" y"})");
  CHECK(compact("9223372036854775807") == "no problem: 9223372036854775807");
  CHECK(compact("12345678901234567890123") == "no problem: 12345678901234567890123");
  CHECK(compact("\"\\u0000\"") == "no problem: \"\\u0000\"");
}

TEST_CASE("what is not JSON is named with its place", "[values]") {
  const auto problem = [](std::string_view text) { return problem_of(compact_json(text)); };
  CHECK_THAT(problem("{\"a\":1,\n oops}"),
             Catch::StartsWith("line 2, column 2: invalid literal near '"));
  CHECK(problem("") == "line 1, column 1: unexpected end of input");
  CHECK(problem("NaN") == "line 1, column 1: invalid literal near 'N'");
  CHECK(problem("1 2") == "line 1, column 3: unexpected number literal");
  CHECK(problem("\"\xff\"") == "invalid UTF-8 at byte 1");
  CHECK(compact_json(std::string(200, '[') + std::string(200, ']')).has_value());
  CHECK(problem(std::string(201, '[') + std::string(201, ']')) == "nested deeper than 200");
  CHECK(problem(std::string(1'000'000, '[')) == "nested deeper than 200");
}

TEST_CASE("values become text as templates want it", "[values]") {
  CHECK(text_of({"\"a\\nb\""}) == "a\nb");
  CHECK(text_of({"null"}).empty());
  CHECK(text_of({"3.0"}) == "3");
  CHECK(text_of({"3.5"}) == "3.5");
  CHECK(text_of({"true"}) == "true");
  CHECK(text_of({R"([1,"a"])"}) == R"([1,"a"])");
}

TEST_CASE("values are taken apart without losing a digit", "[values]") {
  const auto members = members_of({R"({"a":[1,{"b":"],}"}],"c":1.10,"d\n":null})"});
  REQUIRE(members);
  REQUIRE(members->size() == 3);
  CHECK((*members)[0].second.text == R"([1,{"b":"],}"}])");
  CHECK((*members)[1].second.text == "1.10");
  CHECK((*members)[2].first == "d\n");
  CHECK(items_of({R"([[],"a,b",{}])"}) == std::vector<JsonText>{{"[]"}, {R"("a,b")"}, {"{}"}});
  CHECK(items_of({"[]"})->empty());
  CHECK(members_of({"{}"})->empty());
  CHECK_FALSE(items_of({"{}"}));
  CHECK(json_number(10) == "10");
  CHECK(json_number(0.1) == "0.1");
  CHECK(json_number(1.0 / 0.0) == "null");
  CHECK(json_quoted(std::string("a\"\\\n\0\xff", 6)) == "\"a\\\"\\\\\\n\\u0000\xef\xbf\xbd\"");
}

TEST_CASE("stdout becomes an output by its format", "[output]") {
  using Format = dsl::OutputFormat;
  SECTION("text drops one newline at the end") {
    CHECK(output_of(Format::text, "a\nb\n\n") == "\"a\\nb\\n\"");
    CHECK(output_of(Format::text, "") == "\"\"");
    CHECK(output_of(Format::text, std::string_view("a\0b", 3)) == "\"a\\u0000b\"");
  }
  SECTION("lines are a list") {
    CHECK(output_of(Format::lines, "a\n\nb\n") == R"(["a","","b"])");
    CHECK(output_of(Format::lines, "a") == R"(["a"])");
    CHECK(output_of(Format::lines, "\n") == R"([""])");
    CHECK(output_of(Format::lines, "") == "[]");
  }
  SECTION("json is parsed") {
    CHECK(output_of(Format::json, "{\"n\": 1}\n") == R"({"n":1})");
    CHECK_THAT(output_of(Format::json, "{\"n\": \n"),
               Catch::StartsWith("failed: stdout is not JSON: line 2, column"));
  }
  SECTION("bytes that are no UTF-8 are refused with their place") {
    CHECK(output_of(Format::text, "ab\nc\xff") ==
          "failed: stdout is not UTF-8 text: byte 4 (line 2)");
  }
  SECTION("at most 256 KiB") {
    const std::size_t limit = std::size_t{256} << 10;
    CHECK(output_of(Format::text, std::string(limit, 'x')).size() == limit + 2);
    CHECK(output_of(Format::text, std::string(limit + 1, 'x')) ==
          "failed: stdout is larger than the 256 KiB that an output may have");
  }
}

TEST_CASE("the last line of stderr explains a failure", "[output]") {
  LastLine last;
  CHECK(last.text().empty());
  last.add("first\nse");
  last.add("cond \xff\n\n");
  CHECK(last.text() == "second \xef\xbf\xbd");
  last.add(std::string(100'000, 'x'));
  CHECK(last.text() == std::string(200, 'x') + "…");
}

TEST_CASE("inputs are read as their declared type", "[inputs]") {
  const auto checked = [](const dsl::Input& input, const std::string& given) {
    return problem_of(checked_input(input, {given}));
  };
  dsl::Input input;
  input.name = "rows";
  SECTION("from the type itself and from its text") {
    input.type = dsl::InputType::integer;
    CHECK(checked(input, "5") == "no problem: 5");
    CHECK(checked(input, "\"5\"") == "no problem: 5");
    CHECK(checked(input, "5.0") == "no problem: 5");
    CHECK(checked(input, "\"x\"") == "the input 'rows' takes a whole number of 64 bits, not 'x'");
    CHECK(checked(input, "1.5") == "the input 'rows' takes a whole number of 64 bits, not '1.5'");
    input.type = dsl::InputType::boolean;
    CHECK(checked(input, "\"true\"") == "no problem: true");
    input.type = dsl::InputType::list;
    CHECK(checked(input, "\"[1, 2]\"") == "no problem: [1,2]");
    input.type = dsl::InputType::string;
    CHECK(checked(input, "\"5\"") == "no problem: \"5\"");
    CHECK(checked(input, "5") == "the input 'rows' takes a text, not '5'");
  }
  SECTION("within bounds") {
    input.type = dsl::InputType::number;
    input.minimum = 1;
    input.maximum = 10;
    CHECK(checked(input, "10") == "no problem: 10");
    CHECK(checked(input, "0") == "the input 'rows' is '0', less than its minimum of 1");
    CHECK(checked(input, "10.5") == "the input 'rows' is '10.5', more than its maximum of 10");
  }
  SECTION("one of the choices, a match of the pattern") {
    input.type = dsl::InputType::string;
    input.choices = {{"\"eu\""}, {"\"us\""}};
    CHECK(checked(input, "\"eu\"") == "no problem: \"eu\"");
    CHECK(checked(input, "\"ap\"") == "the input 'rows' takes eu or us, not 'ap'");
    input.choices.clear();
    input.pattern = "[a-z]+";
    CHECK(checked(input, "\"abc\"") == "no problem: \"abc\"");
    CHECK(checked(input, "\"a1\"") ==
          "the input 'rows' is 'a1', which does not match the pattern '[a-z]+'");
  }
}
