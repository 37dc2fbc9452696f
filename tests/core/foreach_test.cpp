#include <catch2/catch.hpp>

#include "tests/core/play.hpp"

/// `foreach`: items as copies of a step, with their own states, retries and repairs.
namespace pawl::core {
namespace {

using test::Draft;
using test::over;
using test::Play;

dsl::Foreach with(const std::string& items, void (*change)(dsl::Foreach&)) {
  dsl::Foreach each = over(items);
  change(each);
  return each;
}

TEST_CASE("each item of a list is a step of its own, and what they give is a list", "[core]") {
  Play play({.list = {{.id = "t", .each = over("[7,8]")}, {.id = "after"}}});
  play.start();
  CHECK(play.running() == "t[7] t[8]");
  CHECK(play.state("t") == StepState::running);
  play.succeed("t[8]", "80");
  play.succeed("t[7]", "70");
  CHECK(play.state("t") == StepState::succeeded);
  CHECK(output_of(play.run, play.inst("t")).text == "[70,80]");
  CHECK(play.running() == "after");
}

TEST_CASE("an item sees itself as 'item' and its number as 'index'", "[core]") {
  Play play({.list = {{.id = "t", .each = with("[7,8]", [](auto& each) { each.as = "day"; })}}});
  play.start();
  using Names = std::vector<std::pair<std::string, JsonText>>;
  const Names names = view_for(play.run, play.inst("t[8]"), play.now).names;
  REQUIRE(names.size() == 3);
  CHECK((names[0].first == "item" && names[0].second.text == "8"));
  CHECK((names[1].first == "index" && names[1].second.text == "2"));
  CHECK((names[2].first == "day" && names[2].second.text == "8"));
}

TEST_CASE("no items: the step has succeeded with an empty list", "[core]") {
  Play play({.list = {{.id = "t", .each = over("[]")}, {.id = "after"}}});
  play.start();
  CHECK(output_of(play.run, play.inst("t")).text == "[]");
  CHECK(play.running() == "after");
}

TEST_CASE("a block with items: each has its own steps, found by their names inside", "[core]") {
  Play play({.map = {{.id = "t",
                      .each = over("[7,8]"),
                      .list = {{.id = "get"}, {.id = "put", .data = {"get"}}}}}});
  play.start();
  CHECK(play.running() == "t[7].get t[8].get");
  play.succeed("t[8].get", "88");
  CHECK(play.running() == "t[7].get t[8].put");
  const View view = view_for(play.run, play.inst("t[8].put"), play.now);
  REQUIRE(view.steps.size() == 1);
  CHECK(view.steps[0].output.text == "88");
  play.succeed("t[8].put", "1");
  CHECK(play.state("t[8]") == StepState::succeeded);
  CHECK(play.state("t") == StepState::running);
}

TEST_CASE("items inside of items", "[core]") {
  Play play({.map = {{.id = "t",
                      .each = over("[1,2]"),
                      .list = {{.id = "u", .each = over("[5,6]")}, {.id = "v"}}}}});
  play.start();
  CHECK(play.running() == "t[1].u[5] t[1].u[6] t[2].u[5] t[2].u[6]");
  play.succeed("t[2].u[5]", "25");
  play.succeed("t[2].u[6]", "26");
  CHECK(play.running() == "t[2].v t[1].u[5] t[1].u[6]");
  CHECK(output_of(play.run, play.inst("t[2].u")).text == "[25,26]");
  const auto names = view_for(play.run, play.inst("t[1].u[6]"), play.now).names;
  REQUIRE(names.size() == 4);
  CHECK(names[0].second.text == "1");
  CHECK(names[2].second.text == "6");
}

TEST_CASE("max_parallel: the next item begins when one has ended", "[core]") {
  Play play(
      {.map = {{.id = "t", .each = with("[1,2,3,4]", [](auto& each) { each.max_parallel = 2; })}}});
  play.start();
  CHECK(play.running() == "t[1] t[2]");
  play.succeed("t[2]");
  CHECK(play.running() == "t[1] t[3]");
  play.fail("t[1]");
  CHECK(play.running() == "t[3] t[4]");
}

TEST_CASE("a failed item fails the step when all have ended", "[core]") {
  Play play({.list = {{.id = "t", .each = over("[1,2,3]")}, {.id = "after"}}});
  play.start();
  play.fail("t[2]");
  CHECK(play.state("t") == StepState::running);
  play.succeed("t[1]");
  play.succeed("t[3]");
  CHECK(play.state("t") == StepState::failed);
  CHECK(play.state("after") == StepState::not_run);
  CHECK(play.error() == "1 of 3 items failed; the first: it broke");
}

TEST_CASE("tolerate: so many failures, or so many percent, are none", "[core]") {
  Play play({.list = {{.id = "n", .each = with("[1,2,3]", [](auto& each) { each.tolerate = 1; })},
                      {.id = "p", .each = with("[1,2,3,4]", [](auto& each) {
                                    each.tolerate_percent = 49;
                                  })}}});
  play.start();
  play.fail("n[2]");
  play.succeed("n[1]", "1");
  play.succeed("n[3]", "3");
  CHECK(play.state("n") == StepState::succeeded);
  CHECK(output_of(play.run, play.inst("n")).text == "[1,null,3]");
  play.fail("p[1]");
  play.fail("p[2]");
  play.succeed("p[3]");
  play.succeed("p[4]");
  CHECK(play.state("p") == StepState::failed);
}

TEST_CASE("fail_fast: a failure ends the others", "[core]") {
  Play play({.map = {{.id = "t", .each = with("[1,2,3]", [](auto& each) {
                                   each.fail_fast = true;
                                   each.max_parallel = 2;
                                 })}}});
  play.start();
  play.fail("t[1]");
  CHECK(play.state("t[3]") == StepState::not_run);
  CHECK(play.at("t[2]").stopping);
  play.stopped("t[2]");
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("enough: the step succeeds with what has", "[core]") {
  Play play({.list = {{.id = "t",
                       .each = with("[1,2,3,4]",
                                    [](auto& each) {
                                      each.enough = 2;
                                      each.cancel_rest = true;
                                      each.max_parallel = 2;
                                    })},
                      {.id = "after"}}});
  play.start();
  play.succeed("t[2]", "2");
  play.succeed("t[1]", "1");
  CHECK(play.state("t[4]") == StepState::not_run);
  CHECK(play.state("t") == StepState::running);
  play.stopped("t[3]");
  CHECK(play.state("t") == StepState::succeeded);
  CHECK(output_of(play.run, play.inst("t")).text == "[1,2,null,null]");
  CHECK(play.running() == "after");
}

TEST_CASE("enough that cannot be reached is a failure", "[core]") {
  Play play({.map = {{.id = "t", .each = with("[1,2]", [](auto& each) {
                                   each.enough = 2;
                                   each.cancel_rest = true;
                                   each.tolerate = 2;
                                 })}}});
  play.start();
  play.fail("t[1]");
  play.succeed("t[2]");
  CHECK(play.state("t") == StepState::failed);
  CHECK(play.error() == "1 items succeeded, and 2 are needed");
}

TEST_CASE("retry, timeout and deadline are those of each item", "[core]") {
  Play play({.map = {{.id = "t", .retry = test::retries(2), .each = over("[1,2]")}}});
  play.start();
  play.fail("t[1]");
  CHECK(play.at("t[1]").attempt == 2);
  CHECK(play.running() == "t[1] t[2]");
  play.succeed("t[1]");
  play.succeed("t[2]");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("on_error: continue is about all items together", "[core]") {
  Play play({.list = {{.id = "t", .on_error = dsl::OnError::resume, .each = over("[1,2]")},
                      {.id = "after"}}});
  play.start();
  play.fail("t[1]");
  play.succeed("t[2]");
  CHECK(play.state("t[1]") == StepState::failed);
  CHECK_FALSE(play.at("t[1]").ignored);
  CHECK(play.at("t").ignored);
  CHECK(play.running() == "after");
}

TEST_CASE("when is asked once of all items, or of each that it reads", "[core]") {
  Play once({.map = {{.id = "t", .when = "false", .each = over("[1,2]")}}});
  once.start();
  CHECK(once.state("t") == StepState::skipped);

  Play each({.map = {{.id = "t", .when = "item > 1", .each = with("[1,2]", [](auto& one) {
                                                       one.when_of_item = true;
                                                     })}}});
  each.expressions.conditions["item > 1"] = false;
  each.start();
  CHECK(each.state("t[1]") == StepState::skipped);
  CHECK(each.state("t") == StepState::succeeded);
  CHECK(output_of(each.run, each.inst("t")).text == "[null,null]");
}

TEST_CASE("items that cannot be listed fail the step", "[core]") {
  Play play({.map = {{.id = "t", .each = over("unknown")}}});
  play.start();
  CHECK(play.state("t") == StepState::failed);
  CHECK(play.error() == "foreach: no answer for unknown");
}

TEST_CASE("a repair runs the failed items again and keeps the others", "[core]") {
  Play play({.list = {{.id = "t", .each = over("[1,2,3]")}, {.id = "after"}}});
  play.start();
  play.fail("t[1]");
  play.fail("t[2]");
  play.succeed("t[3]", "3");
  REQUIRE(play.phase() == RunPhase::failed);

  SECTION("all that failed") {
    play.repair();
    CHECK(play.running() == "t[1] t[2]");
    play.succeed("t[1]", "1");
    play.succeed("t[2]", "2");
    CHECK(output_of(play.run, play.inst("t")).text == "[1,2,3]");
    CHECK(play.running() == "after");
  }
  SECTION("one item alone") {
    play.repair({"t[2]"});
    CHECK(play.running() == "t[2]");
    play.succeed("t[2]", "2");
    CHECK(play.state("t") == StepState::failed);
    CHECK(play.error() == "1 of 3 items failed; the first: it broke");
  }
  SECTION("the step by name: its failed items") {
    play.repair({"t"});
    CHECK(play.running() == "t[1] t[2]");
  }
  SECTION("anew: the items are listed again") {
    play.anew({"t"});
    CHECK(play.running() == "t[1] t[2] t[3]");
    CHECK(play.inst("t[1]").value == 6);
  }
}

TEST_CASE("items stay what they were when they were listed, whatever the list is later", "[core]") {
  Play play({.map = {{.id = "t", .each = over("list")}}});
  play.expressions.values["list"] = "[7,8]";
  play.start();
  play.expressions.values["list"] = "[1,2,3]";
  play.worker_dies();  // Its twin is made from rows at each event.
  CHECK(play.running() == "t[7] t[8]");
  const RunState loaded = test::stored_and_loaded(play.run);
  CHECK(view_for(loaded, play.inst("t[8]"), play.now).names.at(0).second.text == "8");
}

TEST_CASE("a repair goes through the items one at a time when they may", "[core]") {
  Play play(
      {.map = {{.id = "t", .each = with("[1,2,3]", [](auto& each) { each.max_parallel = 1; })}}});
  play.start();
  for (const char* item : {"t[1]", "t[2]", "t[3]"}) play.fail(item);
  play.repair();
  for (const char* item : {"t[1]", "t[2]", "t[3]"}) {
    CHECK(play.running() == item);
    play.succeed(item);
  }
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a repair lists again what could not be listed", "[core]") {
  Play play({.list = {{.id = "t", .each = over("list")}, {.id = "after"}}});
  play.start();
  REQUIRE(play.state("t") == StepState::failed);
  play.repair();
  CHECK(play.state("t") == StepState::failed);
  CHECK(play.state("after") == StepState::not_run);
  play.expressions.values["list"] = "[1]";
  play.repair();
  CHECK(play.running() == "t[1]");
}

TEST_CASE("items that a repair leaves out are missed in the end", "[core]") {
  Play play(
      {.list = {{.id = "t", .each = with("[1,2,3]", [](auto& each) { each.max_parallel = 1; })},
                {.id = "after"}}});
  play.start();
  play.cancel();
  play.stopped("t[1]");
  play.repair({"t[2]"});
  play.succeed("t[2]");
  CHECK(play.state("t") == StepState::failed);
  CHECK(play.error() == "2 of 3 items have not run");
}

TEST_CASE("fail_fast is about what fails now, not about what failed before a repair", "[core]") {
  Play play({.map = {{.id = "t", .each = with("[1,2,3]", [](auto& each) {
                                   each.fail_fast = true;
                                   each.max_parallel = 1;
                                 })}}});
  play.start();
  play.fail("t[1]");
  REQUIRE(play.phase() == RunPhase::failed);
  play.repair({"t[1]"});
  CHECK(play.running() == "t[1]");
}

TEST_CASE("enough is enough, whatever failed", "[core]") {
  Play play({.map = {{.id = "t", .each = with("[1,2,3]", [](auto& each) {
                                   each.enough = 1;
                                   each.cancel_rest = true;
                                 })}}});
  play.start();
  play.fail("t[1]");
  play.succeed("t[2]");
  play.stopped("t[3]");
  CHECK(play.state("t") == StepState::succeeded);
}

TEST_CASE("a repair of all items by name goes into their blocks", "[core]") {
  Play play({.map = {{.id = "t", .each = over("[1,2]"), .list = {{.id = "half"}, {.id = "add"}}}}});
  play.start();
  for (const char* step : {"t[1].half", "t[2].half", "t[1].add"}) play.succeed(step);
  play.fail("t[2].add");
  REQUIRE(play.phase() == RunPhase::failed);
  play.repair({"t"});
  CHECK(play.running() == "t[2].add");
}

TEST_CASE("items made anew have other idempotency keys", "[core]") {
  Play play({.map = {{.id = "t", .each = over("[1]")}}});
  play.start();
  const std::string key = idempotency_key(play.run, play.inst("t[1]"));
  play.fail("t[1]");
  play.anew({"t"});
  CHECK(idempotency_key(play.run, play.inst("t[1]")) != key);
}

TEST_CASE("items that were cancelled as the rest of a join are not repaired", "[core]") {
  Play play({.map = {{.id = "t", .each = over("[1,2]")},
                     {.id = "quick"},
                     {.id = "use", .needs = {"t", "quick"}, .join = {dsl::JoinRule::any, 1, true}},
                     {.id = "bad", .needs = {"use"}}}});
  play.start();
  play.succeed("quick");
  play.stopped("t[1]");
  play.stopped("t[2]");
  play.succeed("use");
  play.fail("bad");
  REQUIRE(play.phase() == RunPhase::failed);
  play.repair();
  CHECK(play.running() == "bad");
}

TEST_CASE("a block that is tried again lists its items again", "[core]") {
  Play play(
      {.map = {
           {.id = "b", .retry = test::retries(2), .list = {{.id = "t", .each = over("[1,2]")}}}}});
  play.start();
  play.fail("b.t[1]");
  play.succeed("b.t[2]");
  play.tick();
  CHECK(play.running() == "b.t[1] b.t[2]");
  play.succeed("b.t[1]");
  play.succeed("b.t[2]");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a cancel ends the items", "[core]") {
  Play play(
      {.map = {{.id = "t", .each = with("[1,2,3]", [](auto& each) { each.max_parallel = 1; })}}});
  play.start();
  play.cancel();
  CHECK(play.state("t[3]") == StepState::cancelled);
  play.stopped("t[1]");
  CHECK(play.state("t") == StepState::cancelled);
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("a worker's death loses the running items only", "[core]") {
  Play play({.map = {{.id = "t", .each = over("[1,2,3]")}}}, 2);
  play.start();
  play.succeed("t[1]");
  play.worker_dies();
  play.succeed("t[2]");
  play.succeed("t[3]");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.at("t[2]").lost == 1);
}

}  // namespace
}  // namespace pawl::core
