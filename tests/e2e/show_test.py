"""`pawl show`: everything that is stored about a step, selections, and states of the past."""

import json
import os
import re
import signal

from world import contains, equal, main, own_world

FLOW = """
name: report
inputs:
  region: {type: string, default: eu}
steps:
  extract:
    lua: |
      return {rows = 3, region = inputs.region}
  build:
    needs: extract
    steps:
      fetch: {run: 'echo fetched'}
      compile:
        needs: fetch
        retry: {max_attempts: 2, delay: 10ms}
        env: {ROWS: "${{ steps.extract.output.rows }}"}
        run: |
          echo "rows ${{ steps.extract.output.rows }} of ${{ inputs.region }}"
          echo "ld: out of memory" >&2
          test -e fixed
  explode:
    needs: extract
    lua: |
      local found = steps.extract.output.rows
      local function open(t) return t.files.first end
      local first = open({})
      return first
  wrong:
    needs: extract
    when: steps.extract.output.files == 3
    run: 'true'
  link:
    needs: build
    run: echo linked
"""


def run_report(world):
    world.write("report.yaml", FLOW)
    done = world.pawl("run", "report.yaml", "-q")
    equal(done.code, 1)
    return done.out.strip()


def step(world, run, path):
    return json.loads(world.pawl("show", run, path, "--json").out)


def test_summary_points_at_the_line(world):
    """the end of a run shows the line of the file that failed, with the values that it read"""
    world.write("report.yaml", FLOW)
    end = world.pawl("run", "report.yaml").out
    contains(end, "✕ explode  failed\nreport.yaml:25:")
    contains(end, " 25 |       local function open(t) return t.files.first end\n")
    contains(end, " 30 |     when: steps.extract.output.files == 3\n")
    contains(end, 'steps.extract.output = {"')


def test_verbose(world):
    """-v adds ids, workers, blocks and full times to the story, lists, logs and pages"""
    world.write("report.yaml", FLOW)
    story = world.pawl("run", "report.yaml", "-v").out
    day = r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} "
    listed = json.loads(world.pawl("runs", "--limit", "1", "--json").out)
    number, identity = listed["run"], listed["id"]
    for line in (rf"run {number} report started by .*, id {identity}$", "build running$",
                 "build.fetch ready$", "build.fetch \\| fetched$"):
        equal((line, len(re.findall(day + line, story, re.MULTILINE))), (line, 1))
    contains(world.pawl("runs", "-v").out, f" {identity} ")
    for command in ("runs", "show", "events"):
        contains(world.pawl(command, *([] if command == "runs" else [number]), "-v").out,
                 story[:len("2026-11-21 ")])
    equal(len(re.findall(day + "build.fetch .* fetched$",
                         world.pawl("logs", number, "-v").out, re.MULTILINE)), 1)
    contains(world.pawl("show", number, "extract", "-v").out, "started")
    refused = world.pawl("runs", "-qv")
    equal(refused.code, 2)
    contains(refused.err, "-q and -v contradict each other")


def test_attempts(world):
    """each attempt has its number, end, exit code, span and worker"""
    number = run_report(world)
    record = step(world, number, "build.compile")
    equal([(one["attempt"], one["state"], one["exit_code"], one["error_kind"])
           for one in record["attempts"]], [(1, "failed", 2 - 1, "exit"), (2, "failed", 1, "exit")])
    assert all(one["worker"] and one["took_ms"] >= 0 for one in record["attempts"]), record
    text = world.pawl("show", number, "build.compile").out
    assert re.search(r"attempts +1 +failed +\d\d:\d\d:\d\d\.\d{3} +[\d.]+s +on \S+ +exit 1", text), text
    contains(text, "    ! ld: out of memory")
    contains(text, f"    4 lines: pawl logs {number} build.compile\n")


def test_block(world):
    """a block is shown with what it holds"""
    number = run_report(world)
    rows = world.pawl("show", number, "build").out.splitlines()
    assert rows[0].startswith("✕ build  failed  "), rows
    assert rows[-2].startswith("✓ build.fetch    succeeded"), rows
    assert rows[-1].startswith("✕ build.compile  failed"), rows


def test_inputs(world):
    """the expressions of a step stand with the values that filled them"""
    number = run_report(world)
    record = step(world, number, "build.compile")
    equal([(one["where"], one["expression"], one["value"]) for one in record["inputs"]],
          [("env ROWS", "steps.extract.output.rows", 3),
           ("run", "steps.extract.output.rows", 3), ("run", "inputs.region", "eu")])
    equal(step(world, number, "link")["inputs"], [])


def test_error_in_the_file(world):
    """a Lua error points into the workflow's file, with what the line read and the way to it"""
    number = run_report(world)
    shown = world.pawl("show", number, "explode").out
    line = FLOW.splitlines().index("      local function open(t) return t.files.first end") + 1
    assert re.search(rf"^report\.yaml:{line}:\d+  error\[lua\]  .*$", shown, re.M), shown
    contains(shown, f" {line} |       local function open(t) return t.files.first end\n")
    contains(shown, f"report.yaml:{line + 1}: in the script")


def test_error_of_an_expression(world):
    """an expression that cannot be evaluated is shown with a caret and the values around it"""
    number = run_report(world)
    shown = world.pawl("show", number, "wrong").out
    line = FLOW.splitlines().index("    when: steps.extract.output.files == 3") + 1
    contains(shown, f"report.yaml:{line}:32  error[expression]  ")
    contains(shown, f" {line} |     when: steps.extract.output.files == 3\n")
    contains(shown, f"    | {' ' * 31}^^^^^\n")
    contains(shown, '    |  steps.extract.output = {"region":"eu","rows":3}')


def test_selections(world):
    """states, patterns, needs and dependents choose steps, for show, logs and retry"""
    number = run_report(world)

    def chosen(*words):
        return world.pawl("show", number, *words, "-q").out.split()
    equal(chosen("@failed"), ["build.compile", "explode", "wrong"])
    equal(chosen("--failed"), chosen("@failed"))
    equal(chosen("build", "--failed"), ["build.compile"])
    equal(chosen("build/*"), ["build.fetch", "build.compile"])
    equal(chosen("+link"), ["extract", "build", "build.fetch", "build.compile", "link"])
    equal(chosen("build.compile+,explode"), ["build.compile", "explode", "link"])
    equal(chosen("@running"), [])
    rows = world.pawl("show", number, "@failed").out.splitlines()
    equal(sum(row.startswith("✕ ") for row in rows), 3)
    logs = world.pawl("logs", number, "build.*,link", "--no-prefix").out.splitlines()
    equal(logs, ["fetched"] + ["rows 3 of eu", "ld: out of memory"] * 2)
    equal(world.pawl("logs", number, "@running").out, "")
    world.write("fixed", "")
    equal(world.pawl("retry", number, "build.*", "-q").code, 1)  # The others have failed still.
    equal(chosen("@failed"), ["explode", "wrong"])
    equal(step(world, number, "link")["state"], "succeeded")


def test_output_alone(world):
    """--output prints the output and nothing else; where there is none, a script notices"""
    number = run_report(world)
    equal(json.loads(world.pawl("show", number, "extract", "--output").out),
          {"rows": 3, "region": "eu"})
    for words in ((number, "link", "--output"), (number, "--output")):
        done = world.pawl("show", *words)
        equal((done.code, done.out), (2, ""))


def test_past(world):
    """RUN.N shows the run as it stood after repair N"""
    number = run_report(world)
    before = world.show(number)
    world.write("fixed", "")
    world.pawl("retry", number, "build.compile", "-q")
    now = world.show(number)
    past = world.show(f"{number}.0")
    equal(world.show(f"{number}.1"), now)
    equal(past["seq"], before["seq"])
    told = ("step", "state", "attempt", "generation", "output")
    equal([[one[name] for name in told] for one in past["steps"]],
          [[one[name] for name in told] for one in before["steps"]])
    equal([one["exit_code"] for one in step(world, f"{number}.0", "build.compile")["attempts"]], [1, 1])
    equal(len(step(world, number, "build.compile")["attempts"]), 3)
    contains(world.pawl("show", f"{number}.0", "build.compile").out, "failed")
    contains(world.pawl("show", f"{number}.2").err, f"run {number} was repaired 1 time, not 2")


@own_world
def test_worker_of_each_attempt(world):
    """an attempt that was lost stands with the worker that died, the next one with the other"""
    world.write("held.yaml", """
name: held
steps:
  a:
    run: |
      echo $$ >> started
      while [ ! -e gate ]; do sleep 0.02; done
""")
    number = world.pawl("run", "held.yaml", "--detach", "-q").out.strip()
    world.until("it runs", lambda: world.lines("started"))
    world.kill(world.workers(), signal.SIGKILL)
    world.write("gate", "")
    equal(world.pawl("resume", number, "-q").code, 0)
    attempts = step(world, number, "a")["attempts"]
    equal([one["state"] for one in attempts], ["lost", "succeeded"])
    assert all(one["worker"] for one in attempts), attempts
    assert attempts[0]["worker"] != attempts[1]["worker"], attempts


def test_checkpoint_and_progress(world):
    """what a step last reported stands in its page"""
    world.write("reports.yaml", """
name: reports
steps:
  a:
    lua: |
      progress{done = 3, total = 4, message = "part 3"}
      checkpoint({page = 7})
      memo("token", function() return "kept" end)
      error("and over")
""")
    equal(world.pawl("run", "reports.yaml", "-q").code, 1)
    # Progress is written beside the journal, so perhaps a little later.
    world.until("progress is stored", lambda: step(world, "last", "a")["progress"])
    record = step(world, "last", "a")
    equal((record["checkpoint"], record["memos"]), ({"page": 7}, {"token": "kept"}))
    equal((record["progress"]["done"], record["progress"]["total"]), (3, 4))
    text = world.pawl("show", "last", "a").out
    for part in ("part 3", '{"page":7}', 'token = "kept"', "and over", "reports.yaml:9:7  error[lua]  and over"):
        contains(text, part)


if __name__ == "__main__":
    main(__name__)
