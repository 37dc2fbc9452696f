#include "core/join.hpp"
#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using namespace std::chrono_literals;

TEST_CASE("a list runs in order", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b"}, {.id = "c"}}});
  play.start();
  CHECK(play.running() == "a");
  play.succeed("a");
  CHECK(play.running() == "b");
  play.fail("b");
  CHECK(play.states() == "a succeeded, b failed, c not_run");
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("a map runs as a graph, as many at a time as there are slots, in file order", "[core]") {
  Play play({.map = {{.id = "z"}, {.id = "b"}, {.id = "c", .needs = {"z"}}, {.id = "a"}}}, 2);
  play.start();
  CHECK(play.running() == "z b");
  play.slots = 1;
  play.succeed("z");
  CHECK(play.running() == "b c");
  play.slots = 0;
  play.succeed("b");
  CHECK(play.states() == "z succeeded, b succeeded, c running, a ready");
  play.slots = 1;
  play.tick();
  CHECK(play.running() == "c a");
}

TEST_CASE("the step that ends and the one that starts travel in one event", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b"}}});
  play.start();
  const Applied applied = play.succeed("a");
  REQUIRE(applied.transitions.size() == 3);
  CHECK(applied.transitions[0].to == StepState::succeeded);
  CHECK(applied.transitions[2].to == StepState::running);
  REQUIRE(applied.effects.size() == 1);
  CHECK(std::get<StartAttempt>(applied.effects[0]).inst == play.inst("b"));
  CHECK(play.run.version == 2);
}

TEST_CASE("a branch that is not taken carries on as not taken, a merge runs", "[core]") {
  Play play({.map = {{.id = "left", .when = "false"},
                     {.id = "right", .when = "true"},
                     {.id = "more_left", .needs = {"left"}},
                     {.id = "merge", .needs = {"more_left", "right"}}}});
  play.start();
  CHECK(play.states() == "left skipped, right running, more_left skipped, merge pending");
  CHECK(play.at("left").note == "when: false");
  play.succeed("right");
  CHECK(play.states() == "left skipped, right succeeded, more_left skipped, merge running");
}

TEST_CASE("when is asked once, after the join has decided", "[core]") {
  Play play({.map = {{.id = "a"},
                     {.id = "b", .needs = {"a"}, .when = "b wanted"},
                     {.id = "c", .needs = {"b"}, .when = "never asked"}}});
  play.expressions.conditions["b wanted"] = false;
  play.start();
  CHECK(play.expressions.asked.empty());
  play.succeed("a");
  CHECK(play.expressions.asked == std::vector<std::string>{"b wanted"});
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a when that cannot be computed fails the step and says which key", "[core]") {
  Play play({.map = {{.id = "a", .when = "nonsense"}, {.id = "b", .needs = {"a"}}}});
  play.start();
  CHECK(play.states() == "a failed, b not_run");
  CHECK(play.error() == "when: no answer for nonsense");
  CHECK(play.at("a").error->kind == FailureKind::expression);
  CHECK(play.at("a").error->step == "a");
}

TEST_CASE("on_error continue also covers a when that cannot be computed", "[core]") {
  Play play(
      {.list = {{.id = "a", .when = "nonsense", .on_error = dsl::OnError::resume}, {.id = "b"}}});
  play.start();
  CHECK(play.states() == "a failed, b running");
}

TEST_CASE("independent branches go on after a failure", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b"}, {.id = "after_b", .needs = {"b"}}}});
  play.start();
  play.fail("a");
  CHECK(play.phase() == RunPhase::running);
  play.succeed("b");
  play.succeed("after_b");
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.error() == "it broke");
}

TEST_CASE("fail_fast stops what runs and starts nothing more", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b"}, {.id = "c"}, {.id = "d", .needs = {"c"}}},
             .fail_fast = true},
            2);
  play.start();
  const Applied applied = play.fail("a");
  CHECK(play.states() == "a failed, b running, c cancelled, d not_run");
  REQUIRE(applied.effects.size() == 1);
  CHECK(std::get<StopAttempt>(applied.effects[0]).inst == play.inst("b"));
  play.stopped("b");
  CHECK(play.states() == "a failed, b cancelled, c cancelled, d not_run");
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("an answered failure still fails the run in the end", "[core]") {
  Play play(
      {.map = {{.id = "a"}, {.id = "alarm", .needs = {"a"}, .join = {dsl::JoinRule::failed}}}});
  play.start();
  play.fail("a");
  CHECK(play.running() == "alarm");
  play.succeed("alarm");
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("a failure with on_error continue counts as success", "[core]") {
  Play play({.list = {{.id = "a", .on_error = dsl::OnError::resume}, {.id = "b"}}});
  play.start();
  play.fail("a");
  CHECK(play.states() == "a failed, b running");
  CHECK(play.at("a").ignored);
  CHECK(play.at("a").error->message == "it broke");
  play.succeed("b");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.error().empty());
}

TEST_CASE("ignore(output) of an on_error hook counts as success with that output", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b", .data = {"a"}}}});
  play.start();
  Failed failed;
  failed.decision = Failed::Decision{Failed::Decision::What::ignore, {}, JsonText{"[7]"}, ""};
  play.end("a", failed);
  CHECK(play.running() == "b");
  const View view = view_for(play.run, play.inst("b"), play.now);
  REQUIRE(view.steps.size() == 1);
  CHECK(view.steps[0].name == "a");
  CHECK(view.steps[0].output.text == "[7]");
  CHECK(view.steps[0].error != nullptr);
}

TEST_CASE("on_error pause fails the step and pauses the run", "[core]") {
  Play play({.map = {{.id = "a", .on_error = dsl::OnError::pause}, {.id = "b"}}}, 1);
  play.start();
  play.fail("a");
  CHECK(play.states() == "a failed, b ready");
  CHECK(play.phase() == RunPhase::paused);
  SECTION("resume goes on without it") {
    play.resume();
    play.succeed("b");
    CHECK(play.phase() == RunPhase::failed);
  }
  SECTION("a repair and a resume run it again") {
    play.repair({"a"});
    play.resume();
    CHECK(play.running() == "a");
  }
}

TEST_CASE("a skip by the before hook is a skip like any other", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b", .needs = {"a"}}}});
  play.start();
  play.end("a", Skipped{"nothing new"});
  CHECK(play.states() == "a skipped, b skipped");
  CHECK(play.at("a").note == "nothing new");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("late results of an attempt that is over change nothing", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(2)}, {.id = "b"}}});
  play.start();
  play.fail("a");
  play.tick();
  REQUIRE(play.at("a").attempt == 2);
  CHECK(play.happens(AttemptEnded{play.inst("a"), 1, Succeeded{}}).nothing);
  CHECK(play.state("a") == StepState::running);
  play.succeed("a");
  CHECK(play.happens(AttemptEnded{play.inst("a"), 2, Failed{}}).nothing);
  CHECK(play.state("a") == StepState::succeeded);
}

TEST_CASE("an attempt of a block or of a step that is not there is nothing", "[core]") {
  Play play({.list = {{.id = "block", .list = {{.id = "a"}}}}});
  play.start();
  CHECK(play.happens(AttemptEnded{play.inst("block"), 0, Succeeded{}}).nothing);
  CHECK(play.happens(AttemptEnded{InstId{0}, 0, Succeeded{}}).nothing);
  CHECK(play.happens(AttemptEnded{InstId{99}, 1, Succeeded{}}).nothing);
  CHECK(play.happens(AttemptEnded{InstId{-1}, 1, Succeeded{}}).nothing);
}

TEST_CASE("a tick without effect writes nothing", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.start();
  CHECK(play.tick(1h).nothing);
  CHECK(play.run.version == 1);
}

TEST_CASE("inputs that cannot be completed fail the run before it starts", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b", .map = {{.id = "c"}}}}, .hooks = {"on_failure"}});
  play.expressions.inputs_problem = Problem{"day is missing", ""};
  play.start();
  CHECK(play.states() == "a not_run, b not_run");
  CHECK(play.running() == "hooks.on_failure");
  play.succeed("hooks.on_failure");
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.error() == "day is missing");
  CHECK(play.repair({"a"}).refused == "the run could not start: start it again with other inputs");
  CHECK(play.repair().refused.has_value());
}

TEST_CASE("the env of the run is computed once, at the start", "[core]") {
  Play play({.list = {{.id = "a"}}, .env = {{"REGION", "\"eu\""}, {"DAY", "today"}}});
  SECTION("its values are kept") {
    play.expressions.values["today"] = "\"monday\"";
    play.start();
    CHECK(play.run.facts.env.text == R"({"REGION":"eu","DAY":"monday"})");
  }
  SECTION("a mistake in it fails the run and names the variable") {
    play.start();
    CHECK(play.phase() == RunPhase::failed);
    CHECK(play.error() == "env.DAY: no answer for today");
  }
}

TEST_CASE("outputs are computed when the run succeeded", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b", .when = "false"}},
             .outputs = {{"count", "a count"}, {"b", "b output"}}});
  play.start();
  SECTION("what a step that did not run would have given is null") {
    play.expressions.values["a count"] = "3";
    play.succeed("a");
    CHECK(play.run.facts.outputs.text == R"({"count":3,"b":null})");
  }
  SECTION("a failed run has none") {
    play.fail("a");
    CHECK(play.run.facts.outputs.is_null());
  }
  SECTION("too large ones fail the run and say the limit") {
    play.expressions.values["a count"] = '"' + std::string(output_bytes_max, 'x') + '"';
    play.succeed("a");
    CHECK(play.phase() == RunPhase::failed);
    CHECK(play.error().find("the limit is 262144") != std::string::npos);
  }
}

TEST_CASE("outputs that cannot be computed fail the run and name the output", "[core]") {
  Play play({.list = {{.id = "a"}}, .outputs = {{"x", "wrong"}}});
  play.start();
  play.succeed("a");
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.error() == "outputs.x: no answer for wrong");
}
