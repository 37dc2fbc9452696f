#include "cli/preview.hpp"

#include <catch2/catch.hpp>

#include "cli/preview_values.hpp"
#include "dsl/compile.hpp"
#include "golden.hpp"
#include "steps/expressions.hpp"

namespace pawl::cli {
namespace {

constexpr TimePoint noon{std::chrono::hours{24 * 365 * 50 + 12}};

dsl::Plan plan_of(const std::string& yaml) {
  const dsl::Compiled compiled = dsl::compile(yaml, "flow.yaml");
  INFO(dsl::render_all(compiled.diagnostics, "flow.yaml", yaml));
  REQUIRE(compiled.plan);
  return *compiled.plan;
}

Result<Preview> try_preview(const std::string& yaml, const std::string& inputs = "{}") {
  steps::LuaExpressions expressions;
  return preview_of(plan_of(yaml), {inputs}, expressions, noon);
}

Preview preview(const std::string& yaml, const std::string& inputs = "{}") {
  return try_preview(yaml, inputs).value();
}

/// "extract would run | review skipped: inputs.dry is true"
std::string outlook(const Preview& of) {
  std::string out;
  for (const PreviewStep& step : of.steps) {
    out += (out.empty() ? "" : " | ") + step.path + " " + std::string(words_of(step.forecast));
    if (!step.reason.empty()) out += ": " + step.reason;
  }
  return out;
}

std::string command(const std::string& steps, const std::string& inputs = "{}") {
  return preview(
             "inputs: {a: {}, n: {type: number, default: 3}, l: {type: list, default: [x, y z]}}\n"
             "steps:\n  first: {run: echo}\n  it:\n" +
                 steps,
             inputs)
      .steps.at(1)
      .command;
}

TEST_CASE("a switch is foreseen when its value is known", "[cli]") {
  const std::string yaml = R"yaml(
inputs: {region: {type: string, default: eu}}
steps:
  a: {run: pwd, output: text}
  s: {switch: {value: inputs.region, cases: {eu: {steps: {x: {run: pwd}}}, us: {run: pwd}}}}
  t: {switch: {value: steps.a.output, cases: {eu: {run: pwd}}, default: {run: pwd}}}
)yaml";
  CHECK(outlook(preview(yaml)) ==
        "a would run | s would run | s.eu would run | s.eu.x would run | "
        "s.us skipped: another case would be chosen | t would run | "
        "t.eu unknown: until a ended: ${{ steps.a.output }} | "
        "t.default unknown: until a ended: ${{ steps.a.output }}");
  CHECK(outlook(preview(yaml, R"({"region":"asia"})")).find("s skipped: no case for 'asia'") !=
        std::string::npos);
}

TEST_CASE("a loop and a race are told by their rules", "[cli]") {
  const Preview of = preview(R"yaml(
steps:
  poll:
    loop:
      steps: {ask: {run: "echo ${{ index }} ${{ previous }}"}}
      done: index == 3
      max: 5
      every: 90s
  first: {race: {a: {run: "echo ${{ env.PATH }}", env: {PATH: x}}, b: {run: pwd}}}
)yaml");
  CHECK(of.steps[0].command == "loop until index == 3, at most 5 rounds, every 1m30s");
  CHECK(of.steps[1].command == "echo ${{ index }} ${{ previous }}");
  CHECK(of.steps[2].command == "race of 2 branches");
}

TEST_CASE("what reads the item of a foreach is known for each item only", "[cli]") {
  const Preview of = preview(R"yaml(
inputs: {n: {type: integer, default: 3}}
steps:
  a: {run: seq 3, output: lines}
  b: {foreach: steps.a.output, run: "echo ${{ item }}"}
  c: {foreach: [1, 2], when: item > 1, run: echo}
  d:
    foreach: {items: "list.range(1, inputs.n)", as: x}
    steps: {e: {run: "echo ${{ x }} ${{ inputs.n }}"}}
)yaml");
  CHECK(outlook(of) ==
        "a would run | b would run | c unknown: for each item: item > 1 | d would run | "
        "d.e would run");
  CHECK(of.steps[1].command == "echo ${{ item }}");
  CHECK(of.steps[1].notes == std::vector<std::string>{"for each of steps.a.output"});
  CHECK(of.steps[2].notes == std::vector<std::string>{"for each of 2 items"});
  CHECK(of.steps[4].command == "echo ${{ x }} '3'");
}

const std::string nightly = R"(
name: nightly
inputs:
  day: {type: string, default: "${{ time.today() }}"}
  region: {type: string, enum: [eu, us], default: eu}
  rows: {type: integer, default: 1000}
  note: {type: string}
defaults: {timeout: 10m}
hooks:
  on_start: log("begin")
  finally: log("end")
steps:
  extract:
    run: ./extract --day ${{ inputs.day }} --rows ${{ inputs.rows }}
    output: json
    retry: {max_attempts: 7, delay: 2s, backoff: exponential, max_delay: 1m, jitter: true}
  transform:
    when: len(steps.extract.output.files) > 0
    shell: bash
    env: {REGION: "${{ inputs.region }}", FIRST: "${{ steps.extract.output.files[1] }}"}
    run: |
      for f in ${{ steps.extract.output.files }}; do
        echo "$f at ${{ inputs.region }}" '${{ run.number }}'
      done
  review:
    needs: extract
    when: inputs.region == "eu"
    lua: |
      local n = 1
      return n
    hooks: {after: "return output"}
  publish:
    needs: review
    run: [./publish, "${{ inputs.day }}", --all]
  archive:
    needs: extract
    steps:
      - {id: pack, run: ./pack, on_error: continue}
      - {id: send, run: ./send, deadline: 1h30m}
  alarm:
    needs: [publish, archive]
    join: failed
    run: ./alarm
outputs:
  url: ${{ steps.publish.output.url }}
  rows: ${{ steps.extract.output.rows }}
  day: ${{ inputs.day }}
)";

TEST_CASE("a preview shows inputs, steps with their commands, hooks and outputs",
          "[cli][preview]") {
  const Preview us = preview(nightly, R"({"region":"us"})");
  check_golden("preview.txt", preview_text(us));
  check_golden("preview.json", preview_record(us));
  CHECK(preview_paths(us) == "extract\narchive\narchive.pack\narchive.send\n");
  check_golden("preview_eu.txt", preview_text(preview(nightly)));
}

TEST_CASE("a workflow without inputs, hooks and outputs has a short preview", "[cli][preview]") {
  CHECK(preview_text(preview("steps: {a: {run: echo}}")) ==
        "  inputs  none\n  1 a         would run   echo\n  asks nobody, changes nothing\n");
}

TEST_CASE("a command is shown with its values in the quotes of their places", "[cli][preview]") {
  const std::string it = R"({"a":"it's"})";
  CHECK(command("    run: echo ${{ inputs.a }} \"${{ inputs.n }}\"\n", it) ==
        R"(echo 'it'\''s' "3")");
  CHECK(command("    run: [cp, \"${{ inputs.l }}\", \"-${{ inputs.a }}\"]\n", it) ==
        R"(cp x 'y z' '-it'\''s')");
  CHECK(command("    run: [cp, \"${{ steps.first.output }}\", b]\n", it) ==
        "cp ${{ steps.first.output }} b");
  CHECK(command("    lua: return 1\n") == "lua: return 1");
  CHECK(command("    lua: |\n      local x = 1\n      return x\n") == "lua, 2 lines");
}

TEST_CASE("a condition on inputs decides before the run", "[cli][preview]") {
  const std::string yaml =
      "inputs: {dry: {type: boolean, default: false}}\n"
      "steps:\n"
      "  - {id: a, when: not inputs.dry, run: echo}\n"
      "  - {id: b, run: echo}\n";
  CHECK(outlook(preview(yaml)) == "a would run: not inputs.dry is true | b would run");
  CHECK(outlook(preview(yaml, R"({"dry":true})")) ==
        "a skipped: not inputs.dry is false | b would run");
}

TEST_CASE("a condition on what a step gives is unknown until it ended", "[cli][preview]") {
  CHECK(outlook(preview("inputs: {all: {type: boolean, default: false}}\n"
                        "steps:\n"
                        "  a: {run: echo}\n"
                        "  b: {when: steps.a.output.x > 1, run: echo}\n"
                        "  c: {when: inputs.all or steps.a.output.x, run: echo}\n"
                        "  d: {needs: b, run: echo}\n"
                        "  e: {when: env.N == \"1\" and run.number > 1, run: echo}\n"
                        "env: {N: '1'}\n")) ==
        "a would run | b unknown: until a ended: steps.a.output.x > 1"
        " | c unknown: until a ended: inputs.all or steps.a.output.x"
        " | d unknown: if b runs"
        " | e unknown: until the run starts: env.N == \"1\" and run.number > 1");

  SECTION("unless the known part of it decides") {
    CHECK(outlook(preview("inputs: {all: {type: boolean, default: true}}\n"
                          "steps:\n"
                          "  a: {run: echo}\n"
                          "  c: {when: inputs.all or steps.a.output.x, run: echo}\n"
                          "  d: {when: not inputs.all and steps.a.output.x, run: echo}\n")) ==
          "a would run | c would run: inputs.all or steps.a.output.x is true"
          " | d skipped: not inputs.all and steps.a.output.x is false");
  }
  SECTION("an expression that could notice what is missing is not tried") {
    CHECK(outlook(preview("steps:\n"
                          "  a: {run: echo}\n"
                          "  b: {when: \"pcall(function() return steps.a.output.x end)\", run: e}\n"
                          "  c: {needs: a, when: \"steps[workflow.name] == nil\", run: e}\n"
                          "name: x\n")) ==
          "a would run"
          " | b unknown: until a ended: pcall(function() return steps.a.output.x end)"
          " | c unknown: until a ended: steps[workflow.name] == nil");
  }
}

TEST_CASE("the join of a step decides with what is known of its needs", "[cli][preview]") {
  const std::string begin =
      "inputs: {yes: {type: boolean, default: true}}\n"
      "steps:\n"
      "  off: {when: not inputs.yes, run: echo}\n"
      "  on: {run: echo}\n"
      "  maybe: {when: steps.on.output, run: echo}\n";
  const auto last = [&](const std::string& step) {
    const Preview all = preview(begin + "  x: {run: echo, " + step + "}\n");
    const PreviewStep& x = all.steps.back();
    return std::string(words_of(x.forecast)) + (x.reason.empty() ? "" : ": ") + x.reason;
  };
  CHECK(last("needs: [off, on]") == "would run");
  CHECK(last("needs: [off]") == "skipped: off would be skipped");
  CHECK(last("needs: [off, on], join: all") == "not run: off would be skipped");
  CHECK(last("needs: [off, on], join: any") == "would run");
  CHECK(last("needs: [off, on], join: {at_least: 2}") == "not run: off would be skipped");
  CHECK(last("needs: [off, on], join: always") == "would run");
  CHECK(last("needs: [off, on], join: failed") == "skipped: only if off or on fails");
  CHECK(last("needs: [maybe]") == "unknown: if maybe runs");
  CHECK(last("needs: [maybe, on]") == "would run");
  CHECK(last("needs: [maybe, on], join: all") == "unknown: if maybe runs");
}

TEST_CASE("an expression that cannot be evaluated fails its step, as it would", "[cli][preview]") {
  const Preview of = preview(
      "inputs: {o: {type: object, default: {x: 1}}}\n"
      "steps:\n"
      "  a: {run: \"echo ${{ inputs.o.y }}\"}\n"
      "  b: {needs: a, run: echo}\n"
      "  c: {when: inputs.o, run: echo, on_error: continue}\n"
      "  d: {needs: c, run: echo}\n"
      "  block:\n"
      "    steps:\n"
      "      - {id: e, run: \"echo ${{ inputs.o.y }}\"}\n");
  CHECK(of.steps[0].forecast == Forecast::would_fail);
  CHECK(of.steps[0].reason.find("flow.yaml:3: ") == 0);
  CHECK(of.steps[0].reason.find("it has: x") != std::string::npos);
  CHECK(of.steps[2].forecast == Forecast::would_fail);
  CHECK(of.steps[2].reason.find("when: ") == 0);
  CHECK(outlook(of).find("b not run: a would not succeed") != std::string::npos);
  CHECK(outlook(of).find("d would run") != std::string::npos);
  CHECK(outlook(of).find("block would fail: block.e would fail") != std::string::npos);
}

TEST_CASE("steps of a block share its outlook", "[cli][preview]") {
  const std::string block =
      "  block:\n"
      "    when: WHEN\n"
      "    steps:\n"
      "      - {id: b, run: echo}\n"
      "      - {id: c, when: inputs.yes, run: echo}\n";
  const auto of = [&](const std::string& when) {
    std::string yaml =
        "inputs: {yes: {type: boolean, default: false}}\nsteps:\n  a: {run: echo}\n" + block;
    yaml.replace(yaml.find("WHEN"), 4, when);
    return outlook(preview(yaml));
  };
  CHECK(of("inputs.yes") == "a would run | block skipped: inputs.yes is false");
  CHECK(of("not inputs.yes") ==
        "a would run | block would run: not inputs.yes is true"
        " | block.b would run | block.c skipped: inputs.yes is false");
  CHECK(of("steps.a.output") ==
        "a would run | block unknown: until a ended: steps.a.output"
        " | block.b unknown: if block runs | block.c skipped: inputs.yes is false");
}

TEST_CASE("steps stand in an order in which they can start", "[cli][preview]") {
  CHECK(preview_paths(preview("steps:\n"
                              "  last: {run: echo, needs: [middle]}\n"
                              "  middle: {run: \"echo ${{ steps.first.output }}\"}\n"
                              "  first: {run: echo}\n"
                              "  other: {run: echo}\n")) == "first\nmiddle\nlast\nother\n");
}

TEST_CASE("outputs are known, null, or unknown", "[cli][preview]") {
  const Preview of = preview(
      "inputs: {yes: {type: boolean, default: true}}\n"
      "steps:\n"
      "  off: {when: not inputs.yes, run: echo}\n"
      "  on: {run: echo}\n"
      "outputs:\n"
      "  a: ${{ inputs.yes }}\n"
      "  b: ${{ steps.off.output.url }}\n"
      "  c: ${{ steps.on.output.url }}\n"
      "  d: ${{ coalesce(steps.off.output, 5) }}\n");
  CHECK(of.outputs[0].value.text == "true");
  CHECK(of.outputs[1].value.is_null());
  CHECK(of.outputs[1].reason == "off would be skipped");
  CHECK(of.outputs[2].forecast == Forecast::unknown);
  CHECK(of.outputs[2].reason == "until on ended");
  CHECK(of.outputs[3].value.text == "5");
}

TEST_CASE("a run that could not start is told with the reason", "[cli][preview]") {
  const Result<Preview> refused = try_preview(
      "inputs: {o: {type: object, default: {x: 1}}}\n"
      "env: {A: \"${{ inputs.o.y }}\"}\n"
      "steps: {a: {run: echo}}\n");
  REQUIRE(!refused);
  CHECK(refused.error().message.find("env.A: ") == 0);
}

TEST_CASE("retries and limits are told in words", "[cli][preview]") {
  const auto notes = [](const std::string& settings) {
    std::string all;
    const Preview of = preview("steps: {a: {run: echo, " + settings + "}}");
    for (const std::string& note : of.steps[0].notes) {
      all += (all.empty() ? "" : "; ") + note;
    }
    return all;
  };
  CHECK(notes("timeout: 90s") == "timeout 1m30s");
  CHECK(notes("retry: 3") == "3 tries");
  CHECK(notes("retry: {max_attempts: 3, delay: 2s}") == "3 tries, 2s apart");
  CHECK(notes("retry: {max_attempts: 3, delay: 500ms, backoff: linear}") ==
        "3 tries, after 500ms, 1s");
  CHECK(notes("retry: {max_attempts: 9, delay: 1s, backoff: exponential, max_delay: 1m}") ==
        "9 tries, after 1s, 2s, 4s, 8s, … at most 1m");
  CHECK(notes("retry: {max_attempts: 2, delay: 1s, when: error.exit_code == 7}") ==
        "2 tries, 1s apart, if error.exit_code == 7");
  CHECK(notes("deadline: 2d, shell: bash, on_error: pause") ==
        "deadline 2d; under bash; a failure pauses the run");
}

}  // namespace
}  // namespace pawl::cli
