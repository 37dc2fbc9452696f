#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using namespace std::chrono_literals;

TEST_CASE("from outside a block is one step", "[core]") {
  Play play({.list = {{.id = "build", .map = {{.id = "x"}, {.id = "y"}}}, {.id = "next"}}});
  play.start();
  CHECK(play.running() == "build.x build.y");
  play.succeed("build.x");
  CHECK(play.states() == "build running, next pending");
  play.succeed("build.y");
  CHECK(play.states() == "build succeeded, next running");
}

TEST_CASE("the output of a block is that of its last step, or a table by step", "[core]") {
  Play play({.map = {{.id = "list", .list = {{.id = "a"}, {.id = "b"}}},
                     {.id = "map", .map = {{.id = "x"}, {.id = "y", .when = "false"}}}}});
  play.start();
  play.succeed("list.a", "1");
  play.succeed("list.b", "2");
  play.succeed("map.x", "[3]");
  CHECK(output_of(play.run, play.inst("list")).text == "2");
  CHECK(output_of(play.run, play.inst("map")).text == R"({"x":[3],"y":null})");
}

TEST_CASE("a block fails with the error of its first failed step", "[core]") {
  Play play({.list = {{.id = "build", .map = {{.id = "x"}, {.id = "y"}}}, {.id = "next"}}});
  play.start();
  play.fail("build.y");
  CHECK(play.state("build") == StepState::running);
  play.succeed("build.x");
  CHECK(play.states() == "build failed, next not_run");
  CHECK(play.at("build").error->step == "build.y");
}

TEST_CASE("a block that does not run keeps its steps pending", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b", .when = "false", .list = {{.id = "c"}}}}});
  play.start();
  play.succeed("a");
  CHECK(play.state("b") == StepState::skipped);
  CHECK(play.state("b.c") == StepState::pending);
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("retrying a block is a new generation of its contents", "[core]") {
  Play play({.list = {{.id = "b",
                       .retry = retries(2, 5s),
                       .list = {{.id = "x"}, {.id = "deep", .list = {{.id = "y"}}}}}}});
  play.start();
  const std::string key = idempotency_key(play.run, play.inst("b.x"));
  play.succeed("b.x");
  play.fail("b.deep.y");
  CHECK(play.state("b") == StepState::retrying);
  CHECK(play.state("b.x") == StepState::succeeded);
  play.tick(5s);
  CHECK(play.states("b") == "x running, deep pending");
  CHECK(play.state("b.deep.y") == StepState::pending);
  CHECK(play.at("b.x").generation == 1);
  CHECK(play.at("b.x").attempt == 2);
  CHECK(idempotency_key(play.run, play.inst("b.x")) != key);
  play.succeed("b.x");
  play.succeed("b.deep.y");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.error().empty());
}

TEST_CASE("the retries of a block's steps count anew in each generation", "[core]") {
  Play play(
      {.list = {{.id = "b", .retry = retries(2), .list = {{.id = "x", .retry = retries(2)}}}}});
  play.start();
  for (int i = 0; i < 4; ++i) {
    REQUIRE(play.running() == "b.x");
    play.fail("b.x");
  }
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.at("b.x").attempt == 4);
}

TEST_CASE("the timeout of a block stops its steps and fails it", "[core]") {
  Play play({.list = {{.id = "b",
                       .timeout = 10s,
                       .map = {{.id = "x"},
                               {.id = "y", .needs = {"x"}},
                               {.id = "deep", .list = {{.id = "z"}}}}}}});
  play.start();
  const Applied applied = play.tick(10s);
  CHECK(applied.effects.size() == 2);
  CHECK(play.states("b") == "x running, y not_run, deep running");
  play.stopped("b.x");
  play.stopped("b.deep.z");
  CHECK(play.state("b") == StepState::failed);
  CHECK(play.at("b").error->kind == FailureKind::timeout);
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.error() == "it took longer than its time limit");
}

TEST_CASE("the timeout of a block is of one generation, not of its back-off", "[core]") {
  Play play(
      {.list = {{.id = "b", .retry = retries(2, 60s), .timeout = 10s, .list = {{.id = "x"}}}}});
  play.start();
  play.fail("b.x");
  REQUIRE(play.state("b") == StepState::retrying);
  play.tick(30s);
  CHECK(play.state("b") == StepState::retrying);
  play.tick(30s);
  CHECK(play.running() == "b.x");
  play.tick(9s);
  play.succeed("b.x");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a block that timed out may be tried again", "[core]") {
  Play play({.list = {{.id = "b", .retry = retries(2), .timeout = 10s, .list = {{.id = "x"}}}}});
  play.start();
  play.tick(10s);
  play.stopped("b.x");
  CHECK(play.running() == "b.x");
  play.succeed("b.x");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a back-off and the deadline of a block may fall on one instant", "[core]") {
  Play play({.list = {{.id = "b",
                       .retry = retries(3, 10s),
                       .timeout = 10s,
                       .deadline = 10s,
                       .list = {{.id = "x", .retry = retries(2, 10s), .deadline = 10s}}}}});
  play.start();
  play.fail("b.x");
  CHECK(play.state("b") == StepState::failed);
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("a block stopped by its neighbour's failure is cancelled, not succeeded", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b", .map = {{.id = "x"}, {.id = "y", .needs = {"x"}}}}},
             .fail_fast = true});
  play.start();
  play.fail("a");
  play.succeed("b.x");
  CHECK(play.states("b") == "x succeeded, y not_run");
  CHECK(play.state("b") == StepState::cancelled);
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("a failed block with on_error continue is a success for its dependents", "[core]") {
  Play play({.list = {{.id = "b", .on_error = dsl::OnError::resume, .list = {{.id = "x"}}},
                      {.id = "next"}}});
  play.start();
  play.fail("b.x");
  CHECK(play.states() == "b failed, next running");
  play.succeed("next");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.error().empty());
}

TEST_CASE("the run's error is that of the failure that failed it", "[core]") {
  Play play({.list = {{.id = "b", .on_error = dsl::OnError::resume, .list = {{.id = "x"}}},
                      {.id = "next"}}});
  play.start();
  play.fail("b.x");
  play.fail("next");
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.run.facts.error->step == "next");
}
