#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using namespace std::chrono_literals;

TEST_CASE("a paused run starts nothing, and running steps finish", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b"}}});
  play.start();
  play.pause();
  CHECK(play.running() == "a");
  play.succeed("a");
  CHECK(play.states() == "a succeeded, b ready");
  CHECK(play.phase() == RunPhase::paused);
  play.tick(1h);
  CHECK(play.running().empty());
  play.resume();
  CHECK(play.running() == "b");
}

TEST_CASE("pause now stops running steps, which start again on resume", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.start();
  const Applied applied = play.pause(true);
  REQUIRE(applied.effects.size() == 1);
  CHECK(std::get<StopAttempt>(applied.effects[0]).why == StopWhy::pause);
  play.released("a");
  CHECK(play.state("a") == StepState::ready);
  CHECK(play.at("a").tries == 0);
  play.resume();
  CHECK(play.running() == "a");
  CHECK(play.at("a").attempt == 2);
}

TEST_CASE("pausing twice is the same, resuming twice is refused and harmless", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.start();
  play.pause();
  CHECK(play.pause().refused == "the run is paused already");
  CHECK_FALSE(play.pause(true).refused);  // What runs can still be stopped.
  CHECK(play.phase() == RunPhase::paused);
  CHECK_FALSE(play.resume().refused);
  const Applied again = play.resume();
  CHECK(again.refused == "the run is not paused");
  CHECK_FALSE(again.nothing);
  CHECK(play.running() == "a");
}

TEST_CASE("a run may be paused before it starts", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.pause();
  play.start();
  CHECK(play.phase() == RunPhase::paused);
  CHECK(play.state("a") == StepState::ready);
  play.resume();
  CHECK(play.running() == "a");
}

TEST_CASE("waits keep their due time while paused and fire on resume", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(2, 10s)}}});
  play.start();
  play.fail("a");
  play.pause();
  CHECK_FALSE(play.run.wake_at());
  play.tick(1h);
  CHECK(play.state("a") == StepState::retrying);
  play.resume();
  CHECK(play.running() == "a");
}

TEST_CASE("a pause does not count for deadlines", "[core]") {
  Play play(
      {.map = {{.id = "a", .deadline = 100s}, {.id = "b", .needs = {"a"}, .deadline = 100s}}});
  play.start();
  play.tick(60s);
  play.pause();
  play.tick(1h);
  CHECK(play.state("a") == StepState::running);
  SECTION("of a step that was running") {
    play.resume();
    CHECK(play.run.wake_at() == play.now + 40s);
  }
  SECTION("of a step that became ready in the pause: only the rest of it does not count") {
    play.succeed("a");
    play.tick(10s);
    play.resume();
    CHECK(play.run.wake_at() == play.now + 100s);
    play.tick(99s);
    CHECK_FALSE(play.at("b").stopping);
    play.tick(1s);
    CHECK(play.at("b").stopping);
  }
}

TEST_CASE("cancel ends what waits at once and asks what runs to stop", "[core]") {
  Play play({.map = {{.id = "runs"},
                     {.id = "backs_off", .retry = retries(2, 1h)},
                     {.id = "waits", .needs = {"runs"}},
                     {.id = "done"},
                     {.id = "block", .needs = {"waits"}, .list = {{.id = "inner"}}}}});
  play.start();
  play.fail("backs_off");
  play.succeed("done");
  const Applied applied = play.cancel("no need");
  CHECK(play.states() ==
        "runs running, backs_off cancelled, waits cancelled, done succeeded, block cancelled");
  CHECK(play.state("block.inner") == StepState::pending);
  REQUIRE(applied.effects.size() == 1);
  CHECK(std::get<StopAttempt>(applied.effects[0]).why == StopWhy::cancel);
  CHECK_FALSE(has_ended(play.phase()));
  play.stopped("runs");
  CHECK(play.state("runs") == StepState::cancelled);
  CHECK(play.phase() == RunPhase::cancelled);
  CHECK_FALSE(play.run.wake_at());
}

TEST_CASE("a step that succeeds though it was to stop has succeeded", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b"}}});
  play.start();
  play.cancel();
  play.succeed("a");
  CHECK(play.states() == "a succeeded, b cancelled");
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("nothing is retried after a cancel", "[core]") {
  Play play(
      {.list = {{.id = "b", .retry = retries(5), .list = {{.id = "a", .retry = retries(5)}}}}});
  play.start();
  play.cancel();
  play.fail("b.a");
  CHECK(play.state("b.a") == StepState::failed);
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("a cancel after pause now cancels what is stopping", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b"}}});
  play.start();
  play.pause(true);
  play.cancel();
  CHECK(play.phase() == RunPhase::running);
  SECTION("though the attempt stops as for the pause") { play.released("a"); }
  SECTION("also when it stops as cancelled") { play.stopped("a"); }
  SECTION("also when its worker dies") { play.worker_dies(); }
  CHECK(play.states() == "a cancelled, b cancelled");
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("a drained worker's step under cancel is cancelled, not run elsewhere", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.start();
  play.cancel();
  play.released("a");
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("a cancelling run cannot be paused, cancelled again or repaired", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.start();
  play.cancel();
  CHECK(play.pause().refused == "the run is being cancelled");
  CHECK(play.cancel().refused == "the run is being cancelled already");
  CHECK(play.repair().refused.has_value());
  Failed failed;
  failed.decision = Failed::Decision{Failed::Decision::What::pause, {}, {}, ""};
  play.end("a", failed);
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("a paused run is cancelled at once, also when its graph is over", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.start();
  play.pause();
  play.succeed("a");
  REQUIRE(play.phase() == RunPhase::paused);
  play.cancel();
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("a run is cancelled before it started", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "b", .list = {{.id = "c"}}}}});
  play.cancel();
  CHECK(play.phase() == RunPhase::cancelled);
  CHECK(play.start().refused == "the run has started already");
  CHECK(play.started.empty());
}

TEST_CASE("an ended run refuses every request, and says so in its events", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.start();
  play.succeed("a");
  REQUIRE(play.phase() == RunPhase::succeeded);
  for (const Applied& applied : {play.pause(), play.resume(), play.cancel(), play.start(),
                                 play.request(Unreadable{"of a newer build"})}) {
    CHECK(applied.refused);
    CHECK_FALSE(applied.nothing);
    CHECK(applied.transitions.empty());
  }
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("an attempt whose worker died is lost and starts again", "[core]") {
  Play play({.list = {{.id = "a", .lost_max = 4}}});
  play.start();
  const std::string key = idempotency_key(play.run, play.inst("a"));
  play.worker_dies();
  CHECK(play.at("a").attempt == 2);
  CHECK(play.at("a").lost == 1);
  CHECK(play.at("a").tries == 1);
  CHECK(idempotency_key(play.run, play.inst("a")) == key);
  const Applied third = [&] { return play.worker_dies(); }();
  REQUIRE(third.effects.size() == 1);
  CHECK(std::get<StartAttempt>(third.effects[0]).alone);
  play.worker_dies();
  CHECK(play.state("a") == StepState::running);
  play.worker_dies();
  CHECK(play.state("a") == StepState::failed);
  CHECK(play.at("a").error->kind == FailureKind::lost);
  CHECK(play.error() == "its worker died 4 times while it ran (lost_max: 4)");
}

TEST_CASE("lost attempts do not use up the attempts of a step", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(2)}}});
  play.start();
  play.worker_dies();
  play.fail("a");
  CHECK(play.running() == "a");
  play.fail("a");
  CHECK(play.state("a") == StepState::failed);
  CHECK(play.at("a").attempt == 3);
}

TEST_CASE("a new owner leaves what does not run as it is", "[core]") {
  Play play({.map = {{.id = "a", .retry = retries(2, 10s)}, {.id = "b"}}}, 1);
  play.start();
  play.fail("a");
  play.succeed("b");
  CHECK(play.worker_dies().nothing);
  CHECK(play.state("a") == StepState::retrying);
}

TEST_CASE("a quarantined run stays as it is until a person repairs it", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b"}}}, 1);
  play.start();
  play.happens(Quarantine{"its rows cannot be read"});
  CHECK(play.phase() == RunPhase::quarantined);
  CHECK(play.error() == "its rows cannot be read");
  CHECK(play.succeed("a").nothing);
  CHECK(play.tick(1h).nothing);
  CHECK(play.phase() == RunPhase::quarantined);
  play.slots = 2;
  play.repair();
  CHECK(play.running() == "a b");
  play.worker_dies();
  play.succeed("a");
  play.succeed("b");
  CHECK(play.phase() == RunPhase::succeeded);
}
