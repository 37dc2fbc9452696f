#include <catch2/catch.hpp>

#include "tests/core/play.hpp"

/// Blocks with rules of their own: `switch`, `loop`, `race`, and `max_parallel`.
namespace pawl::core {
namespace {

using namespace std::chrono_literals;
using test::by;
using test::Draft;
using test::over;
using test::Play;
using test::retries;
using test::until;

Play a_switch(const std::string& value, std::vector<std::string> cases = {"eu", "us"}) {
  Play play({.list = {{.id = "route",
                       .map = {{.id = "eu", .list = {{.id = "a"}, {.id = "b"}}},
                               {.id = "us"},
                               {.id = "default"}},
                       .choice = by("value", std::move(cases))},
                      {.id = "after"}}});
  play.expressions.values["value"] = value;
  play.start();
  return play;
}

TEST_CASE("a switch runs the step of its value and skips the others", "[core]") {
  Play play = a_switch(R"("eu")");
  CHECK(play.states("route") == "eu running, us skipped, default skipped");
  CHECK(play.running() == "route.eu.a");
  play.succeed("route.eu.a", "1");
  play.succeed("route.eu.b", "2");
  CHECK(play.state("route") == StepState::succeeded);
  CHECK(output_of(play.run, play.inst("route")).text == "2");
  CHECK(play.running() == "after");
}

TEST_CASE("a switch compares texts, and takes the default when none is equal", "[core]") {
  CHECK(a_switch("7", {"7", "us"}).running() == "route.eu.a");
  CHECK(a_switch("true", {"eu", "true"}).running() == "route.us");
  CHECK(a_switch(R"("asia")").running() == "route.default");
}

TEST_CASE("a switch without a case for its value is skipped, and what follows runs", "[core]") {
  Play play({.list = {{.id = "route", .map = {{.id = "eu"}}, .choice = by("\"us\"", {"eu"})},
                      {.id = "after"}}});
  play.start();
  CHECK(play.state("route") == StepState::skipped);
  CHECK(play.at("route").note == "no case for 'us'");
  CHECK(play.running() == "after");
}

TEST_CASE("a switch whose value cannot be computed fails", "[core]") {
  Play play({.map = {{.id = "route", .map = {{.id = "eu"}}, .choice = by("oops", {"eu"})}}});
  play.start();
  CHECK(play.state("route") == StepState::failed);
  CHECK(play.error() == "switch: no answer for oops");
}

TEST_CASE("a switch that could not choose chooses when it is repaired", "[core]") {
  Play play({.map = {{.id = "route", .map = {{.id = "eu"}}, .choice = by("oops", {"eu"})}}});
  play.start();
  play.expressions.values["oops"] = R"("eu")";
  play.repair();
  CHECK(play.running() == "route.eu");
}

TEST_CASE("a switch compares numbers and null as texts are written", "[core]") {
  CHECK(a_switch("2.0", {"2", "us"}).running() == "route.eu.a");
  CHECK(a_switch("null", {"null", "us"}).running() == "route.default");
}

TEST_CASE("a switch that is repaired by its name runs what failed in it", "[core]") {
  Play play = a_switch(R"("eu")");
  play.succeed("route.eu.a");
  play.fail("route.eu.b");
  play.repair({"route"});
  CHECK(play.running() == "route.eu.b");
}

TEST_CASE("a failed case fails the switch, and its repair keeps the choice", "[core]") {
  Play play = a_switch(R"("eu")");
  play.succeed("route.eu.a");
  play.fail("route.eu.b");
  CHECK(play.state("route") == StepState::failed);
  CHECK(play.phase() == RunPhase::failed);
  play.expressions.values["value"] = R"("us")";
  play.repair();
  CHECK(play.running() == "route.eu.b");
  play.succeed("route.eu.b", "3");
  CHECK(output_of(play.run, play.inst("route")).text == "3");
}

TEST_CASE("a switch that is tried again, or begins anew, chooses again", "[core]") {
  Play play({.map = {{.id = "route",
                      .retry = retries(2),
                      .map = {{.id = "eu"}, {.id = "us"}},
                      .choice = by("value", {"eu", "us"})}}});
  play.expressions.values["value"] = R"("eu")";
  play.start();
  play.expressions.values["value"] = R"("us")";
  play.fail("route.eu");
  play.tick(1s);
  CHECK(play.running() == "route.us");
  CHECK(play.states("route") == "eu skipped, us running");
  play.succeed("route.us", "1");
  CHECK(play.phase() == RunPhase::succeeded);
  play.expressions.values["value"] = R"("eu")";
  play.anew({"route"});
  CHECK(play.running() == "route.eu");
}

Draft a_loop(const dsl::Rounds& rounds) {
  return {.id = "poll", .list = {{.id = "ask"}, {.id = "look", .data = {"ask"}}}, .rounds = rounds};
}

TEST_CASE("a loop runs its steps in rounds until it is done, and gives the last output", "[core]") {
  Play play({.list = {a_loop(until("ready", 10)), {.id = "after"}}});
  play.expressions.conditions["ready"] = false;
  play.start();
  CHECK(play.running() == "poll#1.ask");
  play.succeed("poll#1.ask", "1");
  play.succeed("poll#1.look", "11");
  CHECK(play.state("poll#1") == StepState::succeeded);
  CHECK(play.running() == "poll#2.ask");
  play.expressions.conditions["ready"] = true;
  play.succeed("poll#2.ask", "2");
  play.succeed("poll#2.look", "22");
  CHECK(play.state("poll") == StepState::succeeded);
  CHECK(play.at("poll").note == "2 rounds");
  CHECK(output_of(play.run, play.inst("poll")).text == "22");
  CHECK(play.running() == "after");
}

TEST_CASE("a round sees its number as 'index' and what the round before gave as 'previous'",
          "[core]") {
  Play play({.list = {a_loop(until("false", 10))}});
  play.start();
  const auto names = [&](const char* path) {
    std::string text;
    for (const auto& [name, value] : view_for(play.run, play.inst(path), play.now).names) {
      text += name + "=" + value.text + " ";
    }
    return text;
  };
  CHECK(names("poll#1.ask") == "previous=null index=1 ");
  play.succeed("poll#1.ask");
  play.succeed("poll#1.look", "11");
  CHECK(names("poll#2.ask") == "previous=11 index=2 ");
}

TEST_CASE("a loop that is not done after its last round has failed at its limit", "[core]") {
  Play play({.list = {{.id = "poll", .map = {{.id = "ask"}}, .rounds = until("false", 2)}}});
  play.start();
  play.succeed("poll#1.ask");
  play.succeed("poll#2.ask");
  CHECK(play.state("poll") == StepState::failed);
  CHECK(play.at("poll").error->kind == FailureKind::limit);
  CHECK(play.at("poll").error->message == "it was not done after 2 rounds (max: 2)");
  CHECK(play.phase() == RunPhase::failed);

  play.repair();  // There is nothing in it to go on with.
  CHECK(play.running() == "poll#1.ask");
  CHECK(find_instance(play.run, "poll#2").value < 0);
}

TEST_CASE("the rounds of a loop begin 'every' so often, or at once when one took longer",
          "[core]") {
  Play play({.list = {{.id = "poll", .map = {{.id = "ask"}}, .rounds = until("false", 9, 60s)}}});
  play.start();
  play.now += 10s;
  play.succeed("poll#1.ask");
  CHECK(play.state("poll#2") == StepState::waiting);
  CHECK(play.at("poll#2").reason == Reason::timer);
  CHECK(play.phase() == RunPhase::waiting);
  CHECK(play.run.wake_at() == play.now + 50s);
  play.tick(49s);
  CHECK(play.running().empty());
  play.tick(1s);
  CHECK(play.running() == "poll#2.ask");
  play.now += 90s;
  play.succeed("poll#2.ask");
  CHECK(play.running() == "poll#3.ask");
}

TEST_CASE("a loop that waits for its next round is cancelled at once", "[core]") {
  Play play({.list = {{.id = "poll", .map = {{.id = "ask"}}, .rounds = until("false", 9, 60s)}}});
  play.start();
  play.succeed("poll#1.ask");
  play.cancel();
  CHECK(play.state("poll") == StepState::cancelled);
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("the timeout of a loop is of all its rounds", "[core]") {
  Play play({.list = {{.id = "poll",
                       .timeout = 90s,
                       .map = {{.id = "ask"}},
                       .rounds = until("false", 9, 60s)}}});
  play.start();
  play.succeed("poll#1.ask");
  play.tick(60s);
  CHECK(play.running() == "poll#2.ask");
  play.tick(30s);
  play.stopped("poll#2.ask");
  CHECK(play.state("poll") == StepState::failed);
  CHECK(play.at("poll").error->kind == FailureKind::timeout);
}

TEST_CASE("a failed round fails the loop; its repair goes on in that round", "[core]") {
  Play play({.list = {a_loop(until("false", 9)), {.id = "after"}}});
  play.start();
  play.succeed("poll#1.ask");
  play.succeed("poll#1.look");
  play.succeed("poll#2.ask", "5");
  play.fail("poll#2.look");
  CHECK(play.state("poll") == StepState::failed);
  CHECK(play.error() == "it broke");
  SECTION("by itself") { play.repair(); }
  SECTION("named by its path") { play.repair({"poll#2.look"}); }
  SECTION("named as a whole") { play.repair({"poll"}); }
  CHECK(play.running() == "poll#2.look");
  CHECK(play.state("poll#1") == StepState::succeeded);
  play.succeed("poll#2.look");
  CHECK(play.running() == "poll#3.ask");
}

TEST_CASE("a retry of a loop begins with its first round", "[core]") {
  Play play({.list = {{.id = "poll",
                       .retry = retries(2, 5s),
                       .map = {{.id = "ask"}},
                       .rounds = until("false", 9)}}});
  play.start();
  play.succeed("poll#1.ask");
  play.fail("poll#2.ask");
  CHECK(play.state("poll") == StepState::retrying);
  play.tick(5s);
  CHECK(play.running() == "poll#1.ask");
  CHECK(find_instance(play.run, "poll#2").value < 0);
}

TEST_CASE("rounds that were forgotten stay forgotten when the run is loaded again", "[core]") {
  Play play({.list = {{.id = "poll", .list = {{.id = "ask"}}, .rounds = until("false", 9)}}});
  play.start();
  for (const char* round : {"poll#1.ask", "poll#2.ask", "poll#3.ask"}) play.succeed(round);
  play.fail("poll#4.ask");
  play.anew({"poll#1.ask"});
  play.succeed("poll#1.ask");
  play.succeed("poll#2.ask");
  play.fail("poll#3.ask");
  CHECK(find_instance(play.run, "poll#4.ask").value < 0);
  play.repair();
  CHECK(play.running() == "poll#3.ask");
}

TEST_CASE("the rounds of a loop that is tried again have idempotency keys of their own", "[core]") {
  Play play({.list = {{.id = "poll",
                       .retry = retries(2),
                       .map = {{.id = "ask"}},
                       .rounds = until("false", 9)}}});
  play.start();
  const std::string first = idempotency_key(play.run, play.inst("poll#1.ask"));
  play.fail("poll#1.ask");
  play.tick();
  CHECK(idempotency_key(play.run, play.inst("poll#1.ask")) != first);
}

TEST_CASE("a branch that has lost does not begin again, however slowly it stops", "[core]") {
  Play play({.list = {{.id = "first",
                       .map = {{.id = "fast"},
                               {.id = "slow",
                                .retry = retries(3),
                                .timeout = 10s,
                                .list = {{.id = "a", .retry = retries(3)}}}},
                       .race = true}}});
  play.start();
  play.succeed("first.fast");
  play.tick(10s);
  SECTION("its timeout comes meanwhile") { play.stopped("first.slow.a"); }
  SECTION("its hook asks for another try") {
    Failed failed;
    failed.decision = Failed::Decision{Failed::Decision::What::retry, {}, {}, ""};
    play.end("first.slow.a", failed);
  }
  CHECK(play.running().empty());
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("what a round gave anew forgets the rounds behind it", "[core]") {
  Play play({.list = {{.id = "poll",
                       .list = {{.id = "ask"}, {.id = "look", .data = {"ask"}}},
                       .rounds = until("ready", 9)}}});
  play.expressions.conditions["ready"] = false;
  play.start();
  const std::string first = [&] {
    play.succeed("poll#1.ask");
    play.succeed("poll#1.look");
    return idempotency_key(play.run, play.inst("poll#2.ask"));
  }();
  play.succeed("poll#2.ask");
  play.expressions.conditions["ready"] = true;
  play.succeed("poll#2.look");
  CHECK(play.phase() == RunPhase::succeeded);
  play.anew({"poll#1.look"});
  CHECK(play.running() == "poll#1.look");
  CHECK(find_instance(play.run, "poll#2").value < 0);
  play.expressions.conditions["ready"] = false;
  play.succeed("poll#1.look");
  CHECK(play.running() == "poll#2.ask");
  CHECK(idempotency_key(play.run, play.inst("poll#2.ask")) != first);
}

TEST_CASE("loops in loops, and in the items of a foreach", "[core]") {
  Play play(
      {.list = {
           {.id = "t",
            .each = over("[7,8]"),
            .list = {{.id = "inner", .list = {{.id = "ask"}}, .rounds = until("inner_done", 9)}},
            .rounds = until("outer_done", 9)}}});
  play.expressions.conditions = {{"inner_done", false}, {"outer_done", false}};
  play.start();
  CHECK(play.running() == "t[7]#1.inner#1.ask t[8]#1.inner#1.ask");
  play.succeed("t[8]#1.inner#1.ask");
  play.expressions.conditions["inner_done"] = true;
  play.succeed("t[8]#1.inner#2.ask", "80");
  CHECK(play.state("t[8]#1") == StepState::succeeded);
  play.expressions.conditions["outer_done"] = true;
  play.succeed("t[8]#2.inner#1.ask", "88");
  CHECK(play.state("t[8]") == StepState::succeeded);
  play.succeed("t[7]#1.inner#1.ask", "77");
  CHECK(output_of(play.run, play.inst("t")).text == "[77,88]");
  CHECK(play.phase() == RunPhase::succeeded);
}

Play a_race() {
  Play play({.list = {{.id = "first",
                       .map = {{.id = "fast"}, {.id = "safe", .list = {{.id = "a"}, {.id = "b"}}}},
                       .race = true},
                      {.id = "after"}}});
  play.start();
  return play;
}

TEST_CASE("the first branch of a race that succeeds ends it, and the others are stopped",
          "[core]") {
  Play play = a_race();
  CHECK(play.running() == "first.fast first.safe.a");
  play.succeed("first.fast", "5");
  CHECK(play.state("first") == StepState::running);  // The other one has not ended yet.
  CHECK(play.at("first.safe.a").stopping);
  play.stopped("first.safe.a");
  CHECK(play.state("first") == StepState::succeeded);
  CHECK(play.at("first").note == "fast was first");
  CHECK(output_of(play.run, play.inst("first")).text == R"({"winner":"fast","output":5})");
  CHECK(play.running() == "after");
}

TEST_CASE("a branch that ends well after the winner has lost all the same", "[core]") {
  Play play({.list = {{.id = "first", .map = {{.id = "a"}, {.id = "b"}}, .race = true}}});
  play.start();
  play.succeed("first.b", "2");
  play.succeed("first.a", "1");
  CHECK(output_of(play.run, play.inst("first")).text == R"({"winner":"b","output":2})");
}

TEST_CASE("a failed branch leaves the race to the others; all failed: it has failed", "[core]") {
  Play play = a_race();
  play.fail("first.fast");
  CHECK(play.running() == "first.safe.a");
  SECTION("the other one wins") {
    play.succeed("first.safe.a");
    play.succeed("first.safe.b", "7");
    CHECK(play.state("first") == StepState::succeeded);
    CHECK(play.running() == "after");
  }
  SECTION("the other one fails, too") {
    play.fail("first.safe.a");
    CHECK(play.state("first") == StepState::failed);
    CHECK(play.error() == "none of its branches succeeded; the first: it broke");
    play.repair();
    CHECK(play.running() == "first.fast first.safe.a");
  }
}

TEST_CASE("a race whose branches were all skipped is skipped", "[core]") {
  Play play({.list = {{.id = "first",
                       .map = {{.id = "a", .when = "false"}, {.id = "b", .when = "false"}},
                       .race = true},
                      {.id = "after"}}});
  play.start();
  CHECK(play.state("first") == StepState::skipped);
  CHECK(play.running() == "after");
}

TEST_CASE("a race of steps that begin anew is run anew as a whole", "[core]") {
  Play play({.list = {{.id = "first", .map = {{.id = "a"}, {.id = "b"}}, .race = true}}});
  play.start();
  play.succeed("first.b", "2");
  play.stopped("first.a");
  CHECK(play.phase() == RunPhase::succeeded);
  play.anew({"first.b"});
  CHECK(play.running() == "first.a first.b");
}

TEST_CASE("a race that is cancelled before anybody won is cancelled", "[core]") {
  Play play = a_race();
  play.cancel();
  play.stopped("first.fast");
  play.stopped("first.safe.a");
  CHECK(play.state("first") == StepState::cancelled);
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("max_parallel of a block: so many of its steps at a time, in file order", "[core]") {
  Play play({.map = {{.id = "t",
                      .max_parallel = 1,
                      .map = {{.id = "a"}, {.id = "b", .needs = {"c"}}, {.id = "c"}}}}});
  play.start();
  CHECK(play.running() == "t.a");
  play.succeed("t.a");
  CHECK(play.running() == "t.c");
  play.succeed("t.c");
  CHECK(play.running() == "t.b");
}

}  // namespace
}  // namespace pawl::core
