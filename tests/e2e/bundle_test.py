"""A workflow and its other files: `require`, `uses`, `files`, `output_schema: {file: …}`. What a run has
taken along is what it runs with, on every worker, whatever becomes of the files."""

import json
import os
import shutil
import signal

from world import contains, equal, main, own_world

CLEAN = """local clean = {}
function clean.row(text) return str.trim(text):lower() end
return clean
"""
REPORT = """local clean = require "lib.clean"
return {
  inputs = {
    title = {type = "string", required = true},
    rows = {type = "list", default = list{}},
    limit = {type = "integer", minimum = 1, default = 10},
  },
  output_schema = {type = "object", properties = {text = {type = "string"}}},
  run = function(with)
    log("limit", with.limit)
    return {text = clean.row(with.title) .. ": " .. #with.rows .. " rows"}
  end,
}
"""
FLOW = """
name: flow
steps:
  - id: rows
    lua: |
      local clean = require "lib.clean"
      return list{clean.row(" A "), clean.row("B")}
    output_schema: {file: schemas/rows.json}
  - id: wait
    run: |
      echo begun >> $FOLDER/begun
      while [ ! -e $FOLDER/gate ]; do sleep 0.05; done
  - id: report
    uses:
      action: report
      with: {title: " THE Title", rows: "${{ steps.rows.output }}"}
    hooks:
      before: with.limit = len(with.rows)
outputs:
  text: ${{ steps.report.output.text }}
"""


def flow(world, folder="flow", text=FLOW, **more):
    """A folder with a workflow, a module, an action, and a schema."""
    for path, content in {"lib/clean.lua": CLEAN, "actions/report.lua": REPORT,
                          "schemas/rows.json": '{"type": "array", "items": {"type": "string"}}',
                          "flow.yaml": text.replace("$FOLDER", world.folder), **more}.items():
        os.makedirs(os.path.dirname(world.path(f"{folder}/{path}")), exist_ok=True)
        world.write(f"{folder}/{path}", content)
    return world.path(f"{folder}/flow.yaml")


def begin(world, path):
    """A detached run that stands at its gate."""
    equal(world.pawl("run", path, "--detach").code, 0)
    world.until_line("begun", "begun")


def kill_worker(world):
    world.kill(world.workers())
    world.until("no step is left", lambda: not world.processes("sh", "-eu"))
    world.write("gate", "")


def outputs(world):
    return json.loads(world.pawl("show", "last", "--output").out)


def test_modules_and_actions(world):
    """a module and an action are loaded, the action gets what the hook before has changed"""
    world.write("gate", "")
    done = world.pawl("run", flow(world), "--result")
    equal((done.code, json.loads(done.out.splitlines()[-1])), (0, {"text": "the title: 2 rows"}))
    contains(world.pawl("logs", "last").out, "limit 2")
    page = world.pawl("show", "last", "report").out
    contains(page, "steps.rows.output")


def test_edited_files_change_nothing(world):
    """files that are edited or removed after the start change nothing in the run, also across a kill -9
    of its worker; a repair says that they have changed"""
    path = flow(world)
    begin(world, path)
    world.write("flow/lib/clean.lua", "return {row = function(text) return 'edited' end}")
    os.remove(world.path("flow/actions/report.lua"))
    kill_worker(world)
    equal(world.pawl("resume", "last").code, 0)
    equal(outputs(world), {"text": "the title: 2 rows"})
    contains(world.pawl("retry", "last", "report").err, "lib/clean.lua has changed since run")
    equal(outputs(world), {"text": "the title: 2 rows"})
    world.write("flow/actions/report.lua", REPORT)
    equal(world.pawl("run", path, "--result").code, 0)
    equal(outputs(world), {"text": "edited: 2 rows"})


ELSEWHERE = """
name: elsewhere
files: [scripts]
steps:
  - id: wait
    run: |
      echo begun >> $FOLDER/begun
      while [ ! -e $FOLDER/gate ]; do sleep 0.05; done
  - id: here
    run: |
      pwd > $FOLDER/pwd
      stat -c %a . scripts scripts/go.sh scripts/data.txt > $FOLDER/modes
      ./scripts/go.sh
      cat data.txt
    workdir: scripts
    output: lines
outputs: {said: "${{ steps.here.output }}"}
""".replace("stat -c %a . scripts scripts/go.sh scripts/data.txt", "stat -c %a .. . go.sh data.txt"
            ).replace("./scripts/go.sh", "./go.sh")


@own_world
def test_elsewhere(world):
    """a worker that has not the folder unpacks a read-only copy, with what 'files' names"""
    path = flow(world, text=ELSEWHERE, **{"scripts/data.txt": "data\n"})
    world.write("flow/scripts/go.sh", "#!/bin/sh\necho gone\n")
    os.chmod(world.path("flow/scripts/go.sh"), 0o755)
    begin(world, path)
    world.kill(world.workers())
    world.until("no step is left", lambda: not world.processes("sh", "-eu"))
    shutil.move(world.path("flow"), world.path("moved"))
    world.write("gate", "")
    worker = world.start("serve")
    world.until_state("succeeded")
    equal(outputs(world), {"said": ["gone", "data"]})
    contains(world.lines("pwd")[0], "/bundles/")
    equal(world.lines("modes"), ["555", "555", "555", "444"])
    worker.send_signal(signal.SIGTERM)
    equal(worker.wait(), 0)
    assert not os.path.exists(world.lines("pwd")[0])


def test_mistakes_before_the_run(world):
    """mistakes in other files are told at their place, by check, run, test and preview alike"""
    path = flow(world, **{"lib/clean.lua": "local x = 1\nif x != 1 then return end\n"})
    for command in ("check", "run", "preview", "graph"):
        done = world.pawl(command, path)
        equal(done.code, 2)
        contains(done.out + done.err, "lib/clean.lua:2:6  error[lua-spelling]")
    record = json.loads(world.pawl("check", path, "--json").out.splitlines()[0])
    equal((record["file"], record["line"]), (world.path("flow/lib/clean.lua"), 2))
    checked = world.pawl("check", world.path("flow"))
    equal((checked.code, checked.out.splitlines()[-2]), (2, "1 file, 1 error"))


def test_watch(world):
    """check --watch looks at other files, too: those that are loaded, and those that are missing"""
    flow(world)
    watch = world.start("check", "--watch", "flow")
    def last_line():
        line = watch.stdout.readline()
        while not line.startswith("1 file"):
            assert line
            line = watch.stdout.readline()
        return line
    equal(last_line(), "1 file, no mistakes\n")
    world.write("flow/lib/clean.lua", "return return")
    equal(last_line(), "1 file, 1 error\n")
    os.rename(world.path("flow/lib/clean.lua"), world.path("flow/lib/other.lua"))
    equal(last_line(), "1 file, 1 error\n")
    world.write("flow/lib/clean.lua", CLEAN)
    equal(last_line(), "1 file, no mistakes\n")
    watch.send_signal(signal.SIGINT)
    equal(watch.wait(), -signal.SIGINT)


def test_failures_in_other_files(world):
    """an error in a module names its line and the step's; what an action was given wrong is told"""
    world.write("gate", "")
    path = flow(world, **{"lib/clean.lua": CLEAN.replace("str.trim(text):lower()", "text.x.y")})
    done = world.pawl("run", path)
    equal(done.code, 1)
    contains(world.pawl("show", "last", "rows").out, "lib/clean.lua:2:")
    contains(world.step("rows")["error"]["stack"], "flow.yaml:7: in the script")
    path = flow(world, "other", FLOW.replace("with.limit = len(with.rows)", "with.limit = 0"))
    equal(world.pawl("run", path).code, 1)
    error = world.step("report")["error"]
    equal(error["kind"], "expression")
    contains(error["message"], "flow.yaml:15: the action 'report': the input 'limit' is '0'")


ONCE = """
name: pays
compensate: on_failure
steps:
  - id: pay
    effects: once
    uses: {action: pay, with: {amount: 12}}
    verify: {lua: 'return require("lib.bank").has() and "done" or "not_done", {paid = 12}'}
    undo: {lua: 'require("lib.bank").note("undone " .. output.paid)'}
  - id: breaks
    run: exit 3
"""


def test_once_in_an_action(world):
    """effects, verify and undo work around an action, with modules, across kill -9 of the worker"""
    bank = f"""local bank = {{}}
function bank.note(text) fs.append("{world.folder}/bank", text .. "\\n") end
function bank.has() return fs.exists("{world.folder}/bank") end
return bank
"""
    pay = f"""local bank = require "lib.bank"
return {{
  inputs = {{amount = {{type = "integer", required = true}}}},
  run = function(with)
    bank.note("paid " .. with.amount)
    while true do sleep("50ms") end
  end,
}}
"""
    path = flow(world, text=ONCE, **{"lib/bank.lua": bank, "actions/pay.lua": pay})
    equal(world.pawl("run", path, "--detach").code, 0)
    world.until_line("bank", "paid 12")
    world.kill(world.workers())
    equal(world.pawl("resume", "last").code, 1)
    equal(world.lines("bank"), ["paid 12", "undone 12"])


def test_progress_in_an_action(world):
    """a killed worker's action goes on from its checkpoint, and its memo is not computed again"""
    count = f"""return {{run = function()
  fs.append("{world.folder}/begun", "from " .. tostring(checkpoint) .. "\\n")
  local made = memo("made", function() fs.append("{world.folder}/made", "made\\n") return 7 end)
  checkpoint(3)
  while not fs.exists("{world.folder}/gate") do sleep("50ms") end
  return made
end}}
"""
    path = flow(world, text="name: counts\nsteps: {a: {uses: count}}\n", **{"actions/count.lua": count})
    equal(world.pawl("run", path, "--detach").code, 0)
    world.until("the checkpoint is durable", lambda: "2" in world.pawl(
        "db", "psql", "-Atc", f"select count(*) from step_note where run_id = {world.show()['id']}").out)
    world.kill(world.workers())
    world.write("gate", "")
    equal(world.pawl("resume", "last").code, 0)
    equal(world.step("a")["output"], 7)
    equal((len(world.lines("begun")), world.lines("made")), (2, ["made"]))


def test_stored_once(world):
    """the same files are one definition from whatever folder; another module makes another"""
    world.write("gate", "")
    for folder, more in (("one", {}), ("two", {}), ("three", {"lib/clean.lua": CLEAN + "-- more\n"})):
        equal(world.pawl("run", flow(world, folder, **more), "-q").code, 0)
    counted = world.pawl("db", "psql", "-Atc", "select count(distinct d.def_id) from definition d "
                         "where name = 'flow' and position('-- more' in encode(bundle, 'escape')) > 0")
    equal(counted.out.strip(), "1")


def test_preview(world):
    """preview shows what an action is given, as far as it is known, and graph names it"""
    path = flow(world)
    contains(world.pawl("preview", path).out, "uses report title=' THE Title' rows=${{ steps.rows.output }}")
    record = json.loads(world.pawl("preview", path, "--json").out)
    equal([step["kind"] for step in record["steps"]], ["lua", "run", "uses"])
    nodes = json.loads(world.pawl("graph", path, "--json").out)["nodes"]
    equal([node["kind"] for node in nodes], ["lua", "run", "uses"])


if __name__ == "__main__":
    main(__name__)
