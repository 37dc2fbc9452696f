#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

constexpr Page all[] = {
    {PageKind::warning, "unused-input", "an input that nothing reads",
     R"(Whoever starts the workflow is asked for a value that changes nothing. Most
often the name was mistyped where it is read, or the step that read it is
gone.)",
     R"(inputs:
  day: {type: date, required: true}
steps:
  load: {run: "./load --day today"}
)",
     R"(inputs:
  day: {type: date, required: true}
steps:
  load: {run: "./load --day ${{ inputs.day }}"}
)",
     R"(Read it, or remove it.)"},
    {PageKind::warning, "unused-output", "an output that is kept for nobody",
     R"(With 'output:' what a script prints is parsed and stored, and a text that
does not parse fails the step. Steps come after it, and none of them reads
what it gave.)",
     R"(steps:
  - {id: count, run: ./count, output: json}
  - {id: report, run: ./report}
)",
     R"(steps:
  - {id: count, run: ./count, output: json}
  - {id: report, run: "./report ${{ steps.count.output.rows }}"}
)",
     R"(Read it, name it under 'outputs:' of the workflow, or remove 'output:': what
a script prints is in its log anyway.)"},
    {PageKind::warning, "unreachable", "a step that never runs",
     R"(Its condition is never true, or all that it needs never runs, or its case is
none that the value can have.)",
     R"(inputs:
  region: {type: string, enum: [eu, us]}
steps:
  load:
    switch:
      value: ${{ inputs.region }}
      cases:
        eu: {steps: [{id: here, run: ./load-eu}]}
        uk: {steps: [{id: there, run: ./load-uk}]}
)",
     R"(inputs:
  region: {type: string, enum: [eu, us]}
steps:
  load:
    switch:
      value: ${{ inputs.region }}
      cases:
        eu: {steps: [{id: here, run: ./load-eu}]}
        us: {steps: [{id: there, run: ./load-us}]}
)",
     R"(Remove the step, or mend the condition.)"},
    {PageKind::warning, "never-equal", "an input compared with what it never is",
     R"(An input with 'enum:' has one of a few values. Compared with any other, it
is different always.)",
     R"(inputs:
  region: {type: string, enum: [eu, us], required: true}
steps:
  load: {when: "inputs.region == 'uk'", run: ./load}
)",
     R"(inputs:
  region: {type: string, enum: [eu, us], required: true}
steps:
  load: {when: "inputs.region == 'us'", run: ./load}
)",
     R"(Write one of the values of the input, or add the value to its 'enum:'.)"},
    {PageKind::warning, "null-is-true", "null asked whether it is true",
     R"(In Lua only nil and false count as false. What a step did not give is JSON's
null, a value of its own, so 'x and x.y' goes on to read a field of nothing.
Only a whole 'when', and what else must give true or false, takes null for
false.)",
     R"(steps:
  - {id: ask, run: ./ask, output: json, on_error: continue}
  - id: tell
    lua: return steps.ask.output and steps.ask.output.name or "?"
)",
     R"(steps:
  - {id: ask, run: ./ask, output: json, on_error: continue}
  - id: tell
    lua: return steps.ask.output ~= null and steps.ask.output.name or "?"
)",
     R"(Compare with null.)"},
    {PageKind::warning, "may-be-missing", "a field of what a step may not have given",
     R"(A step that was skipped, or that may fail, gives no output; reading a field
of it fails the step that reads. An output of the workflow is null then.)",
     R"(steps:
  - id: build
    when: env.FULL == "yes"
    run: ./build
    output: json
  - id: publish
    run: ./publish ${{ steps.build.output.file }}
env: {FULL: "no"}
)",
     R"(steps:
  - id: build
    when: env.FULL == "yes"
    run: ./build
    output: json
  - id: publish
    when: steps.build.state == "succeeded"
    run: ./publish ${{ steps.build.output.file }}
env: {FULL: "no"}
)",
     R"(Ask for the state of the step, or for its output, before the field; or give
both steps the same 'when'.)"},
};

}  // namespace

std::span<const Page> finding_pages() { return all; }

}  // namespace pawl::dsl
