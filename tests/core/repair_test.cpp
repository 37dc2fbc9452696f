#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using namespace std::chrono_literals;

TEST_CASE("steps of two rounds begin anew: the later round is made again", "[core]") {
  Play play({.list = {{.id = "poll", .map = {{.id = "x"}}, .rounds = until("index == 2", 5)}}});
  play.start();
  play.succeed("poll#1.x");
  play.succeed("poll#2.x");
  CHECK_FALSE(play.anew({"poll#1.x", "poll#2.x"}).refused);
  CHECK(play.running() == "poll#1.x");
}

TEST_CASE("a repair runs what failed and what hangs on it, and keeps what is done", "[core]") {
  Play play({.map = {{.id = "good"},
                     {.id = "bad"},
                     {.id = "after_bad", .needs = {"bad", "good"}},
                     {.id = "alone"}}});
  play.start();
  play.succeed("good", "1");
  play.succeed("alone");
  play.fail("bad");
  REQUIRE(play.phase() == RunPhase::failed);
  const std::string good_key = idempotency_key(play.run, play.inst("good"));
  const std::string bad_key = idempotency_key(play.run, play.inst("bad"));
  SECTION("all that failed") { play.repair(); }
  SECTION("a named step") { play.repair({"bad"}); }
  CHECK(play.states() == "good succeeded, bad running, after_bad pending, alone succeeded");
  CHECK(play.at("bad").generation == 1);
  CHECK(play.at("bad").attempt == 2);
  CHECK(play.at("good").generation == 0);
  CHECK(idempotency_key(play.run, play.inst("good")) == good_key);
  CHECK(idempotency_key(play.run, play.inst("bad")) != bad_key);
  play.succeed("bad");
  play.succeed("after_bad");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.error().empty());
  CHECK(play.started ==
        std::vector<std::string>{"good#1", "bad#1", "alone#1", "bad#2", "after_bad#1"});
}

TEST_CASE("a repair reaches into blocks and keeps their finished steps", "[core]") {
  Play play({.list = {{.id = "b", .list = {{.id = "x"}, {.id = "y"}, {.id = "z"}}}, {.id = "n"}}});
  play.start();
  play.succeed("b.x");
  play.fail("b.y");
  REQUIRE(play.phase() == RunPhase::failed);
  SECTION("all") { play.repair(); }
  SECTION("the step") { play.repair({"b.y"}); }
  SECTION("the block") { play.repair({"b"}); }
  CHECK(play.states("b") == "x succeeded, y running, z pending");
  CHECK(play.states() == "b running, n pending");
  play.succeed("b.y");
  play.succeed("b.z");
  play.succeed("n");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.at("b.x").attempt == 1);
}

TEST_CASE("a block that failed though its steps succeeded has done its work", "[core]") {
  Play play({.list = {{.id = "b", .timeout = 10s, .list = {{.id = "x"}}}, {.id = "n"}}});
  play.start();
  play.tick(10s);
  play.succeed("b.x");
  REQUIRE(play.states() == "b failed, n not_run");
  SECTION("all") { play.repair(); }
  SECTION("the block") { play.repair({"b"}); }
  CHECK(play.states() == "b succeeded, n running");
  play.succeed("n");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.at("b.x").attempt == 1);
}

TEST_CASE("what fail_fast kept from running runs after a repair", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b"}, {.id = "c", .needs = {"b"}}}, .fail_fast = true});
  play.start();
  play.fail("a");
  play.succeed("b");
  REQUIRE(play.states() == "a failed, b succeeded, c not_run");
  play.repair();
  CHECK(play.running() == "a c");
}

TEST_CASE("a cancelled run goes on after a repair", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b"}, {.id = "c", .list = {{.id = "x"}}}}});
  play.start();
  play.succeed("a");
  play.cancel();
  play.stopped("b");
  REQUIRE(play.phase() == RunPhase::cancelled);
  play.repair();
  CHECK(play.running() == "b");
  play.succeed("b");
  play.succeed("c.x");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a running run may be repaired where a step has failed", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b"}, {.id = "c", .needs = {"a"}}}});
  play.start();
  play.fail("a");
  REQUIRE(play.states() == "a failed, b running, c not_run");
  play.repair({"a"});
  CHECK(play.states() == "a running, b running, c pending");
}

TEST_CASE("a repair starts anew with attempts, lost ones and deadline", "[core]") {
  Play play({.list = {{.id = "a", .deadline = 10s, .lost_max = 2}}});
  play.start();
  play.worker_dies();
  play.worker_dies();
  REQUIRE(play.phase() == RunPhase::failed);
  play.tick(1h);
  play.repair();
  CHECK(play.at("a").lost == 0);
  CHECK(play.at("a").tries == 1);
  CHECK(play.run.wake_at() == play.now + 10s);
}

TEST_CASE("a repair that makes no sense is refused and changes nothing", "[core]") {
  Play play(
      {.map = {{.id = "a"}, {.id = "b"}, {.id = "c", .when = "false"}}, .hooks = {"on_failure"}});
  CHECK(play.repair().refused == "the run has not started yet");
  play.start();
  CHECK(play.repair().refused == "nothing to repair: no step of the run has failed");
  play.succeed("a");
  play.fail("b");
  play.fail("hooks.on_failure");
  REQUIRE(play.phase() == RunPhase::failed);
  const std::string before = play.states();
  CHECK(play.repair({"nope"}).refused == "the run has no step 'nope'");
  CHECK(play.repair({"b", "a"}).refused ==
        "step 'a' has succeeded: only a step that did not succeed can be run again");
  CHECK(play.repair({"c"}).refused.has_value());
  CHECK(play.repair({"hooks.on_failure"}).refused ==
        "'hooks.on_failure' is a hook of the workflow: it runs again with the steps");
  CHECK(play.states() == before);
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("a step in a block that did not run is judged again with its block", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b", .needs = {"a"}, .map = {{.id = "x"}, {.id = "y"}}}}});
  play.start();
  play.fail("a");
  REQUIRE(play.states() == "a failed, b not_run");
  CHECK(play.repair({"b.x"}).refused ==
        "step 'b.x' is pending: only a step that did not succeed can be run again");
  play.repair({"b"});
  CHECK(play.states() == "a failed, b not_run");
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("a step that succeeded begins anew with all that could have read it", "[core]") {
  Play play({.map = {{.id = "a"},
                     {.id = "b", .needs = {"a"}},
                     {.id = "skipped", .needs = {"b"}, .when = "false"},
                     {.id = "c", .needs = {"b", "skipped"}, .join = {dsl::JoinRule::always}},
                     {.id = "alone"}}});
  play.start();
  play.succeed("a", "1");
  play.succeed("alone");
  play.succeed("b", "2");
  play.succeed("c");
  REQUIRE(play.phase() == RunPhase::succeeded);
  CHECK(play.repair({"b"}).refused ==
        "step 'b' has succeeded: only a step that did not succeed can be run again");
  play.anew({"b"});
  CHECK(play.states() == "a succeeded, b running, skipped pending, c pending, alone succeeded");
  CHECK(play.at("b").generation == 1);
  CHECK(play.at("b").output.is_null());
  CHECK(play.at("a").generation == 0);
  play.succeed("b", "3");
  CHECK(play.states() == "a succeeded, b succeeded, skipped skipped, c running, alone succeeded");
  play.succeed("c");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.started == std::vector<std::string>{"a#1", "alone#1", "b#1", "c#1", "b#2", "c#2"});
}

TEST_CASE("what begins anew reaches out of blocks and into those behind", "[core]") {
  Play play({.map = {{.id = "before", .list = {{.id = "x"}, {.id = "y"}, {.id = "z"}}},
                     {.id = "behind", .needs = {"before"}, .map = {{.id = "p"}, {.id = "q"}}},
                     {.id = "alone", .list = {{.id = "w"}}}}});
  play.start();
  for (const char* path : {"before.x", "before.y", "before.z", "alone.w", "behind.p"}) {
    play.succeed(path);
  }
  SECTION("of a run that succeeded") { play.succeed("behind.q"); }
  SECTION("of one that failed") { play.fail("behind.q"); }
  SECTION("of one that was cancelled") {
    play.cancel();
    play.stopped("behind.q");
  }
  REQUIRE(has_ended(play.phase()));
  play.anew({"before.y"});
  CHECK(play.states() == "before running, behind pending, alone succeeded");
  CHECK(play.states("before") == "x succeeded, y running, z pending");
  CHECK(play.states("behind") == "p pending, q pending");
  play.succeed("before.y");
  play.succeed("before.z");
  CHECK(play.running() == "behind.p behind.q");
  play.succeed("behind.p");
  play.succeed("behind.q");
  CHECK(play.phase() == RunPhase::succeeded);
  play.anew({"before", "alone.w"});
  CHECK(play.running() == "before.x alone.w");
  CHECK(play.at("before.x").attempt == 2);
  CHECK(play.at("alone").generation == 0);
}

TEST_CASE("beginning anew is refused where it makes no sense", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b", .needs = {"a"}, .list = {{.id = "x"}}}},
             .hooks = {"on_failure"}});
  play.start();
  CHECK(play.anew({"a"}).refused ==
        "the run has not ended: what succeeded can begin anew when it has");
  play.fail("a");
  play.succeed("hooks.on_failure");
  CHECK(play.anew({"b.x"}).refused == "step 'b.x' is in a block that did not run: name the block");
  CHECK(play.anew({"c"}).refused == "the run has no step 'c'");
  CHECK(play.anew({"hooks.on_failure"}).refused ==
        "'hooks.on_failure' is a hook of the workflow: it runs again with the steps");
  play.anew({"b"});
  CHECK(play.states() == "a failed, b not_run");
}

TEST_CASE("a block that backs off is left to itself", "[core]") {
  // Its steps would run while it does not, and a cancel would not find them.
  Play play({.map = {{.id = "block",
                      .retry = retries(2, Millis{60'000}),
                      .map = {{.id = "first"},
                              {.id = "inner", .needs = {"first"}, .list = {{.id = "deep"}}}}},
                     {.id = "other"}}});
  play.start();
  play.succeed("block.first");
  play.fail("block.inner.deep");
  play.fail("other");
  REQUIRE(play.state("block") == StepState::retrying);
  CHECK(play.repair({"block.inner.deep"}).refused ==
        "step 'block.inner.deep' is in a block that is about to be tried again as a whole");
  play.repair();
  CHECK(play.state("other") == StepState::running);
  CHECK(play.state("block") == StepState::retrying);
  CHECK(play.state("block.inner.deep") == StepState::failed);
  play.cancel();
  play.stopped("other");
  REQUIRE(has_ended(play.phase()));
  play.repair();
  CHECK(play.state("block.first") == StepState::succeeded);
  CHECK(play.state("block.inner.deep") == StepState::running);
}

TEST_CASE("a repair of all leaves alone what a block or a join has answered", "[core]") {
  Play play(
      {.map = {{.id = "good",
                .map = {{.id = "x", .when = "false"},
                        {.id = "y", .needs = {"x"}, .join = {dsl::JoinRule::all}},
                        {.id = "z"}}},
               {.id = "ignored", .on_error = dsl::OnError::resume, .list = {{.id = "w"}}},
               {.id = "fast"},
               {.id = "slow"},
               {.id = "race", .needs = {"fast", "slow"}, .join = {dsl::JoinRule::any, 1, true}},
               {.id = "bad"}}});
  play.start();
  play.succeed("good.z");
  play.fail("ignored.w");
  play.succeed("fast");
  play.stopped("slow");
  play.succeed("race");
  play.fail("bad");
  REQUIRE(play.states() ==
          "good succeeded, ignored failed, fast succeeded, slow cancelled, race succeeded, bad "
          "failed");
  REQUIRE(play.state("good.y") == StepState::not_run);
  play.repair();
  CHECK(play.running() == "bad");
  CHECK(play.state("good") == StepState::succeeded);
  CHECK(play.state("slow") == StepState::cancelled);
}
