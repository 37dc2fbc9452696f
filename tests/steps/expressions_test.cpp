#include "steps/expressions.hpp"

#include <catch2/catch.hpp>

#include "attempt_world.hpp"

using namespace pawl;
using namespace pawl::steps;

namespace {

struct Evaluated {
  dsl::Plan plan;
  JsonText inputs{R"({"n":3,"name":"x","items":[1,2]})"};
  JsonText env{R"({"REGION":"eu"})"};
  core::Failure failure{core::FailureKind::exit, "no", 4, "", 2, "fetch"};
  core::View view;
  LuaExpressions lua;

  Evaluated() {
    plan.file = "nightly.yaml";
    view.now = TimePoint{std::chrono::hours{12}};
    view.run_id = RunId{77};
    view.workflow = "nightly";
    view.inputs = &inputs;
    view.env = &env;
    view.error = &failure;
    view.steps.push_back({"fetch", core::StepState::succeeded, {R"({"n":1.5})"}, nullptr});
    view.steps.push_back({"other", core::StepState::failed, {}, &failure});
  }

  std::string condition(const std::string& text) {
    const auto result = lua.condition(plan, {text, {14, 9}}, view);
    return result ? (result.value() ? "true" : "false") : result.error().message;
  }
  std::string value(const dsl::Template& text) {
    const auto result = lua.value(plan, text, view);
    return result ? result.value().text : result.error().message;
  }
  std::string completed(const std::string& given) {
    const auto result = lua.complete_inputs(plan, {given}, view);
    return result ? result.value().text : result.error().message + "|" + result.error().fix;
  }
};

}  // namespace

TEST_CASE("a condition gives true or false", "[expressions]") {
  Evaluated e;
  CHECK(e.condition("inputs.n == 3") == "true");
  CHECK(e.condition("inputs.n > 3") == "false");
  CHECK(e.condition("nil") == "false");
  CHECK(e.condition("steps.fetch.state == 'succeeded' and steps.fetch.output.n == 1.5") == "true");
  CHECK(e.condition("steps.other.error.exit_code == 4 and error.attempt == 2") == "true");
  CHECK(e.condition("run.id == '77' and workflow.name == 'nightly'") == "true");
  CHECK(e.condition("inputs.items") ==
        "nightly.yaml:14: a condition must give true or false, but this gives [1,2]");
  CHECK_THAT(e.condition("inputs.m == 3"), Catch::StartsWith("nightly.yaml:14:"));
}

TEST_CASE("a template keeps the type of a lone expression and is text otherwise", "[expressions]") {
  Evaluated e;
  CHECK(e.value(template_of("inputs.items", true)) == "[1,2]");
  CHECK(e.value(template_of("plain \"text\"")) == "\"plain \\\"text\\\"\"");
  CHECK(e.value({}) == "\"\"");
  dsl::Template mixed;
  mixed.pieces = {{"n=", {}, false},
                  {"inputs.n / 1", {14, 1}, true},
                  {" ", {}, false},
                  {"inputs.items", {14, 1}, true},
                  {"null", {14, 1}, true}};
  CHECK(e.value(mixed) == "\"n=3 [1,2]\"");
}

TEST_CASE("inputs are completed in file order", "[expressions]") {
  Evaluated e;
  dsl::Input day, rows, label, more;
  day.name = "day";
  day.required = true;
  rows.name = "rows";
  rows.type = dsl::InputType::integer;
  rows.constant = JsonText{"1000"};
  label.name = "label";
  label.fallback = template_of("inputs.day .. '-' .. inputs.rows", true);
  more.name = "more";
  e.plan.inputs = {day, rows, label, more};
  CHECK(e.completed(R"({"day":"mon"})") ==
        R"({"day":"mon","rows":1000,"label":"mon-1000","more":null})");
  CHECK(e.completed(R"({"rows":"5","day":"mon","label":"x"})") ==
        R"({"day":"mon","rows":5,"label":"x","more":null})");
  CHECK(e.completed("{}") == "input 'day' is missing|give it with -i day=…");
  CHECK(e.completed(R"({"day":"mon","row":1})") ==
        "the workflow has no input 'row'|did you mean 'rows'?");
  CHECK(e.completed(R"({"day":"mon","rows":"x"})") ==
        "the input 'rows' takes a whole number of 64 bits, not 'x'|");
  CHECK(e.completed("[]") == "inputs must be an object, but are []|");
}

namespace {

/// The items as "key=value", or what is wrong.
std::string listed(Evaluated& e, const std::string& items, const std::string& key = "") {
  dsl::Foreach each;
  each.items.expression = {{{items, {14, 9}, true}}, true};
  if (!key.empty()) each.key = dsl::Code{key, {14, 20}};
  const auto result = e.lua.items(e.plan, each, e.view);
  if (!result) return result.error().message + "|" + result.error().fix;
  std::string text;
  for (const core::Item& item : result.value()) {
    text += (text.empty() ? "" : " ") + item.key.text + "=" + item.value.text;
  }
  return text;
}

}  // namespace

namespace {

dsl::Listing constants(const std::vector<std::string>& values) {
  dsl::Listing listing;
  for (const std::string& value : values) listing.written.push_back({JsonText{value}, {}});
  return listing;
}

/// The keys of a matrix of `os` and `n`, and one of its items.
std::pair<std::string, std::string> combined(const std::vector<std::string>& exclude,
                                             const std::vector<std::string>& include,
                                             std::size_t shown = 0) {
  Evaluated e;
  dsl::Foreach each;
  each.matrix = dsl::Matrix{{{"os", constants({"\"a\"", "\"b\""})}, {"n", constants({"1", "2"})}},
                            constants(include),
                            constants(exclude)};
  const auto result = e.lua.items(e.plan, each, e.view);
  if (!result) return {result.error().message, result.error().fix};
  std::string keys;
  for (const core::Item& item : result.value()) keys += item.key.text;
  return {keys, result.value().at(shown).value.text};
}

}  // namespace

TEST_CASE("a matrix is the product of its lists", "[expressions]") {
  CHECK(combined({}, {}).first == R"("a,1""a,2""b,1""b,2")");
  CHECK(combined({}, {}, 3).second == R"({"os":"b","n":2})");
}

TEST_CASE("exclude takes away what has all its values", "[expressions]") {
  CHECK(combined({R"({"os":"a"})"}, {}).first == R"("b,1""b,2")");
  CHECK(combined({R"({"os":"a","n":2})"}, {}).first == R"("a,1""b,1""b,2")");
}

TEST_CASE("include adds values where it changes none, else a combination", "[expressions]") {
  CHECK(combined({}, {R"({"fast":true})"}, 3).second == R"({"os":"b","n":2,"fast":true})");
  const auto one = combined({}, {R"({"os":"a","fast":true})"}, 2);
  CHECK(one.first == R"("a,1""a,2""b,1""b,2")");
  CHECK(one.second == R"({"os":"b","n":1,"fast":null})");
  const auto more = combined({}, {R"({"os":"c"})", R"({"os":"c","n":7})"}, 4);
  CHECK(more.first == R"("a,1""a,2""b,1""b,2""c""c,7")");
  CHECK(more.second == R"({"os":"c","n":null})");
}

TEST_CASE("a matrix tells what it cannot combine", "[expressions]") {
  CHECK(combined({}, {"3"}).first == "include: each item is an object, but here is 3");
  CHECK(combined({}, {R"({"os":"c"})", R"({"os":"c"})"}).first ==
        "the items 5 and 6 have the same key \"c\"");
}

TEST_CASE("items come from a list, or from a table in the order of its keys", "[expressions]") {
  Evaluated e;
  CHECK(listed(e, "inputs.items") == "1=1 2=2");
  CHECK(listed(e, "{b = 2, a = {1}}") ==
        R"("a"={"key":"a","value":[1]} "b"={"key":"b","value":2})");
  CHECK(listed(e, "list{}").empty());
  CHECK(listed(e, "{}").empty());
}

TEST_CASE("a key is a text or a whole number, and no two are the same", "[expressions]") {
  Evaluated e;
  CHECK(listed(e, "list{'x', 'y'}", "item") == R"("x"="x" "y"="y")");
  CHECK(listed(e, "list{'x', 'y'}", "item .. index") == R"("x1"="x" "y2"="y")");
  CHECK(listed(e, "inputs.items", "item * 10") == "10=1 20=2");
  CHECK_THAT(listed(e, "list{'x', 'x'}", "item"),
             Catch::StartsWith("the items 1 and 2 have the same key \"x\"|"));
  CHECK_THAT(listed(e, "inputs.items", "true"),
             Catch::StartsWith("the key of item 1 must be a text or a whole number, but is true"));
  CHECK_THAT(listed(e, "inputs.items", "item.id"), Catch::StartsWith("nightly.yaml:14:"));
}

TEST_CASE("what is no list is told with its value", "[expressions]") {
  Evaluated e;
  CHECK_THAT(listed(e, "inputs.n"),
             Catch::StartsWith("the items must be a list or a table, but are 3|"));
  CHECK_THAT(listed(e, "nil"),
             Catch::StartsWith("the items must be a list or a table, but are null|"));
}

TEST_CASE("items that the file lists keep their types", "[expressions]") {
  Evaluated e;
  dsl::Foreach each;
  each.items.written = {{JsonText{"3"}, {}},
                        {std::nullopt, {{{"inputs.name", {3, 1}, true}}, true}}};
  const auto result = e.lua.items(e.plan, each, e.view);
  REQUIRE(result);
  REQUIRE(result.value().size() == 2);
  CHECK(result.value()[0].value.text == "3");
  CHECK(result.value()[1].value.text == "\"x\"");
}
