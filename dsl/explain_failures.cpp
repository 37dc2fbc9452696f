#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

constexpr Page all[] = {
    {PageKind::failure, "exit", "the program ended with an exit code that is no success",
     R"(The process of the step has ended by itself and said that it failed. 0 is
success unless 'success_codes' says otherwise; 127 means that there is no
such program, 126 that it cannot be run. error.exit_code has the number, the
message the last line of stderr.)",
     R"(steps:
  find:
    run: grep --quiet needle /dev/null
)",
     R"(steps:
  find:
    run: grep --quiet needle /dev/null
    success_codes: [0, 1]
)",
     R"(Read its output: pawl logs RUN STEP. When it was bad luck, pawl retry RUN
runs it again; 'retry:' does so by itself, and retry.when chooses by
error.exit_code.)"},
    {PageKind::failure, "signal", "the program was killed by a signal",
     R"(Something outside has ended the process: SIGKILL often is the kernel that
ran out of memory, SIGSEGV a bug of the program, SIGTERM somebody's command.
Pawl's own signals, at a timeout or a cancel, are not reported as this.)",
     R"(steps:
  work:
    run: kill -KILL $$
)",
     R"(steps:
  work:
    run: echo done
)",
     R"(For SIGKILL look at the memory of the machine (dmesg) and let the step take
less; for SIGSEGV and SIGABRT at the program. 'retry:' helps against what
passes by itself.)"},
    {PageKind::failure, "timeout", "an attempt took longer than its 'timeout' or 'deadline'",
     R"('timeout' bounds one attempt, 'deadline' a step with all its attempts and
waits. The processes of the attempt got SIGTERM and, when they stayed,
SIGKILL.)",
     R"(steps:
  wait:
    run: sleep 60
    timeout: 100ms
)",
     R"(steps:
  wait:
    run: sleep 0.1
    timeout: 1m
)",
     R"(See where the time went: pawl logs RUN STEP. Raise the limit when the work
is longer now; add 'retry:' when it hangs at times; checkpoints let the next
attempt go on.)"},
    {PageKind::failure, "lua", "Lua code raised an error, or called fail()",
     R"(A 'lua' step or a hook has stopped: a field of nothing was read, a function
got a wrong argument, or the code said fail("why"). "attempt to index a nil
value, field 'x'" means that there is no x: the name is wrong, or the value
before it has no such field. The traceback has the lines of your YAML file.)",
     R"(steps:
  count:
    lua: |
      local files = nil
      return #files
)",
     R"(steps:
  count:
    lua: |
      local files = list{}
      return #files
)",
     R"(pawl show RUN STEP has the message and the traceback. coalesce(x, default)
helps where a value may be missing.)"},
    {PageKind::failure, "expression", "an expression could not be evaluated",
     R"(A '${{ … }}' or 'when' of the step failed with the values of this run:
mostly a field that the output of another step does not have. It would fail
again with the same values, so it is not retried unless retry.when says so.)",
     R"(steps:
  count: {lua: "return {rows = 3}"}
  show: {run: "echo ${{ steps.count.output.files.first }}"}
)",
     R"(steps:
  count: {lua: "return {rows = 3}"}
  show: {run: "echo ${{ steps.count.output.rows }}"}
)",
     R"(The message names the path and the fields that are there; pawl show RUN STEP
of the other step shows its output. Mend the file and run it again.)"},
    {PageKind::failure, "output", "what a step gave is no output",
     R"(With 'output: json' its stdout was not one JSON value, or the output is
larger than an output may be, or it is not what 'output_schema' wants: then
the message names the place in it. The step's work was done; its result was
not taken.)",
     R"(steps:
  count:
    run: echo three rows
    output: json
)",
     R"(steps:
  count:
    run: echo '{"rows":3}'
    output: json
)",
     R"(Print nothing but JSON on stdout; talk goes to stderr (>&2). Write large
results to a file and give its path.)"},
    {PageKind::failure, "limit", "code used more time or memory than it may",
     R"(Hooks and expressions have a bound of CPU time and memory, so that none can
hold up a worker. It would fail again in the same way, so it is not retried
unless retry.when says so.)",
     R"(steps:
  spin:
    run: echo done
    hooks:
      after: while true do end
)",
     R"(steps:
  spin:
    run: echo done
    hooks:
      after: return 1
)",
     R"(Do long work in a 'lua' or 'run' step of its own, and in smaller parts.)"},
    {PageKind::failure, "resource", "the machine could not give what the step needs",
     R"(The attempt did not begin: no process could be made, a disk was full, a file
that Pawl needs could not be written. It says nothing about the step itself.)",
     "", "", R"(The message names what is missing. Free it, then: pawl retry RUN.)"},
    {PageKind::failure, "lost", "the worker died too often while the step ran",
     R"(An attempt is lost when its worker is killed or its machine goes down.
Another worker starts it again, without counting it as a try. After
'lost_max' of these (5 without it) Pawl suspects that the step itself brings
its workers down, and stops.)",
     "", "",
     R"(Look at the machines: memory (dmesg), reboots, the worker's log in
$PAWL_HOME/worker.log. Then: pawl retry RUN.)"},
    {PageKind::failure, "cancelled", "the step was stopped by a cancel",
     R"(Somebody has cancelled the run, or a join with 'rest: cancel' no longer
needed the step. It is never retried.)",
     "", "", R"(pawl events RUN says who did it and why. pawl retry RUN starts it again.)"},
    {PageKind::failure, "heartbeat", "the step gave no sign of life",
     R"(With 'heartbeat: 90s' an attempt is ended that has not printed, logged,
reported progress or a checkpoint for so long.)",
     R"(steps:
  work:
    run: sleep 10
    heartbeat: 1s
)",
     R"(steps:
  work:
    run: for i in 1 2 3; do sleep 0.1; echo part "$i"; done
    heartbeat: 90s
)",
     R"(Let it print or report more often, or give it more time. 'retry:' tries it
again by itself.)"},
    {PageKind::failure, "http", "a request of a step failed",
     R"(Reserved for steps of the kind 'http', which this version does not have.)", "", "",
     R"(Use 'run' with curl --fail: its failures are of the kind 'exit'.)"},
    {PageKind::failure, "sql", "a query of a step failed",
     R"(Reserved for steps of the kind 'sql', which this version does not have.)", "", "",
     R"(Use 'run' with psql -v ON_ERROR_STOP=1: its failures are of the kind 'exit'.)"},
    {PageKind::failure, "mcp", "a tool that a step called failed",
     R"(Reserved for steps of the kind 'mcp', which this version does not have.)", "", "",
     R"(Use 'run' with a program that calls the tool.)"},
    {PageKind::failure, "llm", "a completion that a step asked for failed",
     R"(Reserved for steps of the kind 'llm', which this version does not have.)", "", "",
     R"(Use 'run' with curl --fail: its failures are of the kind 'exit'.)"},
    {PageKind::failure, "rejected", "a person has rejected what the step asked",
     R"(Reserved for steps of the kind 'approval', which this version does not have.
It is never retried.)",
     "", "", R"(Let a step test for a file or a flag that a person sets.)"},
};

}  // namespace

std::span<const Page> failure_pages() { return all; }

}  // namespace pawl::dsl
