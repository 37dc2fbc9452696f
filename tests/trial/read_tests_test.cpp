#include "trial/read_tests.hpp"

#include "tests/trial/playing.hpp"

namespace pawl::trial {
namespace {

constexpr const char* workflow = R"(
name: flow
inputs:
  region: {type: string, enum: [eu, us], default: eu}
steps:
  build: {run: ./build, output: text}
  files: {needs: build, run: ls, output: lines}
  sleep: {needs: files, wait: 2h}
  review:
    needs: sleep
    approval: {title: Publish, options: [blue, green]}
  both:
    needs: review
    steps:
      left: {run: ./left}
      right: {wait: {signal: paid}}
outputs:
  url: ${{ steps.build.output }}
)";

std::string mistakes(const std::string& tests) { return mistakes_in(workflow, tests); }

TEST_CASE("a test file may name its workflow", "[trial]") {
  CHECK(workflow_named_in("workflow: ../deploy.yaml\ncases: []\n") == "../deploy.yaml");
  CHECK(workflow_named_in("cases: []\n") == std::nullopt);
  CHECK(workflow_named_in("[") == std::nullopt);
}

TEST_CASE("a case is read with all it says", "[trial]") {
  const TestFile file = read_tests(R"(
cases:
  - name: all keys
    inputs: {region: us}
    at: 2026-11-20T09:00:00Z
    by: ann
    mock:
      build: [{error: no route, takes: 5s}, {output: x}]
      review: {decision: green, by: "role:ops", after: 2h, comment: fine, form: {why: so}}
      both.right: {payload: {sum: 3}, after: 3h}
    signals: [{name: paid, payload: 1, after: 1m}]
    cancel: 6h
    pause: {after: 1h, length: 10m}
    expect:
      state: failed
      error: {kind: exit, message: route}
      steps: {build: succeeded}
      attempts: {build: 2}
      outputs: {url: x}
      order: [build, files]
      duration: 1h30m
)",
                                   graph_of(workflow)->plan());
  REQUIRE(file.diagnostics.empty());
  REQUIRE(file.cases.size() == 1);
  const Case& one = file.cases[0];
  CHECK(one.name == "all keys");
  CHECK(one.at.line == 3);
  CHECK(one.inputs.text == R"({"region":"us"})");
  CHECK(to_rfc3339(one.start) == "2026-11-20T09:00:00.000Z");
  CHECK(one.by == "user:ann");
  REQUIRE(one.mocks.size() == 3);
  REQUIRE(one.mocks[0].attempts.size() == 2);
  CHECK(one.mocks[0].attempts[0].error->message == "no route");
  CHECK(one.mocks[0].attempts[0].error->exit_code == 1);
  CHECK(one.mocks[0].attempts[0].takes == Millis{5000});
  CHECK(one.mocks[0].attempts[1].output->text == R"("x")");
  CHECK(one.mocks[1].decisions.at(0).option == "green");
  CHECK(one.mocks[1].decisions.at(0).by == "role:ops");
  CHECK(one.mocks[2].replies.at(0).payload.text == R"({"sum":3})");
  CHECK(one.signals.at(0).after == Millis{60'000});
  CHECK(one.cancel == Millis{6 * 3'600'000});
  CHECK(one.pause->length == Millis{600'000});
  CHECK(one.expect.state.value == core::RunPhase::failed);
  CHECK(one.expect.error_kind->value == core::FailureKind::exit);
  CHECK(one.expect.duration->value == Millis{5'400'000});
}

TEST_CASE("an unknown key is told with the nearest that there is", "[trial]") {
  CHECK(mistakes("cases:\n  - name: a\n    mocks: {}\n") ==
        "3:5 unknown-key: unknown key 'mocks'; did you mean 'mock'?\n");
  CHECK(mistakes("case: []\n").find("did you mean 'cases'?") != std::string::npos);
  CHECK(mistakes("cases:\n  - name: a\n    mock: {build: {outptu: x}}\n") ==
        "3:20 unknown-key: unknown key 'outptu'; did you mean 'output'?\n");
}

TEST_CASE("a step that the workflow does not have is told with the nearest", "[trial]") {
  CHECK(mistakes("cases:\n  - name: a\n    mock: {biuld: {}}\n") ==
        "3:12 unknown-step: the workflow has no step 'biuld'; did you mean 'build'?\n");
  CHECK(mistakes("cases:\n  - name: a\n    expect: {steps: {both.lfet: failed}}\n") ==
        "3:22 unknown-step: the workflow has no step 'both.lfet'; did you mean 'both.left'?\n");
  CHECK(mistakes("cases:\n  - name: a\n    expect: {order: [build, it]}\n") ==
        "3:29 unknown-step: the workflow has no step 'it'\n");
}

TEST_CASE("a mock fits the kind of its step", "[trial]") {
  CHECK(mistakes("cases:\n  - name: a\n    mock: {sleep: {}}\n") ==
        "3:12 wrong-type: 'sleep' waits for a time, which passes by itself in a test; "
        "leave it out\n");
  CHECK(mistakes("cases:\n  - name: a\n    mock: {both: {}}\n") ==
        "3:12 wrong-type: 'both' is a block of steps, which run in a test; "
        "mock both.left, both.right\n");
  CHECK(mistakes("cases:\n  - name: a\n    mock: {review: {decision: gren}}\n") ==
        "3:31 unknown-value: 'decision' takes blue, green or reject, not 'gren'; "
        "did you mean 'green'?\n");
  CHECK(mistakes("cases:\n  - name: a\n    mock: {review: {by: ann}}\n") ==
        "3:20 wrong-type: nothing says how 'review' is decided; write 'decision: blue'; without a "
        "mock nobody decides\n");
}

TEST_CASE("a mocked output has the type that the step's `output` gives", "[trial]") {
  CHECK(mistakes("cases:\n  - name: a\n    mock: {build: {output: 1}}\n") ==
        "3:28 wrong-type: 'output' takes a text, not '1'; "
        "the step says 'output: text'; put it in quotes\n");
  CHECK(mistakes("cases:\n  - name: a\n    mock: {files: {output: [a, 1]}}\n") ==
        "3:28 wrong-type: 'output' takes a list of texts, not a list; "
        "the step says 'output: lines'\n");
  CHECK(mistakes("cases:\n  - name: a\n    mock: {build: {output: x, error: y}}\n") ==
        "3:19 wrong-type: 'output' and 'error' stand side by side; an attempt ends in one way; "
        "write a list for several attempts\n");
}

TEST_CASE("inputs, times and words are checked", "[trial]") {
  CHECK(mistakes("cases:\n  - name: a\n    inputs: {regoin: eu}\n").find("did you mean") !=
        std::string::npos);
  CHECK(mistakes("cases:\n  - name: a\n    at: noon\n") ==
        "3:9 wrong-type: 'noon' is no time; a time reads 2026-11-20T09:00:00Z\n");
  CHECK(mistakes("cases:\n  - name: a\n    cancel: 5\n").find("duration: ") != std::string::npos);
  CHECK(mistakes("cases:\n  - name: a\n    expect: {state: done}\n") ==
        "3:21 unknown-value: 'state' takes succeeded, failed, cancelled, waiting or paused, "
        "not 'done'\n");
  CHECK(mistakes("cases:\n  - name: a\n    expect: {outputs: {ulr: x}}\n") ==
        "3:24 unknown-name: the workflow has no output 'ulr'; did you mean 'url'?\n");
}

TEST_CASE("cases have names, each its own", "[trial]") {
  CHECK(mistakes("cases:\n  - inputs: {}\n") ==
        "2:5 name: the case has no name; write '- name: what it shows'\n");
  CHECK(mistakes("cases:\n  - name: a\n  - name: a\n") ==
        "3:5 duplicate-id: there is a case named 'a' already; say what is different in this one\n");
  CHECK(mistakes("workflow: x.yaml\n") ==
        "1:1 no-steps: the test file has no 'cases'; "
        "write 'cases:' and below it '  - name: what it shows'\n");
  CHECK(mistakes("cases: 5\n") ==
        "1:8 wrong-type: 'cases' takes a list of cases, not '5'; "
        "write '- name: what it shows'\n");
}

}  // namespace
}  // namespace pawl::trial
