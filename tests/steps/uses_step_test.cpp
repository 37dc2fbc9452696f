#include "attempt_world.hpp"
#include "steps/action_declaration.hpp"

using namespace pawl;
using namespace pawl::steps;

namespace {

dsl::WrittenValue constant(const std::string& json) { return {{{json, std::nullopt}}}; }

dsl::WrittenValue computed(const std::string& before, const std::string& expression,
                           const std::string& behind) {
  dsl::Template text;
  text.whole = true;
  text.pieces = {{expression, {7, 9}, true}};
  return {{{before, text}, {behind, std::nullopt}}};
}

/// A step of the kind `uses`: its action takes `day` (a date) and `rows`.
StepUnderTest uses_step(const std::string& run) {
  StepUnderTest made;
  made.step.kind = dsl::Kind::uses;
  dsl::UsesSpec spec;
  spec.action = "fetch";
  spec.at = {7, 3};
  dsl::Input day, rows;
  day.name = "day";
  day.type = dsl::InputType::date;
  day.required = true;
  rows.name = "rows";
  rows.type = dsl::InputType::integer;
  rows.constant = JsonText{"100"};
  rows.minimum = 1;
  spec.inputs = {day, rows};
  spec.with = {{"day", computed("", "inputs.day", "")}};
  made.step.spec = spec;
  made.plan.modules = {
      {"actions.fetch", "return {run = function(with)\n" + run + "\nend}"},
      {"lib.clean",
       "local clean = {}\nfunction clean.up(text) return text:upper() end\nreturn clean"}};
  return made;
}

dsl::UsesSpec& spec_of(StepUnderTest& step) { return std::get<dsl::UsesSpec>(step.step.spec); }

std::string ran(const StepUnderTest& step) {
  AttemptWorld world;
  world.run(step);
  return world.outcome();
}

std::string declared(const std::string& lua) {
  const auto told = declaration_of("fetch", {{"actions.fetch", lua}});
  return told ? told.value().text : "no: " + told.error().message;
}

}  // namespace

TEST_CASE("an action gets its inputs and gives what it returns", "[uses]") {
  CHECK(ran(uses_step("return {with.day, with.rows, require('lib.clean').up('x')}")) ==
        R"(succeeded ["2026-11-21",100,"X"])");
}

TEST_CASE("values of any depth are filled in", "[uses]") {
  StepUnderTest step = uses_step("return with.list");
  dsl::Input list;
  list.name = "list";
  list.type = dsl::InputType::list;
  spec_of(step).inputs.push_back(list);
  spec_of(step).with.emplace_back("list", computed(R"([1,{"a":)", "{1, inputs.day}", R"(}])"));
  CHECK(ran(step) == R"(succeeded [1,{"a":[1,"2026-11-21"]}])");
}

TEST_CASE("what the action did not declare fails the step, without a retry", "[uses]") {
  StepUnderTest step = uses_step("return 1");
  spec_of(step).with = {{"day", constant("\"soon\"")}};
  CHECK_THAT(ran(step), Catch::Contains("expression") &&
                            Catch::Contains("nightly.yaml:7: the action 'fetch': the input 'day' "
                                            "takes a date like 2026-11-20, not 'soon'"));
  spec_of(step).with = {};
  CHECK_THAT(ran(step), Catch::Contains("it needs the input 'day'"));
  spec_of(step).with = {{"day", computed("", "null", "")}};
  CHECK_THAT(ran(step), Catch::Contains("it needs the input 'day'"));
}

TEST_CASE("a text that a number was asked for is read as one; null is the default", "[uses]") {
  StepUnderTest step = uses_step("return with.rows");
  spec_of(step).with.emplace_back("rows", computed("", "'7'", ""));
  CHECK(ran(step) == "succeeded 7");
  spec_of(step).with.back().second = computed("", "null", "");
  CHECK(ran(step) == "succeeded 100");
}

TEST_CASE("the hook before may change what the action gets", "[uses]") {
  StepUnderTest step = uses_step("return with.rows");
  step.hooks.before = dsl::Code{"with.rows = len(with.day)", {8, 3}};
  CHECK(ran(step) == "succeeded 10");
  step.hooks.before = dsl::Code{"with = {day = with.day, rows = 3}", {8, 3}};
  CHECK(ran(step) == "succeeded 3");
  step.hooks.before = dsl::Code{"with.row = 3", {8, 3}};
  CHECK_THAT(ran(step), Catch::Contains("it has no input 'row'; did you mean 'rows'?"));
  step.hooks.before = dsl::Code{"with = 3", {8, 3}};
  CHECK_THAT(ran(step), Catch::Contains("the before hook made `with` 3"));
}

TEST_CASE("an action does what a lua step does", "[uses]") {
  AttemptWorld world;
  world.run(
      uses_step("log('begin') progress(0.5, 'half') checkpoint(3)\n"
                "local made = memo('key', function() return 4 end)\n"
                "return {made = made, out = shell('echo hi').stdout}"));
  CHECK(world.outcome() == R"(succeeded {"made":4,"out":"hi\n"})");
}

TEST_CASE("an error in an action names its file, the line, and the step", "[uses]") {
  AttemptWorld world;
  world.run(uses_step("error('no rows')"));
  const auto& failed = std::get<core::Failed>(*world.heard.outcome);
  CHECK(failed.failure.message == "actions/fetch.lua:2: no rows");
  CHECK_THAT(failed.failure.stack, Catch::Contains("nightly.yaml:7: in the script"));
}

TEST_CASE("hooks load modules, too", "[uses]") {
  StepUnderTest step = uses_step("return 'x'");
  step.hooks.after = dsl::Code{"return require('lib.clean').up(output)", {9, 3}};
  CHECK(ran(step) == R"(succeeded "X")");
}

TEST_CASE("an action tells what it declares, and cannot do more while it does", "[uses]") {
  CHECK(declared("return {description = 'd', run = function() end, inputs = {a = {}}}") ==
        R"({"description":"d","has_run":true,"inputs":{"a":{}},"others":[],"output_schema":null})");
  CHECK_THAT(declared("return {runs = 1}"), Catch::Contains(R"("others":["runs"])"));
  CHECK_THAT(declared("return 1"), Catch::Contains("returns a table"));
  CHECK_THAT(declared("log('x') return {}"),
             Catch::Contains("actions/fetch.lua:1: 'log' is not defined here"));
  CHECK_THAT(declared("return {x = inputs.day}"), Catch::Contains("'inputs' is not defined"));
  CHECK_THAT(declared("while true do end"), Catch::Contains("CPU time"));
}
