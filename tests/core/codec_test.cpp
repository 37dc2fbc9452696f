#include "core/codec.hpp"

#include <functional>

#include "base/error.hpp"
#include "dsl/compile.hpp"
#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using namespace std::chrono_literals;

namespace {

/// Decodes every truncation of `body` and every one-byte change: an Error or a value, nothing else.
/// Answers how many were refused.
int damage(const std::string& body, const std::function<void(std::string_view)>& decode) {
  int refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    try {
      decode(bytes);
    } catch (const Error&) {
      ++refused;
    }
  };
  for (std::size_t length = 0; length < body.size(); ++length) attempt(body.substr(0, length));
  for (std::size_t at = 0; at < body.size(); ++at) {
    for (const char c : {'\0', '"', '{', '9', '-', '\xff'}) {
      std::string bytes = body;
      bytes[at] = c;
      attempt(bytes);
    }
  }
  return refused;
}

Instance a_full_instance() {
  Instance instance;
  instance.tries = 2;
  instance.lost = 1;
  instance.generation = 3;
  instance.ignored = true;
  instance.stopping = true;
  instance.stop_why = StopWhy::deadline;
  instance.ready_at = TimePoint{5s};
  instance.started_at = TimePoint{6s};
  instance.ended_at = TimePoint{7s};
  instance.due_at = TimePoint{8s};
  instance.deadline_at = TimePoint{9s};
  instance.paused_for = 3s;
  instance.output = JsonText{R"({"b":1,"a":[1.50,18446744073709551615]})"};
  Failure failure;
  failure.kind = FailureKind::exit;
  failure.message = "caf\xc3\xa9 \"quoted\"\nline";
  failure.exit_code = -7;
  failure.stack = "at x.yaml:3";
  failure.attempt = 4;
  failure.step = "a.b";
  instance.error = std::make_shared<const Failure>(failure);
  instance.note = "why";
  return instance;
}

RunFacts full_facts() {
  RunFacts facts;
  facts.inputs = JsonText{R"({"z":1,"a":2})"};
  facts.env = JsonText{R"({"A":"x"})"};
  facts.outputs = JsonText{"{}"};
  facts.paused = true;
  facts.paused_at = TimePoint{3s};
  facts.cancelling = true;
  facts.cancel_why = "no need";
  facts.started_at = TimePoint{1s};
  facts.ended_at = TimePoint{2s};
  facts.error = a_full_instance().error;
  facts.outcome = RunPhase::failed;
  return facts;
}

}  // namespace

TEST_CASE("a step's row holds everything that is not derived, byte for byte", "[core]") {
  const Instance instance = a_full_instance();
  Instance loaded;
  decode_instance(encode_instance(instance), loaded);
  CHECK(encode_instance(loaded) == encode_instance(instance));
  CHECK(loaded.output == instance.output);
  CHECK(*loaded.error == *instance.error);
  CHECK(loaded.stop_why == StopWhy::deadline);
  CHECK(loaded.paused_for == instance.paused_for);
}

TEST_CASE("the run's row holds all facts, byte for byte", "[core]") {
  const RunFacts facts = full_facts();
  RunFacts loaded;
  decode_facts(encode_facts(facts), loaded);
  CHECK(encode_facts(loaded) == encode_facts(facts));
  CHECK(loaded.inputs == facts.inputs);
  CHECK(loaded.outcome == RunPhase::failed);
}

TEST_CASE("every request comes back from the inbox as it went in", "[core]") {
  const std::vector<Happening> requests = {Start{JsonText{R"({"x": 1})"}},
                                           Pause{true},
                                           Pause{false},
                                           Resume{},
                                           Cancel{"why \" not"},
                                           Repair{{"a", "b[\"c\"]"}},
                                           Repair{{"a"}, true},
                                           Repair{},
                                           Resolve{"a", true, JsonText{"[1]"}, "seen"}};
  for (const Happening& request : requests) {
    const std::string body = encode_request(request);
    const Happening loaded = decode_request(static_cast<int>(request.index()), body);
    CHECK(loaded.index() == request.index());
    CHECK(encode_request(loaded) == body);
  }
  CHECK(std::get<Start>(decode_request(0, encode_request(requests[0]))).inputs.text ==
        R"({"x": 1})");
}

TEST_CASE("damaged bodies are an error that says so, never a crash", "[core]") {
  CHECK(damage(encode_instance(a_full_instance()), [](std::string_view bytes) {
          Instance instance;
          decode_instance(bytes, instance);
        }) > 100);
  CHECK(damage(encode_facts(full_facts()), [](std::string_view bytes) {
          RunFacts facts;
          decode_facts(bytes, facts);
        }) > 100);
  for (int kind = 0; kind <= 4; ++kind) {
    CHECK(damage(R"({"inputs":"{}","now":true,"why":"x","steps":["a"]})",
                 [kind](std::string_view bytes) { decode_request(kind, bytes); }) > 20);
  }
}

TEST_CASE("a body with members of the wrong type or without needed ones is refused", "[core]") {
  Instance instance;
  RunFacts facts;
  CHECK_THROWS_AS(decode_instance(R"({"tries":"two"})", instance), Error);
  CHECK_THROWS_AS(decode_instance(R"({"error":{"kind":"exit"}})", instance), Error);
  CHECK_THROWS_AS(decode_instance(R"({"stopping":-1})", instance), Error);
  CHECK_THROWS_AS(decode_instance(R"({"stopping":3})", instance), Error);
  CHECK_THROWS_AS(decode_instance("[]", instance), Error);
  CHECK_THROWS_AS(decode_facts(R"({"inputs":"{}"})", facts), Error);
  CHECK_THROWS_AS(decode_request(0, "{}"), Error);
  CHECK_THROWS_AS(decode_request(4, R"({"steps":[1]})"), Error);
}

TEST_CASE("members of a newer build are ignored, its requests are refused by number", "[core]") {
  Instance instance;
  decode_instance(R"({"tries":2,"novelty":[1,2]})", instance);
  CHECK(instance.tries == 2);
  CHECK_THROWS_WITH(decode_request(77, "{}"), "a request of kind 77 is not known here");
  CHECK(event_kind_name(0) == "start");
  CHECK(event_kind_name(7) == "attempt_ended");
  CHECK(event_kind_name(77) == "?");
}

TEST_CASE("an event row says what changed, why, and what was refused", "[core]") {
  Play play({.list = {{.id = "a"}}});
  Event event;
  event.inbox_seq = 3;
  event.what = Start{JsonText{"{}"}};
  event.slots = 1;
  const Applied started = apply(play.run, event, play.expressions);
  CHECK(encode_event(event, started, play.run) ==
        R"({"inbox":3,"run":"running","steps":[[1,"ready",0],[1,"running",1]]})");
  event.worker = 7;  // An event that is refused may be the first of a worker, too.
  const Applied again = apply(play.run, event, play.expressions);
  CHECK(encode_event(event, again, play.run) ==
        R"({"inbox":3,"refused":"the run has started already","run":"running","worker":7})");
  Failure failure;
  failure.exit_code = 2;
  failure.message = "exit code 2";
  failure.stack = "a.yaml:3: in the step";
  Event bad;
  bad.what = AttemptEnded{InstId{1}, 1, Failed{failure, std::nullopt}};
  const Applied failed = apply(play.run, bad, play.expressions);
  CHECK(encode_event(bad, failed, play.run)
            .find(R"("failure":{"exit_code":2,"kind":"exit","stack":"a.yaml:3: in the step"})") !=
        std::string::npos);
}

TEST_CASE("the checker knows every state that a step can be in", "[core]") {
  for (int i = 0; i <= static_cast<int>(StepState::interrupted); ++i) {
    const std::string state(name_of(static_cast<StepState>(i)));
    const auto compiled = dsl::compile(
        "steps: {a: {run: x}, b: {when: steps.a.state == '" + state + "', run: x}}", "a.yaml");
    CAPTURE(state);
    CHECK(compiled.diagnostics.empty());
  }
}

TEST_CASE("the words for states, phases and failures read back", "[core]") {
  for (int i = 0; i <= static_cast<int>(StepState::interrupted); ++i) {
    CHECK(step_state_of(name_of(static_cast<StepState>(i))) == static_cast<StepState>(i));
  }
  for (int i = 0; i <= static_cast<int>(RunPhase::quarantined); ++i) {
    CHECK(run_phase_of(name_of(static_cast<RunPhase>(i))) == static_cast<RunPhase>(i));
  }
  for (int i = 0; i <= static_cast<int>(FailureKind::cancelled); ++i) {
    CHECK(failure_kind_of(name_of(static_cast<FailureKind>(i))) == static_cast<FailureKind>(i));
  }
  CHECK_FALSE(step_state_of("done"));
  CHECK(name_of(static_cast<StepState>(200)) == "?");
}
