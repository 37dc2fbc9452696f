#include "dsl/compile.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace pawl::dsl {
namespace {

Plan plan_of(std::string_view yaml, std::string_view file = "test.yaml") {
  Compiled compiled = compile(yaml, file);
  std::string messages;
  for (const Diagnostic& one : compiled.diagnostics) messages += render(one, file, yaml);
  INFO(messages);
  REQUIRE(compiled.plan.has_value());
  return std::move(*compiled.plan);
}

StepId find(const Plan& plan, std::string_view path) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const StepId id{static_cast<std::int32_t>(i)};
    if (path_of(plan, id) == path) return id;
  }
  FAIL("no step " << path);
  return no_step;
}

const Step& step_of(const Plan& plan, std::string_view path) { return plan.step(find(plan, path)); }

/// "a written, b data".
std::string needs_of(const Plan& plan, std::string_view path) {
  std::string text;
  for (const Need& need : step_of(plan, path).needs) {
    if (!text.empty()) text += ", ";
    text += plan.step(need.step).id;
    text += need.source == NeedSource::written ? " written"
            : need.source == NeedSource::order ? " order"
                                               : " data";
  }
  return text;
}

std::string reads_of(const Plan& plan, std::string_view path) {
  std::string text;
  for (const StepId read : step_of(plan, path).reads) {
    if (!text.empty()) text += ", ";
    text += path_of(plan, read);
  }
  return text;
}

std::string rules_of(std::string_view yaml, const Limits& limits = {}) {
  std::string rules;
  for (const Diagnostic& one : compile(yaml, "test.yaml", limits).diagnostics) {
    if (!rules.empty()) rules += ", ";
    rules += one.rule;
  }
  return rules;
}

TEST_CASE("steps in a list need the one before, steps in a map only what they read",
          "[dsl][needs]") {
  SECTION("a list") {
    const Plan plan = plan_of("steps:\n- {id: a, run: x}\n- {id: b, run: x}\n- {id: c, run: x}\n");
    CHECK(needs_of(plan, "a") == "");
    CHECK(needs_of(plan, "b") == "a order");
    CHECK(needs_of(plan, "c") == "b order");
    CHECK(std::get<BlockSpec>(plan.steps[0].spec).is_list);
  }
  SECTION("a map") {
    const Plan plan = plan_of("steps: {a: {run: x}, b: {run: x}}");
    CHECK(needs_of(plan, "b") == "");
    CHECK_FALSE(std::get<BlockSpec>(plan.steps[0].spec).is_list);
  }
  SECTION("written needs replace the order of the list, and an empty list of them does too") {
    const Plan plan = plan_of(
        "steps:\n- {id: a, run: x}\n- {id: b, run: x}\n- {id: c, run: x, needs: a}\n"
        "- {id: d, run: x, needs: []}\n");
    CHECK(needs_of(plan, "c") == "a written");
    CHECK(needs_of(plan, "d") == "");
  }
  SECTION("a list keeps its order beside needs from data") {
    const Plan plan = plan_of(
        "steps:\n- {id: a, run: x}\n- {id: b, run: x}\n"
        "- {id: c, run: 'echo ${{ steps.a.output }}'}\n");
    CHECK(needs_of(plan, "c") == "a data, b order");
  }
}

TEST_CASE("every place that reads a step makes a need", "[dsl][needs]") {
  const auto needs = [](const std::string& keys) {
    return needs_of(plan_of("steps:\n  a: {run: x}\n  b:\n" + keys), "b");
  };
  CHECK(needs("    run: echo ${{ steps.a.output }}\n") == "a data");
  CHECK(needs("    run: [echo, '${{ steps.a.output }}']\n") == "a data");
  CHECK(needs("    lua: return steps.a.output\n") == "a data");
  CHECK(needs("    lua: return steps['a'].output\n") == "a data");
  CHECK(needs("    run: x\n    when: steps.a.output\n") == "a data");
  CHECK(needs("    run: x\n    when: ${{ steps.a.output }}\n") == "a data");
  CHECK(needs("    run: x\n    env: {A: '${{ steps.a.output }}'}\n") == "a data");
  CHECK(needs("    run: x\n    workdir: ${{ steps.a.output }}\n") == "a data");
  CHECK(needs("    run: x\n    hooks: {before: log(steps.a.output)}\n") == "a data");
  CHECK(needs("    run: x\n    hooks: {after: log(steps.a.output)}\n") == "a data");
  CHECK(needs("    run: x\n    hooks: {on_error: log(steps.a.output)}\n") == "a data");
  CHECK(needs("    run: x\n    retry: {max_attempts: 2, when: steps.a.output}\n") == "a data");
}

TEST_CASE("a need that is both written and read counts as written", "[dsl][needs]") {
  const Plan plan = plan_of("steps: {a: {run: x}, b: {lua: return steps.a, needs: [a, a]}}");
  CHECK(needs_of(plan, "b") == "a written");
  CHECK(reads_of(plan, "b") == "a");
}

TEST_CASE("a step that is only needed is not read", "[dsl][needs]") {
  const Plan plan = plan_of("steps: {a: {run: x}, b: {run: x, needs: a}}");
  CHECK(reads_of(plan, "b") == "");
}

TEST_CASE("whoever lists its needs may read steps by a computed name", "[dsl][needs]") {
  const Plan plan = plan_of(
      "inputs: {x: {}}\nsteps: {a: {run: x}, b: {run: x}, c: {lua: 'return steps[inputs.x]', "
      "needs: [a, b]}}");
  CHECK(reads_of(plan, "c") == "a, b");
}

TEST_CASE("reading an outer step from inside a block makes a need of the block", "[dsl][scope]") {
  const Plan plan = plan_of(
      "steps:\n  a: {run: x}\n  outer:\n    steps:\n      inner:\n        steps:\n"
      "          deep: {run: 'echo ${{ steps.a.output }} ${{ steps.side.output }}'}\n"
      "      side: {run: x}\n");
  CHECK(needs_of(plan, "outer") == "a data");
  CHECK(needs_of(plan, "outer.inner") == "side data");
  CHECK(needs_of(plan, "outer.inner.deep") == "");
  CHECK(reads_of(plan, "outer.inner.deep") == "a, outer.side");
}

TEST_CASE("blocks side by side may use the same ids", "[dsl][scope]") {
  const Plan plan = plan_of(
      "steps:\n  x: {steps: [{id: a, run: x}, {id: b, run: 'echo ${{ steps.a.output }}'}]}\n"
      "  y: {steps: {a: {run: x}, b: {run: 'echo ${{ steps.a.output }}'}}}\n");
  CHECK(reads_of(plan, "x.b") == "x.a");
  CHECK(reads_of(plan, "y.b") == "y.a");
}

TEST_CASE("blocks stand before their steps, steps in file order", "[dsl][plan]") {
  const Plan plan = plan_of(
      "steps:\n  a: {run: x}\n  b:\n    steps: {c: {run: x}, d: {run: x}}\n    fail_fast: true\n"
      "  e: {run: x}\n");
  std::string order;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    order += path_of(plan, StepId{static_cast<std::int32_t>(i)}) + " ";
  }
  CHECK(order == " a b b.c b.d e ");
  const auto& block = std::get<BlockSpec>(step_of(plan, "b").spec);
  CHECK(block.children == std::vector<StepId>{find(plan, "b.c"), find(plan, "b.d")});
  CHECK(block.fail_fast);
  CHECK(step_of(plan, "b.c").parent == find(plan, "b"));
}

TEST_CASE("hooks of the workflow stand last, without a parent and without needs", "[dsl][plan]") {
  const Plan plan = plan_of(
      "hooks:\n  finally: log(steps.a.output)\n  on_failure: log(error.message)\n"
      "steps: {a: {run: x}}\n");
  REQUIRE(plan.steps.size() == 4);
  CHECK(plan.hooks.last == StepId{2});
  CHECK(plan.hooks.on_failure == StepId{3});
  CHECK(plan.hooks.on_start == no_step);
  CHECK(plan.step(plan.hooks.last).parent == no_step);
  CHECK(path_of(plan, plan.hooks.last) == "hooks.finally");
  CHECK(needs_of(plan, "hooks.finally") == "");
  CHECK(reads_of(plan, "hooks.finally") == "a");
  CHECK(std::get<LuaSpec>(plan.step(StepId{3}).spec).code.text == "log(error.message)");
}

TEST_CASE("outputs tell which steps they read", "[dsl][plan]") {
  const Plan plan = plan_of(
      "outputs: {x: '${{ steps.b.output.url }}', y: 'fixed'}\nsteps: {a: {run: x}, b: {run: x}}");
  CHECK(plan.output_reads == std::vector<StepId>{find(plan, "b")});
  CHECK(plan.outputs.at(0).value.whole);
  CHECK(plan.outputs.at(1).value.is_literal());
}

TEST_CASE("joins are spelled as words or maps", "[dsl][plan]") {
  const Plan plan = plan_of(
      "steps:\n  a: {run: x}\n  b: {run: x}\n  all: {run: x, needs: a, join: all}\n"
      "  any: {run: x, needs: a, join: any}\n  always: {run: x, needs: a, join: always}\n"
      "  failed: {run: x, needs: a, join: failed}\n"
      "  two: {run: x, needs: [a, b], join: {at_least: 2, rest: cancel}}\n"
      "  one: {run: x, needs: [a, b], join: {any: true, rest: cancel}}\n");
  CHECK(step_of(plan, "a").join.rule == JoinRule::automatic);
  CHECK(step_of(plan, "all").join.rule == JoinRule::all);
  CHECK(step_of(plan, "any").join.rule == JoinRule::any);
  CHECK(step_of(plan, "always").join.rule == JoinRule::always);
  CHECK(step_of(plan, "failed").join.rule == JoinRule::failed);
  CHECK(step_of(plan, "two").join.rule == JoinRule::at_least);
  CHECK(step_of(plan, "two").join.at_least == 2);
  CHECK(step_of(plan, "two").join.cancel_rest);
  CHECK(step_of(plan, "one").join.rule == JoinRule::any);
  CHECK(step_of(plan, "one").join.cancel_rest);
}

TEST_CASE("defaults reach run and lua, and a step overrides key by key", "[dsl][settings]") {
  const Plan plan = plan_of(
      "defaults:\n  timeout: 10m\n  retry: {max_attempts: 3, delay: 2s, backoff: exponential}\n"
      "  kinds: {lua: {timeout: 5s}}\n"
      "steps:\n  a: {run: x}\n  b: {lua: return 1}\n  c: {run: x, retry: 5, timeout: 1h}\n"
      "  d: {run: x}\n  e: {steps: {f: {run: x}}}\n");
  CHECK(step_of(plan, "a").settings->timeout == std::chrono::minutes{10});
  CHECK(step_of(plan, "b").settings->timeout == std::chrono::seconds{5});
  CHECK(step_of(plan, "b").settings->retry.max_attempts == 3);
  CHECK(step_of(plan, "c").settings->retry.max_attempts == 5);
  CHECK(step_of(plan, "c").settings->retry.delay == std::chrono::seconds{2});
  CHECK(step_of(plan, "c").settings->timeout == std::chrono::hours{1});
  CHECK(step_of(plan, "e").settings->timeout == Millis{0});
  CHECK(step_of(plan, "a").settings == step_of(plan, "d").settings);
  CHECK(step_of(plan, "a").settings == step_of(plan, "e.f").settings);
}

TEST_CASE("every setting of a step reaches the plan", "[dsl][settings]") {
  const Plan plan = plan_of(
      "steps:\n  a:\n    run: x\n    name: A step\n    description: does x\n    deadline: 2h\n"
      "    shell: bash\n    output: lines\n    on_error: continue\n    weight: 2.5\n"
      "    success_codes: [0, 3]\n    lost_max: 2\n    workdir: sub\n    env: {A: 1, B: yes}\n"
      "    retry: {max_attempts: 4, delay: 1s, backoff: linear, factor: 3, max_delay: 1m, "
      "jitter: true, when: error.exit_code == 2}\n");
  const Step& step = step_of(plan, "a");
  CHECK(step.name == "A step");
  CHECK(step.description == "does x");
  CHECK(step.settings->deadline == std::chrono::hours{2});
  CHECK(step.settings->shell == Shell::bash);
  CHECK(step.settings->output == OutputFormat::lines);
  CHECK(step.settings->on_error == OnError::resume);
  CHECK(step.settings->weight == 2.5);
  CHECK(step.settings->success_codes == std::vector<std::int32_t>{0, 3});
  CHECK(step.settings->lost_max == 2);
  CHECK(step.settings->retry.max_attempts == 4);
  CHECK(step.settings->retry.backoff == Backoff::linear);
  CHECK(step.settings->retry.factor == 3);
  CHECK(step.settings->retry.max_delay == std::chrono::minutes{1});
  CHECK(step.settings->retry.jitter);
  CHECK(step.settings->retry.when->text == "error.exit_code == 2");
  CHECK(step.workdir->pieces.at(0).text == "sub");
  REQUIRE(step.env.size() == 2);
  CHECK(step.env[0].second.pieces.at(0).text == "1");
  CHECK(step.env[1].second.pieces.at(0).text == "yes");
}

TEST_CASE("where text is expected, a plain scalar is its source text", "[dsl][plan]") {
  const Plan plan = plan_of("steps: {a: {run: true, env: {A: 010, B: 1.0, C: null, D: ~}}}");
  const Step& step = step_of(plan, "a");
  CHECK(std::get<RunSpec>(step.spec).script.pieces.at(0).text == "true");
  CHECK(step.env.at(0).second.pieces.at(0).text == "010");
  CHECK(step.env.at(1).second.pieces.at(0).text == "1.0");
  CHECK(step.env.at(2).second.pieces.at(0).text == "null");
}

TEST_CASE("values in a script travel through variables", "[dsl][plan]") {
  const Plan plan = plan_of(
      "inputs: {x: {}}\nsteps:\n  a:\n    run: |\n      echo \"${{ inputs.x }}\" ${{ inputs.x "
      "}}\n");
  const auto& spec = std::get<RunSpec>(step_of(plan, "a").spec);
  REQUIRE(spec.values.size() == 2);
  CHECK(spec.values[0].code.text == "inputs.x");
  CHECK(spec.values[0].code.at.line == 5);
  CHECK(spec.values[0].code.at.column == 17);
  CHECK(spec.arguments.empty());
}

TEST_CASE("a list of arguments keeps each as a template", "[dsl][plan]") {
  const Plan plan = plan_of("inputs: {x: {}}\nsteps: {a: {run: [ls, -l, '${{ inputs.x }}', 5]}}");
  const auto& spec = std::get<RunSpec>(step_of(plan, "a").spec);
  REQUIRE(spec.arguments.size() == 4);
  CHECK(spec.arguments[1].pieces.at(0).text == "-l");
  CHECK(spec.arguments[2].whole);
  CHECK(spec.arguments[3].pieces.at(0).text == "5");
}

TEST_CASE("code knows the line and column where it begins", "[dsl][places]") {
  const Plan plan = plan_of(
      "steps:\n  a:\n    when: 1 == 1\n    lua: |\n      local x = 1\n      return x\n"
      "  b:\n    lua: return 1\n    hooks:\n      after: |-\n\n        log(1)\n");
  CHECK(step_of(plan, "a").when->at.line == 3);
  CHECK(step_of(plan, "a").when->at.column == 11);
  CHECK(std::get<LuaSpec>(step_of(plan, "a").spec).code.at.line == 5);
  CHECK(std::get<LuaSpec>(step_of(plan, "a").spec).code.at.column == 7);
  CHECK(std::get<LuaSpec>(step_of(plan, "b").spec).code.at.line == 8);
  CHECK(step_of(plan, "b").hooks->after->at.line == 11);
}

TEST_CASE("inputs carry their constraints and defaults", "[dsl][inputs]") {
  const Plan plan = plan_of(
      "inputs:\n  rows: {type: integer, minimum: 1, maximum: 9, default: 3}\n"
      "  region: {type: string, enum: [eu, us], required: true, description: where}\n"
      "  list: {type: list, default: [1, two, {a: true}]}\n"
      "  twice: {type: integer, default: \"${{ inputs.rows * 2 }}\"}\n"
      "  tag: {type: string, pattern: \"[a-z]+\", default: fivex}\n"
      "steps: {a: {run: x}}\n");
  REQUIRE(plan.inputs.size() == 5);
  CHECK(plan.inputs[0].constant == JsonText{"3"});
  CHECK(plan.inputs[0].minimum == 1.0);
  CHECK(plan.inputs[1].required);
  CHECK(plan.inputs[1].choices.size() == 2);
  CHECK(plan.inputs[2].constant == JsonText{R"([1,"two",{"a":true}])"});
  CHECK(plan.inputs[3].fallback->pieces.at(0).text == "inputs.rows * 2");
  CHECK_FALSE(plan.inputs[3].constant);
}

TEST_CASE("a workflow without a name takes that of its file", "[dsl][plan]") {
  CHECK(plan_of("steps: {a: {run: x}}", "flows/Nightly Report.v2.yaml").name == "nightly-report");
  CHECK(plan_of("name: other\nsteps: {a: {run: x}}", "flows/x.yaml").name == "other");
  CHECK(plan_of("steps: {a: {run: x}}", ".yaml").name == "workflow");
}

TEST_CASE("anchors, aliases and merge keys make steps", "[dsl][yaml]") {
  const Plan plan = plan_of(
      "x-base: &base {timeout: 10m, env: {A: b}}\nsteps:\n  a: &a {<<: *base, run: x}\n"
      "  b: {<<: *a, timeout: 1m}\n  c: *a\n");
  CHECK(step_of(plan, "a").settings->timeout == std::chrono::minutes{10});
  CHECK(step_of(plan, "b").settings->timeout == std::chrono::minutes{1});
  CHECK(step_of(plan, "c").settings->timeout == std::chrono::minutes{10});
  CHECK(step_of(plan, "c").env.size() == 1);
}

TEST_CASE("an item cannot have a name that means something else in code", "[dsl][foreach]") {
  for (const std::string name : {"file", "raw", "steps", "str", "coalesce"}) {
    CHECK(rules_of("steps: {a: {foreach: {items: [1], as: " + name + "}, run: x}}") == "id");
  }
  CHECK(rules_of("steps: {a: {foreach: {items: [1], as: path}, run: x}}") == "");
}

TEST_CASE("the limit of steps holds at its edge", "[dsl][limits]") {
  CHECK(rules_of("steps: {a: {run: x}, b: {run: x}}", {.steps = 2}) == "");
  CHECK(rules_of("steps: {a: {run: x}, b: {run: x}}", {.steps = 1}) == "too-many-steps");
  CHECK(rules_of("steps: {a: {run: x}, b: {steps: {c: {run: x}}}}", {.steps = 2}) ==
        "too-many-steps");
}

TEST_CASE("a plan of the compiler survives its codec", "[dsl][codec]") {
  const Plan plan = plan_of(
      "inputs: {x: {type: list, default: [1]}}\nhooks: {finally: log(1)}\noutputs: {o: '${{ "
      "steps.b.output }}'}\nsteps:\n  a: {run: 'echo ${{ inputs.x }}', retry: 3}\n  b: {steps: "
      "[{id: c, lua: return steps.a.output}]}\n");
  const std::string bytes = encode_plan(plan);
  CHECK(encode_plan(decode_plan(bytes)) == bytes);
}

/// A chain of steps in a map, or a list.
std::string a_file_of(int steps, bool as_list) {
  std::string yaml = "steps:\n";
  for (int i = 0; i < steps; ++i) {
    const std::string id = "s" + std::to_string(i);
    yaml += as_list ? "- id: " + id + "\n  run: \"true\"\n"
                    : "  " + id + ":\n    run: \"true\"\n" +
                          (i > 0 ? "    needs: s" + std::to_string(i - 1) + "\n" : "");
  }
  return yaml;
}

TEST_CASE("a plan grows in proportion to its file", "[dsl][limits]") {
  for (const bool as_list : {true, false}) {
    const Plan small = plan_of(a_file_of(500, as_list));
    const Plan large = plan_of(a_file_of(5000, as_list));
    CHECK(large.steps.size() == 10 * (small.steps.size() - 1) + 1);
    CHECK(large.steps.capacity() == large.steps.size());
    CHECK(encode_plan(large).size() < 11 * encode_plan(small).size());
    CHECK(large.step(StepId{1}).settings == large.step(StepId{5000}).settings);
  }
}

}  // namespace
}  // namespace pawl::dsl
