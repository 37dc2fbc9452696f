#include "dsl/inputs.hpp"

#include <catch2/catch.hpp>

#include "dsl/compile.hpp"

namespace pawl::dsl {
namespace {

Plan a_plan() {
  const Compiled compiled = compile(
      "name: nightly\ninputs:\n  rows: {type: integer, minimum: 1, maximum: 100}\n"
      "  region: {type: string, enum: [eu, us]}\n  day: {type: string, pattern: "
      "'\\d{4}-\\d{2}-\\d{2}'}\n  ratio: {type: number}\n  dry: {type: boolean}\n"
      "  files: {type: list}\n  options: {type: object}\n  must: {type: string, required: true}\n"
      "steps: {a: {run: x}}\n",
      "nightly.yaml");
  REQUIRE(compiled.plan.has_value());
  return *compiled.plan;
}

/// The checked inputs, or the message and the fix.
std::string checked(const std::string& given, bool from_text = false) {
  const Result<JsonText> result = check_inputs(a_plan(), JsonText{given}, from_text);
  if (result.has_value()) return result.value().text;
  const std::string& fix = result.error().fix;
  return result.error().message + (fix.empty() ? "" : " | " + fix);
}

TEST_CASE("inputs of the declared types are taken, in the order of the file", "[dsl][inputs]") {
  CHECK(checked(R"({"must":"x","files":[1],"rows":3,"ratio":2,"dry":true,"options":{}})") ==
        R"({"rows":3,"ratio":2,"dry":true,"files":[1],"options":{},"must":"x"})");
}

TEST_CASE("from the command line, text becomes a value of the declared type", "[dsl][inputs]") {
  CHECK(checked(R"({"must":"5","rows":"3","ratio":"2.5","dry":"true","files":"[1,2]"})", true) ==
        R"({"rows":3,"ratio":2.5,"dry":true,"files":[1,2],"must":"5"})");
  CHECK(checked(R"({"must":"5","rows":"3"})") ==
        "the input 'rows' takes a whole number of 64 bits, not '3'");
}

TEST_CASE("what does not fit is named with its limit", "[dsl][inputs]") {
  CHECK(checked(R"({"must":"x","rows":0})") ==
        "the input 'rows' is '0', less than its minimum of 1");
  CHECK(checked(R"({"must":"x","rows":101})") ==
        "the input 'rows' is '101', more than its maximum of 100");
  CHECK(checked(R"({"must":"x","rows":1.5})") ==
        "the input 'rows' takes a whole number of 64 bits, not '1.5'");
  CHECK(checked(R"({"must":"x","rows":18446744073709551615})") ==
        "the input 'rows' takes a whole number of 64 bits, not '18446744073709551615'");
  CHECK(checked(R"({"must":"x","region":"de"})") == "the input 'region' takes eu or us, not 'de'");
  CHECK(checked(R"({"must":"x","day":"today"})") ==
        "the input 'day' is 'today', which does not match the pattern '\\d{4}-\\d{2}-\\d{2}'");
  CHECK(checked(R"({"must":"x","dry":"maybe"})", true) ==
        "the input 'dry' takes true or false, not 'maybe'");
  CHECK(checked(R"({"must":null})") == "the input 'must' takes a text, not 'null'");
}

TEST_CASE("missing and unknown inputs are named with the way out", "[dsl][inputs]") {
  CHECK(checked("{}") == "nightly needs the input 'must' | give it with -i must=VALUE");
  CHECK(checked(R"({"must":"x","regoin":"eu"})") ==
        "nightly has no input 'regoin' | did you mean 'region'?");
  CHECK(checked("[]") == "the inputs are no JSON object | write {\"name\": value, …}");
  CHECK(checked("{not json") == "the inputs are no JSON object | write {\"name\": value, …}");
}

TEST_CASE("integers keep 64 bits", "[dsl][inputs]") {
  const Compiled compiled =
      compile("inputs: {n: {type: integer}}\nsteps: {a: {run: x}}\n", "x.yaml");
  REQUIRE(compiled.plan.has_value());
  CHECK(
      check_inputs(*compiled.plan, JsonText{R"({"n":"9223372036854775807"})"}, true).value().text ==
      R"({"n":9223372036854775807})");
}

namespace {

/// The value of an input declared like this, or why there is none.
std::string checked_as(const std::string& declaration, const std::string& text) {
  const auto compiled =
      compile("inputs:\n  x: " + declaration + "\nsteps:\n  a: {run: echo}\n", "x.yaml");
  REQUIRE(compiled.plan);
  const auto value = check_inputs(*compiled.plan, JsonText{R"({"x":")" + text + R"("})"}, true);
  return value ? value.value().text : value.error().message;
}

}  // namespace

TEST_CASE("dates, times, durations and files are texts of their own kinds", "[dsl][inputs]") {
  CHECK(checked_as("{type: date}", "2026-02-28") == R"({"x":"2026-02-28"})");
  for (const char* wrong : {"2026-02-29", "2026-2-8", "28.02.2026", "today", ""}) {
    CHECK(checked_as("{type: date}", wrong) ==
          "the input 'x' takes a date like 2026-11-20, not '" + std::string(wrong) + "'");
  }
  CHECK(checked_as("{type: datetime}", "2026-02-28T09:00:00+01:00").starts_with("{"));
  CHECK(checked_as("{type: datetime}", "2026-02-28") ==
        "the input 'x' takes a time like 2026-11-20T09:00:00Z, not '2026-02-28'");
  CHECK(checked_as("{type: duration}", "1h30m") == R"({"x":"1h30m"})");
  CHECK(checked_as("{type: duration}", "90") ==
        "the input 'x' takes a duration like 30s, 10m or 1h30m, not '90'");
  CHECK(checked_as("{type: file}", "a.csv") == R"({"x":"a.csv"})");
  CHECK(checked_as("{type: enum, enum: [eu, us]}", "asia") ==
        "the input 'x' takes eu or us, not 'asia'");
}

TEST_CASE("dates, times and durations have ranges", "[dsl][inputs]") {
  CHECK(checked_as("{type: date, minimum: 2020-01-01}", "2019-12-31") ==
        "the input 'x' is '2019-12-31', less than its minimum of 2020-01-01");
  CHECK(checked_as("{type: date, minimum: 2020-01-01}", "2020-01-01").starts_with("{"));
  CHECK(checked_as("{type: datetime, maximum: 2020-01-01T00:00:00Z}", "2020-01-01T00:00:01Z") ==
        "the input 'x' is '2020-01-01T00:00:01Z', more than its maximum of "
        "2020-01-01T00:00:00.000Z");
  CHECK(checked_as("{type: duration, maximum: 1h}", "61m") ==
        "the input 'x' is '61m', more than its maximum of 1h00m");
}

}  // namespace
}  // namespace pawl::dsl
