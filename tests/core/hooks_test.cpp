#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;

namespace {

const std::vector<std::string> all_hooks = {"on_start", "on_success", "on_failure", "on_cancel",
                                            "finally"};

Play a_play() { return Play({.list = {{.id = "a"}, {.id = "b"}}, .hooks = all_hooks}); }

}  // namespace

TEST_CASE("on_start runs before the first step", "[core]") {
  Play play = a_play();
  play.start();
  CHECK(play.running() == "hooks.on_start");
  CHECK(play.states() == "a pending, b pending");
  SECTION("its success lets the graph begin") { play.succeed("hooks.on_start"); }
  SECTION("so does its failure, which changes nothing") { play.fail("hooks.on_start"); }
  SECTION("so does its skip") { play.end("hooks.on_start", Skipped{""}); }
  CHECK(play.running() == "a");
  play.succeed("a");
  play.succeed("b");
  CHECK(play.running() == "hooks.on_success");
}

TEST_CASE("after the graph the hook of the outcome runs, then finally", "[core]") {
  const bool hooks_fail = GENERATE(false, true);
  const auto end_hook = [&](Play& play, const std::string& hook) {
    CHECK(play.running() == hook);
    CHECK_FALSE(has_ended(play.phase()));
    hooks_fail ? play.fail(hook) : play.succeed(hook);
  };
  Play play = a_play();
  play.start();
  play.succeed("hooks.on_start");
  SECTION("success") {
    play.succeed("a");
    play.succeed("b");
    end_hook(play, "hooks.on_success");
    end_hook(play, "hooks.finally");
    CHECK(play.phase() == RunPhase::succeeded);
  }
  SECTION("failure") {
    play.fail("a");
    end_hook(play, "hooks.on_failure");
    end_hook(play, "hooks.finally");
    CHECK(play.phase() == RunPhase::failed);
    CHECK(play.run.facts.error->step == "a");
  }
  SECTION("cancel") {
    play.cancel();
    play.stopped("a");
    end_hook(play, "hooks.on_cancel");
    end_hook(play, "hooks.finally");
    CHECK(play.phase() == RunPhase::cancelled);
  }
}

TEST_CASE("a cancel during on_start runs on_cancel and finally, and no step", "[core]") {
  Play play = a_play();
  play.start();
  play.cancel("changed my mind");
  CHECK(play.states() == "a cancelled, b cancelled");
  play.stopped("hooks.on_start");
  CHECK(play.running() == "hooks.on_cancel");
  play.succeed("hooks.on_cancel");
  play.succeed("hooks.finally");
  CHECK(play.phase() == RunPhase::cancelled);
  CHECK(play.run.facts.cancel_why == "changed my mind");
}

TEST_CASE("a hook whose worker dies runs again", "[core]") {
  Play play = a_play();
  play.start();
  play.worker_dies();
  CHECK(play.running() == "hooks.on_start");
  CHECK(play.at("hooks.on_start").attempt == 2);
}

TEST_CASE("hooks wait while the run is paused", "[core]") {
  Play play({.list = {{.id = "a"}}, .hooks = {"finally"}});
  play.start();
  play.pause();
  play.succeed("a");
  CHECK(play.phase() == RunPhase::paused);
  CHECK(play.running().empty());
  SECTION("resume ends it") {
    play.resume();
    CHECK(play.running() == "hooks.finally");
    play.succeed("hooks.finally");
    CHECK(play.phase() == RunPhase::succeeded);
  }
  SECTION("so does a cancel") {
    play.cancel();
    CHECK(play.running() == "hooks.finally");
    play.succeed("hooks.finally");
    CHECK(play.phase() == RunPhase::cancelled);
  }
}

TEST_CASE("while its hooks run, a run cannot be cancelled or repaired", "[core]") {
  Play play({.list = {{.id = "a"}}, .hooks = {"on_failure"}});
  play.start();
  play.fail("a");
  REQUIRE(play.running() == "hooks.on_failure");
  CHECK(play.cancel().refused == "the run is ending already");
  CHECK(play.repair().refused.has_value());
  play.succeed("hooks.on_failure");
  CHECK(play.phase() == RunPhase::failed);
}

TEST_CASE("the hooks of the end run again after a repair", "[core]") {
  Play play = a_play();
  play.start();
  play.succeed("hooks.on_start");
  play.fail("a");
  play.succeed("hooks.on_failure");
  play.succeed("hooks.finally");
  REQUIRE(play.phase() == RunPhase::failed);
  play.repair();
  CHECK(play.running() == "a");
  play.succeed("a");
  play.succeed("b");
  play.succeed("hooks.on_success");
  play.succeed("hooks.finally");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.at("hooks.on_start").attempt == 1);
  CHECK(play.at("hooks.finally").attempt == 2);
}
