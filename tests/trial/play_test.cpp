#include "trial/play.hpp"

#include "tests/trial/playing.hpp"

namespace pawl::trial {
namespace {

TEST_CASE("steps end as the case says, after the time that it says", "[trial]") {
  const Playing playing(R"(
name: flow
steps:
  build: {run: ./build}
  push: {needs: build, run: "./push ${{ steps.build.output.image }}"}
outputs: {image: "${{ steps.build.output.image }}"}
)",
                        R"(
  mock:
    build: {output: {image: "x:1"}, takes: 10m}
    push: {takes: 30s}
  expect:
    steps: {build: succeeded, push: succeeded}
    outputs: {image: "x:1"}
    order: [build, push]
    duration: 10m30s
)");
  CHECK(playing.differences == "");
  CHECK(playing.missed() == "");
}

TEST_CASE("attempts end in the order of the list, and the last one repeats", "[trial]") {
  const Playing playing(R"(
name: flow
steps:
  push: {run: ./push, retry: {max_attempts: 4, delay: 1m, backoff: exponential}}
)",
                        R"(
  mock: {push: [{error: {exit_code: 2, message: no route}}, {error: again}]}
  expect:
    state: failed
    error: {kind: exit, message: again}
    attempts: {push: 4}
    duration: 7m
)");
  CHECK(playing.differences == "");
}

TEST_CASE("what was finished is taken back, and an undo needs no mock", "[trial]") {
  const Playing playing(R"(
name: flow
compensate: on_failure
steps:
  - {id: reserve, run: ./reserve, undo: {run: ./release}}
  - {id: pay, run: ./pay}
)",
                        R"(
  mock:
    reserve: {output: {id: 7}}
    pay: {error: no money}
    undo.reserve: {takes: 2m}
  expect:
    state: failed
    order: [reserve, pay, undo.reserve]
    duration: 2m
)");
  CHECK(playing.differences == "");
}

TEST_CASE("an output that its schema does not want fails the step", "[trial]") {
  const Playing playing(R"(
name: flow
steps:
  count: {run: ./count, output_schema: {type: integer}}
)",
                        R"(
  mock: {count: {output: many}}
  expect:
    state: failed
    error: {kind: output}
)");
  CHECK(playing.differences == "");
}

TEST_CASE("what differs is told with its line", "[trial]") {
  const Playing playing(R"(
name: flow
steps:
  a: {run: ./a}
  b: {needs: a, run: ./b}
outputs: {one: "${{ steps.a.output }}"}
)",
                        R"(
  mock: {a: {output: 1, takes: 1s}, b: {}}
  expect:
    steps: {a: failed}
    attempts: {a: 2}
    outputs: {one: 1.0}
    order: [b, a]
    duration: 2s
)");
  CHECK(playing.differences ==
        "6: steps.a: expected failed, seen succeeded\n"
        "7: attempts.a: expected 2, seen 1\n"
        "9: order: expected b, a, seen a, b\n"
        "10: duration: expected 2s, seen 1s\n");
}

TEST_CASE("a run step without a mock stops the case, with what to write", "[trial]") {
  const Playing playing("name: flow\nsteps:\n  build: {run: ./build}\n", "");
  CHECK(
      playing.differences ==
      "2: step 'build' (flow.yaml:3) starts a process, which a test does not, and the case has no "
      "mock for it; say what becomes of it, under 'mock': build: {output: VALUE}\n");
}

TEST_CASE("a lua step is run for real, and mocked where it needs the world", "[trial]") {
  constexpr const char* workflow = R"(
name: flow
steps:
  pure:
    lua: |
      sleep("90m")
      return memo("x", function() return inputs ~= nil end)
  asks:
    needs: pure
    lua: return pcall(fs.read, "x")
  calls:
    needs: asks
    lua: return shell("date")
)";
  CHECK(Playing(workflow, "  mock: {asks: {}}\n")
            .differences.find("step 'asks' (flow.yaml:8) calls fs.read") != std::string::npos);
  CHECK(Playing(workflow, "  mock: {asks: {output: 1}}\n").differences.find("calls shell") !=
        std::string::npos);
  const Playing playing(workflow, R"(
  mock: {asks: {output: 1}, calls: {output: {stdout: Mon}}}
  expect: {duration: 90m}
)");
  CHECK(playing.differences == "");
}

TEST_CASE("hooks, conditions and expressions in commands are evaluated for real", "[trial]") {
  constexpr const char* workflow = R"(
name: flow
inputs: {skip: {type: boolean, default: false}}
hooks:
  on_failure: log(error.message)
steps:
  load:
    run: ./load ${{ steps.list.output.name }}
    hooks:
      before: if inputs.skip then skip("asked") end
      after: return {rows = output.rows * 2}
      on_error: |
        if error.exit_code == 9 then return ignore({rows = 0}) end
  list: {run: ./list}
outputs: {rows: "${{ steps.load.output.rows }}"}
)";
  CHECK(Playing(workflow, R"(
  mock: {list: {output: {name: x}}, load: {output: {rows: 4}}}
  expect: {outputs: {rows: 8}}
)")
            .differences == "");
  CHECK(Playing(workflow, R"(
  inputs: {skip: true}
  mock: {list: {output: {name: x}}, load: {output: {rows: 4}}}
  expect: {steps: {load: skipped}, outputs: {rows: null}}
)")
            .differences == "");
  const Playing ignored(workflow, R"(
  mock: {list: {output: {name: x}}, load: {error: {exit_code: 9}}}
  expect: {steps: {load: failed}}
)");
  CHECK(ignored.differences == "");
  CHECK(ignored.missed() == "hooks.on_failure\n");
  CHECK(Playing(workflow, R"(
  mock: {list: {output: {nam: x}}}
  expect: {state: failed, error: output has no field 'name'}
)")
            .differences == "");
}

TEST_CASE("time limits are kept in virtual time", "[trial]") {
  constexpr const char* workflow = R"(
name: flow
steps:
  slow: {run: ./slow, timeout: 1h, deadline: 2h30m, retry: {max_attempts: 9, delay: 10m}}
)";
  CHECK(Playing(workflow, R"(
  mock: {slow: {takes: 1h}}
  expect: {duration: 1h}
)")
            .differences == "");
  CHECK(Playing(workflow, R"(
  mock: {slow: [{takes: 2h}, {takes: 5m}]}
  expect: {attempts: {slow: 2}, duration: 1h15m}
)")
            .differences == "");
  CHECK(Playing(workflow, R"(
  mock: {slow: {takes: 2h}}
  expect: {state: failed, error: {kind: timeout, message: deadline of 2h30m}, duration: 2h30m}
)")
            .differences == "");
}

TEST_CASE("people and signals come when the case says, or never", "[trial]") {
  constexpr const char* workflow = R"(
name: flow
steps:
  review: {approval: {title: Go, allow_self: false, expires: 24h, on_expire: fail}}
  paid:
    needs: review
    wait: {signal: paid, match: output.sum > 2, timeout: 7d}
)";
  CHECK(Playing(workflow, R"(
  mock: {review: {decision: approve, after: 2h}, paid: {payload: {sum: 3}, after: 1h}}
  expect: {duration: 3h}
)")
            .differences == "");
  CHECK(Playing(workflow, R"(
  mock: {review: {decision: reject, by: ann, comment: too soon}}
  expect: {state: failed, error: {kind: rejected, message: too soon}, steps: {paid: not_run}}
)")
            .differences == "");
  CHECK(Playing(workflow, R"(
  expect: {state: failed, error: {kind: timeout, message: nobody decided}, duration: 24h}
)")
            .differences == "");
  const Playing early(workflow, R"(
  mock: {review: {decision: approve, after: 3h}}
  signals: [{name: paid, payload: {sum: 1}, after: 1h}, {name: paid, payload: {sum: 5}, after: 2h}]
  expect: {duration: 3h}
)");
  CHECK(early.differences == "");
  CHECK(early.missed() == "review: rejected\nreview: expires\npaid: times out\n");
  CHECK(Playing(workflow, "  by: ann\n  mock: {review: {decision: approve, by: ann}}\n")
            .differences ==
        "4: the decision of user:ann on 'review' was refused: you started this run, so somebody "
        "else has to decide (allow_self: false)\n");
}

TEST_CASE("a run that waits for ever ends its case with what it waits for", "[trial]") {
  constexpr const char* workflow = R"(
name: flow
steps:
  review: {approval: {title: Go}}
  paid: {wait: {signal: paid}}
)";
  CHECK(
      Playing(workflow, "").differences ==
      "2: state: expected succeeded, seen waiting for ever: 'review' for a decision, 'paid' for "
      "the signal 'paid'; say under 'mock' or 'signals' what comes, or expect 'state: waiting'\n");
  CHECK(Playing(workflow, "  expect: {state: waiting}\n").differences == "");
}

TEST_CASE("a case can cancel its run, and pause it", "[trial]") {
  constexpr const char* workflow = R"(
name: flow
steps:
  a: {run: ./a, hooks: {on_cancel: log("stopped")}}
  b: {needs: a, run: ./b}
)";
  CHECK(Playing(workflow, R"(
  mock: {a: {takes: 2h}, b: {}}
  cancel: 30m
  expect: {state: cancelled, steps: {a: cancelled, b: cancelled}, duration: 30m}
)")
            .differences == "");
  CHECK(Playing(workflow, R"(
  mock: {a: {takes: 2h}, b: {}}
  pause: {after: 1h, length: 3h}
  expect: {duration: 4h}
)")
            .differences == "");
  CHECK(Playing(workflow, R"(
  mock: {a: {takes: 2h}, b: {}}
  pause: {after: 1h}
  expect: {state: paused, steps: {a: succeeded, b: ready}}
)")
            .differences == "");
}

TEST_CASE("items and rounds have mocks of their own, or share one", "[trial]") {
  const Playing playing(R"(
name: flow
steps:
  sign:
    foreach: {items: "${{ list{'eu', 'us', 'ap'} }}", key: item, max_parallel: 1, tolerate: 1}
    run: ./sign ${{ item }}
  poll:
    needs: sign
    loop:
      max: 5
      every: 10m
      done: output.ready
      steps: [{id: check, run: ./check}]
outputs: {signed: "${{ steps.sign.output }}"}
)",
                        R"(
  mock:
    sign: {output: 1, takes: 1m}
    sign["us"]: {error: no key}
    poll.check: {output: {ready: false}}
    poll#3.check: {output: {ready: true}}
  expect:
    steps: {'sign["eu"]': succeeded, 'sign["us"]': failed, poll#3.check: succeeded}
    outputs: {signed: [1, null, 1]}
    duration: 22m
)");
  CHECK(playing.differences == "");
  CHECK(playing.missed() == "");
}

TEST_CASE("coverage names the steps and the ways that no case has taken", "[trial]") {
  const Playing playing(R"(
name: flow
inputs: {to: {type: string, default: eu}}
steps:
  route:
    switch:
      value: inputs.to
      cases:
        eu: {steps: {ship: {run: ./ship}}}
        us: {steps: {fly: {run: ./fly}}}
  extra: {when: inputs.to == "us", run: ./extra}
  load: {run: ./load, retry: 2, on_error: continue}
  ask: {approval: {title: Which, options: [blue, green], expires: 1h}}
  rescue: {needs: ask, join: failed, run: ./rescue}
)",
                        "  mock: {route.eu.ship: {}, load: {}, ask: {decision: blue}}\n");
  CHECK(playing.differences == "");
  CHECK(playing.missed() ==
        "route: no case fits\nroute.us.fly\nextra\nextra: `when` holds\nload: is tried again\n"
        "load: fails\nask: green\nask: rejected\nask: expires\nrescue\n");
  CHECK(playing.coverage.steps().reached == 3);
  CHECK(playing.coverage.steps().count == 6);
  CHECK(playing.coverage.branches().reached == 2);
  CHECK(playing.coverage.branches().count == 9);
}

TEST_CASE("the same case gives the same run", "[trial]") {
  constexpr const char* workflow = R"(
name: flow
steps:
  a: {run: ./a, retry: {max_attempts: 5, delay: 1m, backoff: exponential, jitter: true}}
  b: {lua: return time.now()}
)";
  const std::string keys = "  mock: {a: [{error: x}, {error: x}, {error: x}, {output: 1}]}\n";
  const Playing one(workflow, keys), other(workflow, keys);
  CHECK(one.differences == "");
  CHECK(one.seen.now == other.seen.now);
  CHECK(one.seen.run.instances[2].output == other.seen.run.instances[2].output);
}

TEST_CASE("a run in which too much happens is stopped", "[trial]") {
  const auto graph = graph_of(R"(
name: flow
steps:
  poll:
    loop:
      max: 1000000
      done: "false"
      steps: [{id: check, run: ./check}]
)");
  Coverage coverage(graph);
  const TestFile file = read_tests("cases:\n- name: it\n  mock: {poll.check: {}}\n", graph->plan());
  const Seen seen = play(graph, file.cases.at(0), coverage, 100);
  CHECK(seen.events == 100);
  REQUIRE(seen.stopped.size() == 1);
  CHECK(seen.stopped[0].what == "the run has not ended after 100 events");
}

}  // namespace
}  // namespace pawl::trial
