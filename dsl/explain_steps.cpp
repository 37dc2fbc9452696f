#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

constexpr Page all[] = {
    {PageKind::error, "no-steps", "a workflow without 'steps'",
     R"(Steps are what a workflow does. Without the key it does nothing, which is
never meant.)",
     R"(name: hello
)",
     R"(name: hello
steps:
  greet: {run: echo hello}
)",
     R"(Write 'steps:' and below it a map of steps, or a list that runs in order.)"},
    {PageKind::error, "empty-block", "'steps' without a step in it",
     R"(A block, or a whole workflow, that holds no step does nothing and has no
output.)",
     R"(steps: {}
)",
     R"(steps:
  greet: {run: echo hello}
)",
     R"(Write at least one step, or remove the block.)"},
    {PageKind::error, "foreach", "a 'foreach' that cannot be run",
     R"(It needs items: an expression that gives a list, the list itself, or a map
with 'items' and how they are run.)",
     R"(steps:
  visit:
    foreach: {max_parallel: 2}
    run: echo visiting
)",
     R"(steps:
  visit:
    foreach: {items: [eu, us], max_parallel: 2}
    run: echo visiting ${{ item }}
)",
     R"(Write 'items:', or the list itself: 'foreach: [eu, us]'.)"},
    {PageKind::error, "approval", "an 'approval' that nobody could answer",
     R"(An approval asks people, so it says what is to be decided; and when it asks
for more people than it names, nobody could ever approve it.)",
     R"(steps:
  review:
    approval: {approvers: [ana, ben], quorum: 3}
)",
     R"(steps:
  review:
    approval: {title: "Publish?", approvers: [ana, ben], quorum: 2}
)",
     R"(Write a 'title', and no greater 'quorum' than there are approvers.)"},
    {PageKind::error, "wait", "a 'wait' that does not say what for",
     R"(A wait ends at a time or with a signal, and not with both: which of the two
was it, and what is its output?)",
     R"(steps:
  paid:
    wait: {signal: paid, at: 2026-12-01T09:00:00Z}
)",
     R"(steps:
  paid:
    race:
      signal: {wait: {signal: paid}}
      late: {wait: {at: 2026-12-01T09:00:00Z}}
)",
     R"(Write a duration, 'at' or 'signal'. For what comes first make a 'race'.)"},
    {PageKind::error, "effects", "'effects: once' beside what would do it again",
     R"(What happens once is never done again blindly: not by 'retry', and not by a
block that is tried again as a whole, for a failed attempt may have done it.
'verify' is asked only of such steps; others just run again.)",
     R"(steps:
  charge:
    run: ./charge
    effects: once
    retry: 3
)",
     R"(steps:
  charge:
    run: ./charge
    effects: once
    verify: {run: ./was-it-charged}
)",
     R"(Leave out 'retry', or 'effects'. When the command itself knows that nothing
was sent, let it try again inside of the step. 'undo' cannot stand in a block
with 'retry' either: only the last generation would be taken back. And no
step is called 'undo' in a file that compensates: undo.charge takes back.)"},
    {PageKind::error, "loop", "a 'loop' that would not know when to end",
     R"(A loop runs its steps again and again. 'done' says after each round whether
it was the last, and 'max' how many there may be: a loop without a bound
would run for ever when 'done' has a mistake.)",
     R"(steps:
  poll:
    loop:
      steps:
        ask: {run: ./status, output: json}
      done: output.ask.ready
)",
     R"(steps:
  poll:
    loop:
      steps:
        ask: {run: ./status, output: json}
      done: output.ask.ready
      max: 100
      every: 1m
)",
     R"(Write 'steps', 'done' and 'max'. For a fixed number of rounds write
'done: index == 5'.)"},
    {PageKind::error, "race", "a branch of a race that waits for another",
     R"(The branches of a race start together, and the first that succeeds ends the
others. One that reads another would wait for it, and could never win.)",
     R"(steps:
  first:
    race:
      get: {run: ./get, output: text}
      use: {run: "./use ${{ steps.get.output }}"}
)",
     R"(steps:
  first:
    race:
      own:
        steps:
          - id: get
            run: ./get
            output: text
          - id: use
            run: ./use ${{ steps.get.output }}
      mirror: {run: ./use mirror}
)",
     R"(Put the steps that follow each other into a block, as one branch.)"},
    {PageKind::error, "switch", "a 'switch' that cannot choose",
     R"(A switch compares its value with its cases, as text, and runs the step of
the one that is equal. So it needs both.)",
     R"(steps:
  route:
    switch:
      cases:
        eu: {run: ./publish eu}
)",
     R"(inputs:
  region: {type: string, required: true}
steps:
  route:
    switch:
      value: inputs.region
      cases:
        eu: {run: ./publish eu}
      default: {run: ./publish world}
)",
     R"(Write 'value' and 'cases'.)"},
    {PageKind::error, "no-kind", "a step that does nothing",
     R"(What a step does is its kind: 'run' (a shell script or a program), 'lua' (a
Lua block), 'steps' (a block of steps), 'switch', 'loop', 'race', 'wait' or
'approval'. This step has none of them.)",
     R"(steps:
  build:
    needs: []
    timeout: 10m
)",
     R"(steps:
  build:
    needs: []
    timeout: 10m
    run: make
)",
     R"(Add one of 'run', 'lua' and 'steps'; look for a wrong indentation of it.)"},
    {PageKind::error, "two-kinds", "a step that does two things",
     R"(A step has exactly one of 'run', 'lua' and 'steps': with two, their order,
their retries and their output would be a guess.)",
     R"(steps:
  build:
    run: make
    lua: return {built = true}
)",
     R"(steps:
  - id: build
    run: make
  - id: result
    lua: return {built = true}
)",
     R"(Make two steps of it, or move the Lua into the step's hook 'after'.)"},
    {PageKind::error, "no-id", "a step of a list without an 'id'",
     R"(Every step has a name of its own, by which others read it and people retry
it. In a map the key is the id; in a list it is written.)",
     R"(steps:
  - run: make
)",
     R"(steps:
  - id: build
    run: make
)",
     R"(Write 'id:' as the first line of the item.)"},
    {PageKind::error, "duplicate-id", "an id that another step in scope has",
     R"(Inside a block all ids of the blocks around it can be read. An id that is
used again would make 'steps.a' mean two things.)",
     R"(steps:
  - id: load
    run: ./load
  - id: load
    run: ./load again
)",
     R"(steps:
  - id: load
    run: ./load
  - id: load_again
    run: ./load again
)",
     R"(Give one of them another id; the message names the line of the other.)"},
    {PageKind::error, "unknown-step", "a step that does not exist here",
     R"(The name after 'steps.' or in 'needs' is the id of no step that can be seen
from here: siblings, and siblings of the blocks around. Steps inside another
block are seen through the block only: steps.block.output.)",
     R"(steps:
  fetch: {run: ./fetch}
  build: {run: ./build, needs: fecth}
)",
     R"(steps:
  fetch: {run: ./fetch}
  build: {run: ./build, needs: fetch}
)",
     R"(Correct the id. For a step of a list inside a block, read the block.)"},
    {PageKind::error, "needs-outside", "'needs' with a step outside the block",
     R"('needs' orders the steps of one block. To wait for a step outside, the whole
block waits, or the step reads its output, which makes the block wait by
itself.)",
     R"(steps:
  fetch: {run: ./fetch}
  build:
    steps:
      compile: {run: ./compile, needs: fetch}
)",
     R"(steps:
  fetch: {run: ./fetch}
  build:
    needs: fetch
    steps:
      compile: {run: ./compile}
)",
     R"(Move the need to the block.)"},
    {PageKind::error, "self", "a step that waits for itself",
     R"(It would never start. A step inside a block cannot wait for the block
either, which ends only when the step has ended.)",
     R"(steps:
  count:
    lua: return len(steps.count.output)
)",
     R"(steps:
  count:
    lua: return {1, 2}
    hooks:
      after: return len(output)
)",
     R"(A step's own output is 'output' in its hook 'after'. Otherwise remove the
need.)"},
    {PageKind::error, "cycle", "steps that wait for each other",
     R"(Each of them needs another one of the round, so none could ever start. Needs
come from 'needs', and from reading 'steps.NAME' anywhere in a step.)",
     R"(steps:
  a: {run: "echo ${{ steps.b.output }}", output: text}
  b: {run: "echo ${{ steps.a.output }}", output: text}
)",
     R"(steps:
  a: {run: echo one, output: text}
  b: {run: "echo ${{ steps.a.output }}"}
)",
     R"(Break the round at one place: remove a need, or split the step whose first
half the others need and whose second half needs the others.)"},
    {PageKind::error, "join", "a join that can never be met",
     R"('join: {at_least: n}' starts the step at the n-th success among its needs.
With fewer needs than n it would never start. A join has one rule: 'any' or
'at_least', and not both.)",
     R"(steps:
  a: {run: ./vote a}
  b: {run: ./vote b}
  decide: {run: ./decide, needs: [a, b], join: {at_least: 3}}
)",
     R"(steps:
  a: {run: ./vote a}
  b: {run: ./vote b}
  decide: {run: ./decide, needs: [a, b], join: {at_least: 2}}
)",
     R"(Lower 'at_least', or add needs.)"},
    {PageKind::error, "not-needed", "a hook reads a step that may not have ended",
     R"(The hooks 'on_progress', 'on_retry' and 'on_cancel' run in the middle of a
step and make no needs of their own: what they read has to be a need
already, or it might not be there yet.)",
     R"(steps:
  plan: {lua: "return {rows = 10}"}
  load:
    run: ./load
    hooks:
      on_retry: log("again, of", steps.plan.output.rows)
)",
     R"(steps:
  plan: {lua: "return {rows = 10}"}
  load:
    needs: plan
    run: ./load
    hooks:
      on_retry: log("again, of", steps.plan.output.rows)
)",
     R"(Add the step to 'needs', or read it in 'before', 'after' or 'on_error'.)"},
    {PageKind::error, "dynamic-steps", "steps read by a computed name",
     R"(The order of steps is known before a run, from the names that they read.
From 'steps[x]' or an alias of 'steps' no name can be known, so a step that
does this has to list what it reads.)",
     R"(inputs:
  which: {type: string, enum: [a, b], default: a}
steps:
  a: {lua: return 1}
  b: {lua: return 2}
  use: {lua: "return steps[inputs.which].output"}
)",
     R"(inputs:
  which: {type: string, enum: [a, b], default: a}
steps:
  a: {lua: return 1}
  b: {lua: return 2}
  use: {needs: [a, b], lua: "return steps[inputs.which].output"}
)",
     R"(Write steps.NAME, or list the steps in 'needs:'.)"},
    {PageKind::error, "no-steps-here", "'steps' read where no step has run yet",
     R"(Defaults of inputs, the 'env' of the workflow and 'defaults' are made once,
when the run starts. No step has an output by then.)",
     R"(env:
  DAY: "${{ steps.day.output }}"
steps:
  day: {run: date +%F, output: text}
  load: {run: ./load}
)",
     R"(steps:
  day: {run: date +%F, output: text}
  load:
    env: {DAY: "${{ steps.day.output }}"}
    run: ./load
)",
     R"(Read it in the 'env' of the step that needs it.)"},
};

}  // namespace

std::span<const Page> step_pages() { return all; }

}  // namespace pawl::dsl
