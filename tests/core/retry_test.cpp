#include "core/join.hpp"
#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using namespace std::chrono_literals;
using dsl::Backoff;

TEST_CASE("the delay grows as the policy says", "[core]") {
  CHECK(retry_delay(retries(9, 2s), 4, 0) == 2s);
  CHECK(retry_delay(retries(9, 2s, Backoff::linear), 4, 0) == 8s);
  CHECK(retry_delay(retries(9, 2s, Backoff::exponential), 1, 0) == 2s);
  CHECK(retry_delay(retries(9, 2s, Backoff::exponential), 4, 0) == 16s);
  dsl::Retry thrice = retries(9, 2s, Backoff::exponential);
  thrice.factor = 3;
  CHECK(retry_delay(thrice, 3, 0) == 18s);
  thrice.max_delay = 10s;
  CHECK(retry_delay(thrice, 3, 0) == 10s);
  CHECK(retry_delay(retries(9), 4, 0) == 0s);
}

TEST_CASE("a delay never overflows, however many tries there were", "[core]") {
  CHECK(retry_delay(retries(9, 1h, Backoff::exponential), 2'000'000'000, 0) == 24h * 100'000);
}

TEST_CASE("jitter shortens the delay by up to half", "[core]") {
  dsl::Retry policy = retries(9, 10s);
  policy.jitter = true;
  CHECK(retry_delay(policy, 1, 0) == 10s);
  CHECK(retry_delay(policy, 1, 0.5) == 7500ms);
  CHECK(retry_delay(policy, 1, 0.999) > 5s);
}

TEST_CASE("a failing step is retried until its attempts are used up", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(3, 2s)}, {.id = "b"}}});
  play.start();
  play.fail("a");
  CHECK(play.state("a") == StepState::retrying);
  CHECK(play.at("a").reason == Reason::timer);
  CHECK(play.run.wake_at() == play.now + 2s);
  CHECK(play.phase() == RunPhase::waiting);
  CHECK(play.tick(1999ms).nothing);
  play.tick(1ms);
  CHECK(play.state("a") == StepState::running);
  play.fail("a");
  play.tick(2s);
  play.fail("a");
  CHECK(play.state("a") == StepState::failed);
  CHECK(play.at("a").attempt == 3);
  CHECK(play.at("a").error->attempt == 3);
  CHECK(play.phase() == RunPhase::failed);
  CHECK(play.started == std::vector<std::string>{"a#1", "a#2", "a#3"});
}

TEST_CASE("an attempt without delay follows in the same event", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(2)}}});
  play.start();
  const Applied applied = play.fail("a");
  CHECK(play.state("a") == StepState::running);
  CHECK(applied.effects.size() == 1);
}

TEST_CASE("a success after a retry leaves no error", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(2)}}});
  play.start();
  play.fail("a");
  play.succeed("a", "1");
  CHECK(play.phase() == RunPhase::succeeded);
  CHECK(play.at("a").error == nullptr);
}

TEST_CASE("rejected, cancelled, limit and expression are not tried again", "[core]") {
  for (const FailureKind kind : {FailureKind::rejected, FailureKind::cancelled, FailureKind::limit,
                                 FailureKind::expression}) {
    Play play({.list = {{.id = "a", .retry = retries(3)}}});
    play.start();
    play.fail("a", kind);
    CHECK(play.phase() == RunPhase::failed);
  }
}

TEST_CASE("retry.when decides alone", "[core]") {
  dsl::Retry policy = retries(3);
  policy.when = dsl::Code{"worth it", {}};
  Play play({.list = {{.id = "a", .retry = policy}}});
  play.start();
  SECTION("true tries again, even what is not retried otherwise") {
    play.expressions.conditions["worth it"] = true;
    play.fail("a", FailureKind::limit);
    CHECK(play.state("a") == StepState::running);
  }
  SECTION("false does not") {
    play.expressions.conditions["worth it"] = false;
    play.fail("a");
    CHECK(play.state("a") == StepState::failed);
  }
  SECTION("an error in it does not") {
    play.fail("a");
    CHECK(play.state("a") == StepState::failed);
  }
}

TEST_CASE("a retry that would not start before the deadline is not made", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(5, 40s), .deadline = 100s}}});
  play.start();
  play.fail("a");
  play.tick(40s);
  play.fail("a");
  play.tick(40s);
  CHECK(play.at("a").attempt == 3);
  play.fail("a");
  CHECK(play.state("a") == StepState::failed);
  CHECK(play.at("a").error->kind == FailureKind::exit);
}

TEST_CASE("a retry that would start exactly at the deadline is not made either", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(5, 100s), .deadline = 100s}}});
  play.start();
  play.fail("a");
  CHECK(play.state("a") == StepState::failed);
}

TEST_CASE("the deadline holds for a delay that the on_error hook chose", "[core]") {
  Play play({.list = {{.id = "a", .deadline = 100s}}});
  play.start();
  Failed failed;
  failed.decision = Failed::Decision{Failed::Decision::What::retry, 60s, {}, ""};
  play.end("a", failed);
  CHECK(play.state("a") == StepState::retrying);
  play.tick(60s);
  play.end("a", failed);
  CHECK(play.state("a") == StepState::failed);
}

TEST_CASE("a running step is stopped at its deadline and fails as a timeout", "[core]") {
  Play play({.list = {{.id = "a", .retry = retries(5), .deadline = 10s}}});
  play.start();
  const Applied applied = play.tick(10s);
  REQUIRE(applied.effects.size() == 1);
  CHECK(std::get<StopAttempt>(applied.effects[0]).why == StopWhy::deadline);
  CHECK(play.state("a") == StepState::running);
  SECTION("as its kind reports it") { play.fail("a", FailureKind::timeout); }
  SECTION("also when the attempt only says that it stopped") { play.stopped("a"); }
  SECTION("also when its worker drained meanwhile") { play.released("a"); }
  SECTION("also when its worker died meanwhile") { play.worker_dies(); }
  CHECK(play.state("a") == StepState::failed);
  CHECK(play.at("a").error->kind == FailureKind::timeout);
}

TEST_CASE("a step that finds no slot before its deadline fails", "[core]") {
  Play play({.list = {{.id = "a", .deadline = 10s}}}, 0);
  play.start();
  CHECK(play.state("a") == StepState::ready);
  play.tick(10s);
  CHECK(play.state("a") == StepState::failed);
  CHECK(play.error() == "its deadline passed before it could start");
}

TEST_CASE("the on_error hook may ask for another attempt, but not for ever", "[core]") {
  Play play({.list = {{.id = "a"}}});
  play.start();
  Failed failed;
  failed.failure.message = "again";
  failed.decision = Failed::Decision{Failed::Decision::What::retry, {}, {}, ""};
  int attempts = 0;
  while (play.state("a") == StepState::running && attempts < 1'000) {
    ++attempts;
    play.end("a", failed);
  }
  CHECK(play.state("a") == StepState::failed);
  CHECK(attempts == 100);
}

TEST_CASE("the on_error hook may pause the run", "[core]") {
  Play play({.map = {{.id = "a"}, {.id = "b"}}}, 1);
  play.start();
  Failed failed;
  failed.decision = Failed::Decision{Failed::Decision::What::pause, {}, {}, "look at it"};
  play.end("a", failed);
  CHECK(play.states() == "a failed, b ready");
  CHECK(play.phase() == RunPhase::paused);
}

TEST_CASE("a deadline that passes while a step is stopped is stored as passed", "[core]") {
  Play play({.map = {{.id = "a", .deadline = 5s}}});
  play.start();
  play.cancel();
  play.tick(5s);
  CHECK(play.run.touched.contains(play.inst("a")));
  CHECK(!play.at("a").deadline_at);
}

TEST_CASE("the same attempt has the same jitter, others have others", "[core]") {
  dsl::Retry policy = retries(9, 1000s);
  policy.jitter = true;
  const auto delay_of = [&](const char* id) {
    Play play({.map = {{.id = "a", .retry = policy}, {.id = "b", .retry = policy}}});
    play.start();
    play.fail(id);
    return *play.at(id).due_at - play.now;
  };
  CHECK(delay_of("a") == delay_of("a"));
  CHECK(delay_of("a") != delay_of("b"));
}
