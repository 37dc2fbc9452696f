#include <catch2/catch.hpp>

#include "tests/core/play.hpp"

/// `effects: once`: what was interrupted never runs again blindly.
namespace pawl::core {
namespace {

using namespace std::chrono_literals;
using test::Play;
using test::retries;

Verified done(std::string output = "null") {
  return {Verified::What::done, JsonText{std::move(output)}, ""};
}
const Verified not_done{Verified::What::not_done, {}, ""};

TEST_CASE("what happens once and was interrupted is unknown, and holds up what needs it",
          "[core]") {
  Play play(
      {.map = {
           {.id = "charge", .once = true}, {.id = "ship", .needs = {"charge"}}, {.id = "other"}}});
  play.start();
  play.worker_dies();
  CHECK(play.states() == "charge unknown, ship not_run, other running");
  CHECK(play.at("charge").error->message ==
        "its worker died while it ran: whether it was done is unknown");
  play.succeed("other");
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.started == std::vector<std::string>{"charge#1", "other#1", "other#2"});
}

TEST_CASE("a person says that it was done: the run goes on with what it gave", "[core]") {
  Play play({.list = {{.id = "charge", .once = true}, {.id = "ship", .data = {"charge"}}}});
  play.start();
  play.worker_dies();
  CHECK(play.phase() == RunPhase::failed);
  CHECK_FALSE(play.resolve("charge", true, R"({"id":7})").refused);
  CHECK(play.states() == "charge succeeded, ship running");
  CHECK(play.at("charge").output.text == R"({"id":7})");
  play.succeed("ship");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a person says that it was not done: it runs again, under another key", "[core]") {
  Play play({.list = {{.id = "charge", .once = true}, {.id = "ship"}}});
  play.start();
  const std::string key = idempotency_key(play.run, play.inst("charge"));
  play.worker_dies();
  CHECK_FALSE(play.resolve("charge", false).refused);
  CHECK(play.states() == "charge running, ship pending");
  CHECK(idempotency_key(play.run, play.inst("charge")) != key);
}

TEST_CASE("only what is unknown is resolved, and it is not repaired by a retry", "[core]") {
  Play play({.map = {{.id = "charge", .once = true}, {.id = "other"}}});
  play.start();
  CHECK(play.resolve("charge", true).refused ==
        "step 'charge' is running: only a step whose end is unknown is resolved");
  CHECK(play.resolve("nobody", true).refused == "the run has no step 'nobody'");
  play.worker_dies();
  play.succeed("other");
  const std::string hint = "is unknown: say it with 'pawl resolve'";
  CHECK(play.repair({"charge"}).refused == "whether step 'charge' was done " + hint);
  CHECK(play.repair().refused == "whether a step was done " + hint);
}

TEST_CASE("verify is asked first, as often as workers die meanwhile", "[core]") {
  Play play({.list = {{.id = "charge", .once = true, .verify = true}, {.id = "ship"}}});
  play.start();
  play.worker_dies();
  CHECK(play.at("charge").in_doubt);
  CHECK(play.running() == "charge");
  play.worker_dies();
  play.tick();
  CHECK(play.at("charge").in_doubt);
  play.end("charge", done("5"));
  CHECK(play.states() == "charge succeeded, ship running");
  CHECK(play.at("charge").output.text == "5");
}

TEST_CASE("what verify says was not done runs again", "[core]") {
  Play play({.list = {{.id = "charge", .once = true, .verify = true}}});
  play.start();
  play.worker_dies();
  play.end("charge", not_done);
  CHECK_FALSE(play.at("charge").in_doubt);
  CHECK(play.running() == "charge");
  CHECK(play.at("charge").tries == 1);
  play.succeed("charge");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a verify that fails, cannot tell, or never comes to an end leaves it unknown",
          "[core]") {
  const auto in_doubt = [] {
    Play play({.list = {{.id = "charge", .lost_max = 3, .once = true, .verify = true}}});
    play.start();
    play.worker_dies();
    return play;
  };
  Play fails = in_doubt();
  fails.fail("charge");
  CHECK(fails.state("charge") == StepState::unknown);
  Play open = in_doubt();
  open.end("charge", Verified{});
  CHECK(open.state("charge") == StepState::unknown);
  CHECK(open.error() == "verify could not tell: whether it was done is unknown");
  Play dies = in_doubt();
  dies.worker_dies();
  dies.tick();
  dies.worker_dies();
  CHECK(dies.state("charge") == StepState::unknown);
}

TEST_CASE("a failure that is known is a failure, and no doubt", "[core]") {
  Play play({.list = {{.id = "charge", .once = true}}});
  play.start();
  play.fail("charge");
  CHECK(play.state("charge") == StepState::failed);
  CHECK_FALSE(play.repair().refused);
  CHECK(play.running() == "charge");
}

TEST_CASE("what happens once is not stopped by a pause; a worker that leaves leaves a doubt",
          "[core]") {
  Play play({.map = {{.id = "charge", .once = true}, {.id = "other"}}});
  play.start();
  const Applied paused = play.pause(true);
  CHECK(paused.effects.size() == 1);
  CHECK_FALSE(play.at("charge").stopping);
  play.released("charge");
  CHECK(play.state("charge") == StepState::unknown);
}

TEST_CASE("what nothing waits for any more is resolved without beginning anything again",
          "[core]") {
  Play play({.list = {{.id = "first",
                       .map = {{.id = "quick"}, {.id = "charge", .once = true}},
                       .race = true}}});
  play.start();
  play.succeed("first.quick");
  play.released("first.charge");
  CHECK(play.states("first") == "quick succeeded, charge unknown");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK_FALSE(play.resolve("first.charge", true, "1").refused);
  CHECK(play.states("first") == "quick succeeded, charge succeeded");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a block with something unknown inside is not tried again by itself", "[core]") {
  Play play({.list = {{.id = "outer",
                       .retry = retries(3),
                       .list = {{.id = "inner",
                                 .retry = retries(3),
                                 .list = {{.id = "charge", .once = true}}}}}}});
  play.start();
  play.worker_dies();
  CHECK(play.state("outer") == StepState::failed);
  CHECK(play.started.size() == 1);
  CHECK_FALSE(play.resolve("outer.inner.charge", true).refused);
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a cancel does not wipe out a doubt", "[core]") {
  const auto in_doubt = [] {
    Play play({.list = {{.id = "charge", .once = true, .verify = true}}});
    play.start();
    play.worker_dies();
    return play;
  };
  Play runs = in_doubt();
  runs.cancel();
  runs.stopped("charge");
  CHECK(runs.state("charge") == StepState::unknown);
  Play waits = in_doubt();
  waits.slots = 0;
  waits.worker_dies();
  CHECK(waits.state("charge") == StepState::ready);
  waits.cancel();
  CHECK(waits.state("charge") == StepState::unknown);
  CHECK(waits.phase() == RunPhase::cancelled);
}

TEST_CASE("an answer that comes while it is stopped begins nothing", "[core]") {
  Play play({.list = {{.id = "charge", .once = true, .verify = true}}});
  play.start();
  play.worker_dies();
  play.cancel();
  play.end("charge", not_done);
  CHECK(play.state("charge") == StepState::cancelled);
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("an attempt that surely never began is no doubt", "[core]") {
  Play play({.list = {{.id = "charge", .once = true}}});
  play.start();
  play.end("charge", Stopped{.released = true, .begun = false});
  CHECK(play.running() == "charge");
  CHECK(play.at("charge").tries == 1);
}

TEST_CASE("a cancelled run does not go on when a step of it is resolved", "[core]") {
  Play play({.map = {{.id = "charge", .once = true}, {.id = "ship", .needs = {"charge"}}}});
  play.start();
  play.cancel();
  play.worker_dies();
  CHECK(play.states() == "charge unknown, ship cancelled");
  CHECK_FALSE(play.resolve("charge", false).refused);
  CHECK(play.states() == "charge cancelled, ship cancelled");
  CHECK(play.phase() == RunPhase::cancelled);
}

}  // namespace
}  // namespace pawl::core
