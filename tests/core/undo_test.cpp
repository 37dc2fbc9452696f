#include <catch2/catch.hpp>

#include "tests/core/play.hpp"

/// `undo` and `compensate`: what the finished steps did is taken back, the last one first.
namespace pawl::core {
namespace {

using namespace std::chrono_literals;
using test::Draft;
using test::over;
using test::PlanDraft;
using test::Play;
using test::retries;

PlanDraft a_saga(dsl::Compensate when = dsl::Compensate::on_failure) {
  return {.list = {{.id = "flight", .undo = true, .undo_retry = retries(3, 5s)},
                   {.id = "hotel", .undo = true},
                   {.id = "note"},
                   {.id = "pay", .undo = true}},
          .compensate = when,
          .hooks = {"on_failure", "on_cancel", "finally"}};
}

/// Lets everything up to `pay` succeed.
Play up_to_pay(dsl::Compensate when = dsl::Compensate::on_failure) {
  Play play(a_saga(when));
  play.start();
  for (const char* step : {"flight", "hotel", "note"}) play.succeed(step, "1");
  return play;
}

TEST_CASE("after a failure the finished steps are undone one by one, the last one first",
          "[core]") {
  Play play = up_to_pay();
  play.fail("pay");
  CHECK(play.phase() == RunPhase::compensating);
  CHECK(play.running() == "undo.hotel");
  play.succeed("undo.hotel");
  CHECK(play.running() == "undo.flight");
  play.succeed("undo.flight");
  CHECK(play.running() == "hooks.on_failure");
  play.succeed("hooks.on_failure");
  play.succeed("hooks.finally");
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.run.facts.error->step == "pay");
}

TEST_CASE("an undo is tried again, survives its worker, and never changes how the run ends",
          "[core]") {
  Play play = up_to_pay();
  play.fail("pay");
  play.succeed("undo.hotel");
  play.fail("undo.flight");
  CHECK(play.state("undo.flight") == StepState::retrying);
  CHECK(play.phase() == RunPhase::waiting);
  play.tick(5s);
  play.worker_dies();
  play.tick();
  CHECK(play.running() == "undo.flight");
  play.fail("undo.flight");
  play.tick(5s);
  play.fail("undo.flight");
  CHECK(play.state("undo.flight") == StepState::failed);
  play.succeed("hooks.on_failure");
  play.succeed("hooks.finally");
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.run.facts.error->step == "pay");
}

TEST_CASE("'compensate' says after which end there is anything to undo", "[core]") {
  using dsl::Compensate;
  const auto after_failure = [](Compensate when) {
    Play play = up_to_pay(when);
    play.fail("pay");
    return play.running();
  };
  const auto after_cancel = [](Compensate when) {
    Play play = up_to_pay(when);
    play.cancel();
    play.stopped("pay");
    return play.running();
  };
  CHECK(after_failure(Compensate::never) == "hooks.on_failure");
  CHECK(after_failure(Compensate::on_cancel) == "hooks.on_failure");
  CHECK(after_failure(Compensate::both) == "undo.hotel");
  CHECK(after_cancel(Compensate::on_failure) == "hooks.on_cancel");
  CHECK(after_cancel(Compensate::on_cancel) == "undo.hotel");
  CHECK(after_cancel(Compensate::both) == "undo.hotel");
  Play good = up_to_pay(Compensate::both);
  good.succeed("pay");
  CHECK(good.running() == "hooks.finally");
}

TEST_CASE("an undo is tried again after a cancel, too", "[core]") {
  Play play = up_to_pay(dsl::Compensate::both);
  play.succeed("pay");
  play = up_to_pay(dsl::Compensate::both);
  play.cancel();
  play.stopped("pay");
  play.succeed("undo.hotel");
  play.fail("undo.flight");
  CHECK(play.state("undo.flight") == StepState::retrying);
  CHECK(play.request(Cancel{}).refused == "the run is being cancelled already");
}

TEST_CASE("each item has its undo; a block is undone before what is in it", "[core]") {
  Play play({.list = {{.id = "t", .each = over("[1,2,3]"), .undo = true},
                      {.id = "b", .map = {{.id = "x", .undo = true}}, .undo = true},
                      {.id = "bad"}},
             .compensate = dsl::Compensate::on_failure});
  play.start();
  for (const char* item : {"t[2]", "t[3]", "t[1]", "b.x"}) play.succeed(item, "1");
  play.fail("bad");
  std::vector<std::string> order;
  while (!has_ended(play.phase())) {
    order.push_back(play.running());
    play.succeed(order.back());
  }
  CHECK(order ==
        std::vector<std::string>{"undo.b", "undo.b.x", "undo.t[1]", "undo.t[3]", "undo.t[2]"});
}

TEST_CASE("a repair runs what was undone again, and it can be undone once more", "[core]") {
  Play play = up_to_pay();
  play.fail("pay");
  const std::string key = idempotency_key(play.run, play.inst("undo.hotel"));
  CHECK(play.repair().refused == "the run is ending: its hooks run; try again when it has ended");
  for (const char* step : {"undo.hotel", "undo.flight", "hooks.on_failure", "hooks.finally"}) {
    play.succeed(step);
  }
  CHECK_FALSE(play.repair().refused);
  CHECK(play.states() == "flight running, hotel pending, note pending, pay pending");
  for (const char* step : {"flight", "hotel", "note"}) play.succeed(step);
  play.fail("pay");
  CHECK(play.running() == "undo.hotel");
  CHECK(idempotency_key(play.run, play.inst("undo.hotel")) != key);
}

TEST_CASE("each round of a loop is undone, and a repair begins with the first of them", "[core]") {
  Play play({.list = {{.id = "poll",
                       .map = {{.id = "x", .undo = true}},
                       .rounds = test::until("index == 2", 5)},
                      {.id = "bad"}},
             .compensate = dsl::Compensate::on_failure});
  play.start();
  play.succeed("poll#1.x");
  play.succeed("poll#2.x");
  play.fail("bad");
  play.succeed("undo.poll#2.x");
  play.succeed("undo.poll#1.x");
  CHECK_FALSE(play.repair().refused);
  CHECK(play.running() == "poll#1.x");
  play.succeed("poll#1.x");
  CHECK(play.running() == "poll#2.x");
}

TEST_CASE("what an undo could not take back still stands, and is not done again", "[core]") {
  Play play({.list = {{.id = "charge", .once = true, .undo = true}, {.id = "ship"}},
             .compensate = dsl::Compensate::on_failure});
  play.start();
  play.succeed("charge");
  play.fail("ship");
  play.fail("undo.charge");
  CHECK_FALSE(play.repair().refused);
  CHECK(play.states() == "charge succeeded, ship running");
}

TEST_CASE("a repair keeps the finished items of what has failed in part", "[core]") {
  Play play({.map = {{.id = "reserve", .undo = true},
                     {.id = "pays", .each = over("[1,2]"), .once = true}},
             .compensate = dsl::Compensate::on_failure});
  play.start();
  for (const char* step : {"reserve", "pays[1]"}) play.succeed(step);
  play.fail("pays[2]");
  play.succeed("undo.reserve");
  CHECK_FALSE(play.repair().refused);
  CHECK(play.running() == "reserve pays[2]");
}

TEST_CASE("a repair does not do again what happens once, hangs on what was undone and still stands",
          "[core]") {
  Play play(
      {.list = {{.id = "reserve", .undo = true}, {.id = "mail", .once = true}, {.id = "ship"}},
       .compensate = dsl::Compensate::on_failure});
  play.start();
  for (const char* step : {"reserve", "mail"}) play.succeed(step);
  play.fail("ship");
  play.succeed("undo.reserve");
  CHECK(play.repair().refused ==
        "step 'mail' happens once, has no undo, and hangs on what was undone: name what is to run "
        "again with --from");
  CHECK_FALSE(play.anew({"ship"}).refused);
}

TEST_CASE("a run that could not be compensated because a step was unknown is, once that is said",
          "[core]") {
  Play play({.map = {{.id = "flight", .undo = true}, {.id = "charge", .once = true, .undo = true}},
             .compensate = dsl::Compensate::on_cancel,
             .hooks = {"on_cancel"}});
  play.start();
  play.succeed("flight");
  play.cancel();
  play.worker_dies();
  play.succeed("hooks.on_cancel");
  CHECK(play.phase() == RunPhase::cancelled);
  CHECK_FALSE(play.resolve("charge", true).refused);
  CHECK(play.phase() == RunPhase::compensating);
  play.succeed("undo.charge");
  play.succeed("undo.flight");
  CHECK(play.phase() == RunPhase::cancelled);
  CHECK(play.started.back() == "undo.flight#1");
}

TEST_CASE("a pause holds the next undo", "[core]") {
  Play play = up_to_pay();
  play.fail("pay");
  play.pause();
  play.succeed("undo.hotel");
  CHECK(play.running().empty());
  CHECK(play.phase() == RunPhase::paused);
  play.resume();
  CHECK(play.running() == "undo.flight");
}

}  // namespace
}  // namespace pawl::core
