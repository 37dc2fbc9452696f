#include <catch2/catch.hpp>

#include "tests/core/play.hpp"

/// `wait` and `approval`: steps that wait for a time, a signal, people.
namespace pawl::core {
namespace {

using namespace std::chrono_literals;
using test::Draft;
using test::for_signal;
using test::for_time;
using test::over;
using test::Play;
using test::retries;
using test::text;
using test::until;

std::string refused(const Applied& applied) { return applied.refused.value_or("accepted"); }

dsl::ApprovalSpec a_question(void (*change)(dsl::ApprovalSpec&) = nullptr) {
  dsl::ApprovalSpec spec;
  spec.title = text("\"Publish?\"");
  if (change != nullptr) change(spec);
  return spec;
}

TEST_CASE("a wait for a time needs no slot and no worker", "[core]") {
  Play play({.list = {{.id = "w", .wait = for_time("2h")}, {.id = "after"}}}, 0);
  play.start();
  CHECK(play.state("w") == StepState::waiting);
  CHECK(play.at("w").reason == Reason::timer);
  CHECK(play.phase() == RunPhase::waiting);
  CHECK(play.run.wake_at() == play.now + 2h);
  play.worker_dies();
  CHECK(play.state("w") == StepState::waiting);
  play.slots = 1;
  play.tick(2h);
  CHECK(play.state("w") == StepState::succeeded);
  CHECK(play.running() == "after");
}

TEST_CASE("a wait until an instant; one that has passed is no wait", "[core]") {
  dsl::WaitSpec spec;
  spec.until = text("\"2001-09-09T03:46:40Z\"");  // Two hours after the test's now.
  Play play({.list = {{.id = "w", .wait = spec}}});
  play.now = TimePoint{1'000'000'000s};
  play.start();
  CHECK(play.run.wake_at() == play.now + 2h);
  spec.until = text("\"2001-09-09T01:46:39Z\"");
  Play past({.list = {{.id = "w", .wait = spec}}});
  past.now = TimePoint{1'000'000'000s};
  past.start();
  CHECK(past.phase() == RunPhase::succeeded);
}

TEST_CASE("what is no time and no duration fails the wait", "[core]") {
  dsl::WaitSpec spec;
  spec.until = text("\"tomorrow\"");
  Play play({.map = {{.id = "a", .wait = spec}, {.id = "b", .wait = for_time("soon")}}});
  play.start();
  CHECK(play.at("a").error->message ==
        "wait: 'tomorrow' is no time; a time reads 2026-12-01T09:00:00Z");
  CHECK(play.at("b").error->message.starts_with("wait: "));
}

TEST_CASE("a signal ends the wait for it, and its payload is the output", "[core]") {
  Play play({.list = {{.id = "w", .wait = for_signal("paid")}, {.id = "after"}}});
  play.start();
  CHECK(play.at("w").reason == Reason::signal);
  CHECK(!play.run.wake_at());
  play.signal("paid", "7");
  CHECK(play.at("w").output.text == "7");
  CHECK(play.running() == "after");
}

TEST_CASE("a signal that comes before its wait is kept for it", "[core]") {
  Play play({.list = {{.id = "first"}, {.id = "w", .wait = for_signal("paid")}}});
  play.start();
  play.signal("paid", "1");
  play.signal("paid", "2");
  CHECK(play.run.facts.signals.size() == 2);
  play.succeed("first");
  CHECK(play.at("w").output.text == "1");
  CHECK(play.run.facts.signals.size() == 1);
}

TEST_CASE("an unbuffered wait takes only what comes while it waits", "[core]") {
  dsl::WaitSpec spec = for_signal("paid");
  spec.buffered = false;
  Play play({.list = {{.id = "first"}, {.id = "w", .wait = spec}}});
  play.start();
  play.signal("paid", "1");
  play.succeed("first");
  CHECK(play.state("w") == StepState::waiting);
  play.signal("paid", "2");
  CHECK(play.at("w").output.text == "2");
}

TEST_CASE("one signal ends one wait, in file order; 'match' says which", "[core]") {
  dsl::WaitSpec mine = for_signal("paid");
  mine.match = dsl::Code{"mine", {}};
  Play play({.map = {{.id = "a", .wait = mine},
                     {.id = "b", .wait = for_signal("paid")},
                     {.id = "c", .wait = for_signal("paid")}}});
  play.expressions.conditions["mine"] = false;
  play.start();
  play.signal("paid", "1");
  CHECK(play.states() == "a waiting, b succeeded, c waiting");
  play.expressions.conditions["mine"] = true;
  play.signal("paid", "2");
  CHECK(play.states() == "a succeeded, b succeeded, c waiting");
}

TEST_CASE("a match that fails fails its wait, and the signal goes on", "[core]") {
  dsl::WaitSpec broken = for_signal("paid");
  broken.match = dsl::Code{"oops", {}};
  Play play({.map = {{.id = "a", .wait = broken}, {.id = "b", .wait = for_signal("paid")}}});
  play.start();
  play.signal("paid", "1");
  CHECK(play.states() == "a failed, b succeeded");
  CHECK(play.at("a").error->message == "match: no answer for oops");
}

TEST_CASE("a signal that nothing in the file waits for is refused", "[core]") {
  Play play({.list = {{.id = "w", .wait = for_signal("paid")}}});
  play.start();
  CHECK(refused(play.signal("payed")) ==
        "nothing in the workflow waits for a signal 'payed'; it knows: paid");
  play.signal("paid");
  CHECK(refused(play.signal("paid")) == "the run has ended");
}

TEST_CASE("a signal that no wait could take later is not kept", "[core]") {
  dsl::WaitSpec spec = for_signal("tick");
  spec.buffered = false;
  Play play({.list = {{.id = "first"}, {.id = "w", .wait = spec}}});
  play.start();
  CHECK(refused(play.signal("tick")) ==
        "nothing waits for the signal 'tick' now, and it is not kept");
}

TEST_CASE("a wait whose signal has no name fails", "[core]") {
  dsl::WaitSpec spec;
  spec.signal = text("name");
  Play play({.list = {{.id = "w", .wait = spec}}});
  play.expressions.values["name"] = "null";
  play.start();
  CHECK(play.error() == "signal: its name is empty");
}

TEST_CASE("cancel_when reaches a block that waits to be tried again", "[core]") {
  Play play({.map = {{.id = "region",
                      .retry = retries(3, 60s),
                      .map = {{.id = "a"}},
                      .cancel_signal = "stop"}}});
  play.start();
  play.fail("region.a");
  play.signal("stop");
  CHECK(play.state("region") == StepState::cancelled);
}

TEST_CASE("a run keeps so many signals and no more", "[core]") {
  Play play({.list = {{.id = "first"}, {.id = "w", .wait = for_signal("paid")}}});
  play.twin_checks = false;
  play.start();
  for (std::size_t i = 0; i < kept_signals_max; ++i) REQUIRE(!play.signal("paid").refused);
  CHECK(refused(play.signal("paid")) ==
        "the run keeps 1000 signals already that no step has waited for");
  CHECK(refused(play.signal("paid", '"' + std::string(output_bytes_max, 'x') + '"'))
            .ends_with("bytes; the limit is 262144"));
}

TEST_CASE("a signal that does not come in time fails the wait", "[core]") {
  dsl::WaitSpec spec = for_signal("paid");
  spec.timeout = text("\"30m\"");
  Play play({.list = {{.id = "w", .retry = retries(2, 1min), .wait = spec}}});
  play.start();
  play.tick(30min);
  CHECK(play.state("w") == StepState::retrying);
  play.tick(1min);
  CHECK(play.state("w") == StepState::waiting);
  play.tick(30min);
  CHECK(play.at("w").error->kind == FailureKind::timeout);
  CHECK(play.error() == "no signal 'paid' came in 30m00s");
}

TEST_CASE("a paused run begins no wait; a timer that is due fires on resume", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "w", .wait = for_time("1h")}, {.id = "after"}}});
  play.start();
  play.pause();
  play.succeed("a");
  CHECK(play.state("w") == StepState::ready);
  play.resume();
  CHECK(play.state("w") == StepState::waiting);
  play.pause();
  play.tick(3h);
  CHECK(play.state("w") == StepState::waiting);
  play.resume();
  CHECK(play.state("w") == StepState::succeeded);
}

TEST_CASE("a cancel ends waits at once", "[core]") {
  Play play({.map = {{.id = "a", .wait = for_signal("x")},
                     {.id = "b", .wait = for_time("1h")},
                     {.id = "c", .approval = a_question()}}});
  play.start();
  play.cancel();
  CHECK(play.states() == "a cancelled, b cancelled, c cancelled");
  CHECK(play.phase() == RunPhase::cancelled);
}

TEST_CASE("deferred choice: a signal or a time, whichever is first", "[core]") {
  Play play({.list = {{.id = "choice",
                       .map = {{.id = "ok", .wait = for_signal("ok")},
                               {.id = "late", .wait = for_time("24h")}},
                       .race = true}}});
  play.start();
  SECTION("the signal") {
    play.signal("ok", "5");
    CHECK(output_of(play.run, play.inst("choice")).text == R"({"winner":"ok","output":5})");
    CHECK(play.state("choice.late") == StepState::cancelled);
  }
  SECTION("the time") {
    play.tick(24h);
    CHECK(output_of(play.run, play.inst("choice")).text == R"({"winner":"late","output":null})");
  }
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("waits in rounds and in items", "[core]") {
  Play play({.map = {{.id = "poll",
                      .map = {{.id = "w", .wait = for_signal("go")}},
                      .rounds = until("false", 9)},
                     {.id = "each", .each = over("[7,8]"), .wait = for_time("1h")}}});
  play.start();
  play.signal("go", "1");
  CHECK(play.state("poll#2.w") == StepState::waiting);
  CHECK(play.states("each") == "[7] waiting, [8] waiting");
  play.tick(1h);
  CHECK(output_of(play.run, play.inst("each")).text == "[null,null]");
}

TEST_CASE("cancel_when: a signal stops a block with all in it, and the run goes on", "[core]") {
  Play play({.map = {{.id = "region",
                      .map = {{.id = "a"}, {.id = "w", .wait = for_signal("x")}},
                      .cancel_signal = "stop"},
                     {.id = "other"}}});
  play.start();
  play.signal("stop");
  play.stopped("region.a");
  CHECK(play.states() == "region cancelled, other running");
  play.succeed("other");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("resume --value answers the one step that waits, or is kept for the run", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "w", .wait = for_signal("x")}}});
  play.start();
  CHECK(!play.request(Resume{JsonText{"1"}}).refused);
  CHECK(play.run.facts.resume_value.text == "1");
  play.succeed("a");
  play.request(Resume{JsonText{R"({"go":true})"}});
  CHECK(play.at("w").output.text == R"({"go":true})");

  Play two({.map = {{.id = "v", .wait = for_signal("x")}, {.id = "w", .wait = for_signal("x")}}});
  two.start();
  CHECK(refused(two.request(Resume{JsonText{"1"}})) == "'v' and 'w' wait: answer one by name");
}

TEST_CASE("an approval waits for somebody, and gives who and what", "[core]") {
  Play play({.list = {{.id = "ask", .approval = a_question()}, {.id = "after"}}});
  play.start();
  CHECK(play.at("ask").reason == Reason::approval);
  CHECK(play.at("ask").waiting->title == "Publish?");
  play.decide({.step = "ask", .comment = "looks \"good\""});
  CHECK(play.at("ask").output.text ==
        R"({"decision":"approved","by":"user:ana","comment":"looks \"good\"","form":{}})");
  CHECK(play.running() == "after");
  CHECK(refused(play.approve("ask")).starts_with("step 'ask' has been decided by user:ana at "));
}

TEST_CASE("a rejection fails the approval and is not tried again, unless on_reject says so",
          "[core]") {
  Play play(
      {.list = {{.id = "ask", .retry = retries(3), .approval = a_question()}, {.id = "after"}}});
  play.start();
  play.reject("ask", "not yet");
  CHECK(play.at("ask").error->kind == FailureKind::rejected);
  CHECK(play.error() == "rejected by user:ana: not yet");
  CHECK(play.state("after") == StepState::not_run);
  play.repair();
  CHECK(play.state("ask") == StepState::waiting);
  CHECK(play.at("ask").waiting->votes.empty());

  Play goes_on({.list = {{.id = "ask", .approval = a_question([](auto& spec) {
                                         spec.on_reject = dsl::OnReject::resume;
                                       })}}});
  goes_on.start();
  goes_on.reject("ask");
  CHECK(goes_on.at("ask").output.text ==
        R"({"decision":"rejected","by":"user:ana","comment":"","form":{}})");
}

TEST_CASE("only those who are named may decide; who started the run may be excluded", "[core]") {
  Play play({.list = {{.id = "ask", .approval = a_question([](auto& spec) {
                                      spec.approvers = {text("\"ben\""), text("\"user:eva\"")};
                                    })}}});
  play.start();
  CHECK(refused(play.approve("ask")) ==
        "you are user:ana, and those who may decide are: ben, user:eva");
  CHECK(refused(play.reject("ask")).starts_with("you are user:ana"));
  CHECK(!play.approve("ask", "user:eva").refused);

  Play self({.list = {{.id = "ask",
                       .approval = a_question([](auto& spec) { spec.allow_self = false; })}}});
  self.start();
  CHECK(refused(self.approve("ask")).starts_with("you started this run"));
  CHECK(!self.approve("ask", "user:ben").refused);
}

TEST_CASE("a quorum: so many different people have to approve; one can reject", "[core]") {
  Play play({.list = {{.id = "ask", .approval = a_question([](auto& spec) { spec.quorum = 2; })}}});
  play.start();
  play.approve("ask");
  CHECK(play.state("ask") == StepState::waiting);
  CHECK(refused(play.approve("ask")) == "you have approved it already; 2 have to");
  SECTION("the second approves") {
    play.approve("ask", "user:ben");
    CHECK(play.state("ask") == StepState::succeeded);
  }
  SECTION("the second rejects") {
    play.decide({.step = "ask", .approve = false}, "user:ben");
    CHECK(play.state("ask") == StepState::failed);
  }
}

TEST_CASE("options: one of them is the decision", "[core]") {
  Play play({.list = {{.id = "ask", .approval = a_question([](auto& spec) {
                                      spec.options = {"quick", "thorough"};
                                    })}}});
  play.start();
  CHECK(refused(play.approve("ask")) == "choose one of its options: quick, thorough");
  CHECK(refused(play.request(Resume{JsonText{"1"}}))
            .ends_with("has options, a form or a quorum: answer it with 'pawl approve'"));
  play.decide({.step = "ask", .option = "thorough"});
  CHECK(play.at("ask").output.text.starts_with(R"({"decision":"thorough")"));
  Play plain({.list = {{.id = "ask", .approval = a_question()}}});
  plain.start();
  CHECK(refused(plain.decide({.step = "ask", .option = "x"})) ==
        "it has no options to choose from");
}

TEST_CASE("a quorum is reached by one option", "[core]") {
  Play play({.list = {{.id = "ask", .approval = a_question([](auto& spec) {
                                      spec.options = {"blue", "green"};
                                      spec.quorum = 2;
                                    })}}});
  play.start();
  play.decide({.step = "ask", .option = "blue"});
  play.decide({.step = "ask", .option = "green"}, "user:ben");
  CHECK(play.state("ask") == StepState::waiting);
  play.decide({.step = "ask", .option = "blue"}, "user:eva");
  CHECK(play.at("ask").output.text.starts_with(R"({"decision":"blue")"));
}

TEST_CASE("a form has to be filled in", "[core]") {
  Play play({.list = {{.id = "ask", .approval = a_question([](auto& spec) {
                                      spec.form.emplace_back().name = "target";
                                    })}}});
  play.start();
  CHECK(refused(play.approve("ask")) == "the form is empty");
  play.decide({.step = "ask", .form = JsonText{R"({"target":"eu"})"}});
  CHECK(play.at("ask").output.text.ends_with(R"("form":{"target":"eu"}})"));
}

TEST_CASE("an approval that expires rejects, approves or fails by itself", "[core]") {
  const auto ended = [](dsl::OnExpire on_expire) {
    dsl::ApprovalSpec spec = a_question();
    spec.expires = text("\"24h\"");
    spec.on_expire = on_expire;
    Play play({.list = {{.id = "ask", .approval = spec}}});
    play.start();
    play.tick(24h);
    const Instance& ask = play.at("ask");
    return ask.error ? std::string(name_of(ask.error->kind)) + ": " + ask.error->message
                     : ask.output.text;
  };
  CHECK(ended(dsl::OnExpire::reject) == "rejected: rejected by system: nobody decided in time");
  CHECK(ended(dsl::OnExpire::fail) == "timeout: nobody decided in time");
  CHECK(ended(dsl::OnExpire::approve) ==
        R"({"decision":"approved","by":"system","comment":"nobody decided in time","form":{}})");
}

TEST_CASE("while a run is paused, the expiry of an approval stands still", "[core]") {
  dsl::ApprovalSpec spec = a_question();
  spec.expires = text("\"1h\"");
  Play play({.list = {{.id = "ask", .approval = spec}}});
  play.start();
  play.tick(50min);
  play.pause();
  play.tick(3h);
  play.resume();
  CHECK(play.state("ask") == StepState::waiting);
  play.tick(9min);
  CHECK(play.state("ask") == StepState::waiting);
  play.tick(1min);
  CHECK(play.state("ask") == StepState::failed);
}

TEST_CASE("what is no approval, or does not wait yet, cannot be decided", "[core]") {
  Play play({.list = {{.id = "a"}, {.id = "ask", .approval = a_question()}}});
  play.start();
  CHECK(refused(play.approve("a")) == "step 'a' is no approval");
  CHECK(refused(play.approve("b")) == "the run has no step 'b'");
  CHECK(refused(play.approve("ask")) == "step 'ask' does not wait yet: it is pending");
}

}  // namespace
}  // namespace pawl::core
