"""`--json`: every record of every command against its schema, both ways."""

import copy
import json
import os
import re

import schemas
from world import contains, equal, main

FLOW = r"""
name: records
inputs:
  who: {type: string, default: "zoë \"日本\""}
  day: {type: string, default: "${{ 'day of ' .. inputs.who }}"}
labels: {team: data}
outputs:
  greeting: ${{ steps.greet.output.text }}
hooks:
  finally: |
    log("over")
steps:
  - id: greet
    env: {WHO: "${{ inputs.who }}"}
    lua: |
      checkpoint({page = 1})
      memo("token", function() return "kept" end)
      progress(1, 2, "half")
      return {text = "hello " .. inputs.who}
  - id: flaky
    retry: {max_attempts: 2, delay: 10ms}
    run: |
      printf 'caf\303\251 \377\n'; echo bad >&2
      [ -e again ] && exit 0
      touch again; exit 3
  - id: block
    steps:
      - id: inside
        run: echo ${{ inputs.who }} ${{ inputs.day }}
      - id: skipped
        when: 1 == 2
        run: 'true'
  - id: tolerated
    on_error: continue
    run: exit 7
"""

BROKEN = """
name: broken
steps:
  bad:
    lua: |
      local t = {}
      return t.a.b
  late:
    needs: bad
    run: 'true'
"""

ENDLESS = "name: endless\nsteps:\n  a: {run: 'touch started; sleep 600'}\n"
BAD_FILE = "name: x\nsteps:\n  a:\n    run: 'true'\n    tiemout: 3s\n  b: {run: 'cat ${{ raw(\"x\") }}'}\n"


TESTS = """
cases:
  - name: differs
    mock: {flaky: {}, block.inside: {}, tolerated: {}}
    expect: {state: failed}
  - name: cannot be played
"""


class Collected:
    """Records by kind, with the command that printed each."""

    def __init__(self, world):
        self.world = world
        self.records = {}
        self.folder = world.folder

    def run(self, *arguments, codes=(0,), stdin="", env=None):
        done = self.world.pawl(*arguments, "--json", stdin=stdin, env=env)
        assert done.code in codes, (arguments, done)
        self.take(arguments, done.out)
        self.take(arguments, done.err)
        return [json.loads(line) for line in done.out.splitlines()]

    def take(self, arguments, text):
        for line in text.splitlines():
            record = json.loads(line)
            self.records.setdefault(record["kind"], []).append((arguments, record))


def look(collected):
    """Everything that reads, in a world where runs succeeded, failed, were retried and cancelled."""
    world = collected.world
    collected.run("db", "status", codes=(4,))
    collected.run("run", world.write("records.yaml", FLOW), "--key", "daily")
    world.until("progress is stored", lambda: json.loads(
        world.pawl("show", "daily", "greet", "--json").out)["progress"])
    collected.run("run", world.path("records.yaml"), "--key", "daily")
    collected.run("run", world.write("broken.yaml", BROKEN), codes=(1,))
    collected.run("run", world.write("endless.yaml", ENDLESS), "--detach")
    world.until("it runs", lambda: os.path.exists(world.path("started")))
    collected.run("show", "last", "a")
    collected.run("pause", "last")
    collected.run("resume", "last", "--detach")
    equal(collected.run("resume", "last", "--detach")[0]["answer"], "unneeded")
    collected.run("cancel", "last", "--comment", "enough")
    world.until_state("cancelled")
    collected.run("attach", "last", codes=(3,))
    collected.run("retry", "last:broken", "@failed", codes=(1,))
    for run in ("daily", "last", "last:broken"):
        collected.run("show", run)
        collected.run("show", run, "*")
        collected.run("events", run)
        collected.run("logs", run)
    collected.run("show", "last:broken.0".replace("last:broken", world.show("last:broken")["run"]))
    collected.run("runs")
    collected.run("runs", "state=failed")
    for action in ("status", "start", "url", "migrate"):
        collected.run("db", action)
    collected.run("version")
    collected.run("help")
    collected.run("help", "logs")
    collected.run("help", "language")
    collected.run("completion", "zsh")
    collected.run("man", "logs")
    collected.run("man", "--to", world.path("man"))
    world.write("pawl.yaml", "worker: {slots: 2}\n")
    env = {"PAWL_WORKER_SLOTS": "3"}
    collected.run("config", env=env)
    collected.run("config", "worker.slots")
    collected.run("config", "check")
    world.write("pawl.yaml", "worker: {slots: many}\n")
    collected.run("config", "check", codes=(2,))
    os.remove(world.path("pawl.yaml"))
    collected.run("doctor", codes=(0, 4))
    collected.run("doctor", "last", codes=(0, 4))
    collected.run("top")


def author(collected):
    """Everything that reads and writes files."""
    world = collected.world
    bad = world.write("bad.yaml", BAD_FILE)
    for command in ("check", "run", "preview", "graph"):
        collected.run(command, bad, codes=(2,))
    collected.run("check", world.path("records.yaml"))
    collected.run("preview", world.path("records.yaml"), "-i", "who=ben")
    collected.run("graph", world.path("records.yaml"))
    tested = world.write("records.test.yaml", TESTS)
    collected.run("test", tested, codes=(1,))
    collected.run("test", world.write("bad.test.yaml", "cases: 1\n"), codes=(2,))
    collected.run("test", "--record", "daily")
    collected.run("new", "fresh")
    collected.run("new", "--list")
    collected.run("explain")
    collected.run("schema")
    collected.run("explain", "unknown-key")
    collected.run("fmt", world.path("records.yaml"), "--check", codes=(0, 1))
    collected.run("fmt", world.path("records.yaml"))
    collected.run("fmt", world.path("records.yaml"))
    collected.run("fmt", world.write("worse.yaml", "name: [x\n"), codes=(2,))


def refuse(collected):
    """Everything that is refused."""
    world = collected.world
    for arguments in (("show", "4811"), ("shwo",), ("runs", "stat=failed"), ("run", "nowhere.yaml"),
                      ("show", "daily", "nowhere"), ("pause", "daily"), ("retry", "daily"),
                      ("run", world.path("records.yaml"), "-i", "x=1"), ("explain", "nothing"),
                      ("logs", "daily", "--grep", "("), ("show", "daily", "--never")):
        before = len(collected.records.get("error", []))
        equal(collected.run(*arguments, codes=(2,)), [])
        equal(len(collected.records["error"]), before + 1)  # one line, and nothing else
    collected.run("runs", "--database", "postgresql:///x?host=/nonexistent", codes=(4,))


def everything(world):
    """The records of a world, made once."""
    if not hasattr(world, "collected"):
        world.collected = Collected(world)
        look(world.collected)
        author(world.collected)
        refuse(world.collected)
    return world.collected.records


def test_records_fit(world):
    """every record of every command fits its schema, and has no field that the schema does not name"""
    wrong = []
    known = schemas.load()
    for kind, records in everything(world).items():
        assert kind in known, f"schemas/cli/{kind}.json is missing: {records[0]}"
        strict = schemas.closed(known[kind])
        for arguments, record in records:
            for mistake in schemas.mistakes(strict, record):
                wrong.append(f"{kind} of pawl {' '.join(map(str, arguments))}: {mistake}")
    assert not wrong, "\n".join(sorted(set(wrong))[:40])


def test_schemas_fit(world):
    """every property that a schema names is printed by some command"""
    records = everything(world)
    idle = []
    for kind, schema in schemas.load().items():
        seen = set()
        for _, record in records.get(kind, []):
            seen |= schemas.printed(schema, record)
        idle += [f"{kind}{path}" for path in sorted(schemas.properties(schema) - seen)]
    # A notice is for moments in which a program seldom looks; texts_test.cpp prints one.
    equal([one for one in idle if not one.startswith("notice.")], [])


def test_every_kind_has_a_schema(world):
    """every kind of record in the sources has a schema, and there is no other"""
    kinds = {"diagnostic"}
    for root, _, names in os.walk(os.path.join(schemas.ROOT, "engine", "cli")):
        for name in names:
            with open(os.path.join(root, name), encoding="utf-8") as file:
                kinds |= set(re.findall(r'JsonRecord(?: record)?\("(\w+)"\)', file.read()))
    equal(sorted(kinds), sorted(schemas.load()))


def test_conventions(world):
    """ids are strings, times end in their milliseconds and Z, spans in _ms; what is absent is null"""
    for kind, schema in schemas.load().items():
        for path, part in schemas.parts(schema):
            name = path.rsplit(".", 1)[-1]
            where = kind + path
            if "properties" in part:
                contains(part, "required")
            if name in ("run", "id"):
                assert part["type"] in ("string", ["string", "null"]), where
            if name.endswith("_at") or name == "at":
                assert is_time(part), where
            if name.endswith("_ms"):
                assert "integer" in part["type"], where
            speaks = {"description", "enum", "const"} & set(part)
            assert speaks or not name or name.endswith("[]"), where
            if not path:
                contains(part["required"], "v")
                contains(part["required"], "kind")
                equal(part["properties"]["v"]["const"], 1)
                equal(part["properties"]["kind"]["const"], kind)


def is_time(part):
    """It takes RFC 3339 in UTC with milliseconds, and nothing else."""
    pattern = re.compile(part.get("pattern", ""))
    given = [bool(pattern.search(text)) for text in (
        "2026-11-20T13:00:00.000Z", "2026-11-20T13:00:00Z", "2026-11-20T13:00:00.000+01:00", "now")]
    return given == [True, False, False, False]


def test_consumer_of_version_1(world):
    """who reads the required fields only reads every record, also after fields were added"""
    known = schemas.load()
    for kind, records in everything(world).items():
        for _, record in records:
            later = schemas.with_new_fields(known[kind], record)
            equal(schemas.mistakes(known[kind], later), [])
            equal(schemas.required(known[kind], later), schemas.required(known[kind], record))


def test_nothing_is_taken_away(world):
    """no field that version 1 once promised is gone"""
    with open(os.path.join(schemas.FOLDER, "..", "cli_v1.txt"), encoding="utf-8") as file:
        promised = file.read().split()
    given = {f"{kind}{path}.{name}" for kind, schema in schemas.load().items()
             for path, part in schemas.parts(schema) for name in part.get("required", [])}
    equal([field for field in promised if field not in given], [])
    equal(sorted(given), sorted(promised))  # A new field is a promise: write it down, too.


def damaged(record):
    """The record with one thing wrong in it, in many ways."""
    for name, value in record.items():
        yield f"without {name}", {key: one for key, one in record.items() if key != name}
        if name in ("run", "id") and value:
            yield f"{name} as a number", {**record, name: int(value)}
        if name == "v":
            yield "of version 2", {**record, "v": 2}
        if name.endswith("_at") and value:
            yield f"{name} without milliseconds", {**record, name: value[:19] + "Z"}
            yield f"{name} with an offset", {**record, name: value[:-1] + "+01:00"}
        if name.endswith("_ms") and value is not None:
            yield f"{name} as text", {**record, name: str(value)}
            yield f"{name} below zero", {**record, name: -1}
        if name in ("state", "stream", "severity", "result", "answer"):
            yield f"an unknown {name}", {**record, name: "odd"}
        if isinstance(value, bool):
            yield f"{name} as a number", {**record, name: int(value)}


def test_damaged_records(world):
    """a record that lacks a field, or has one of another type or form, is refused"""
    count = 0
    for kind, schema in schemas.load().items():
        required = set(schema["required"])
        for _, record in everything(world).get(kind, [])[:1]:
            for what, bad in damaged(copy.deepcopy(record)):
                if what.startswith("without ") and what[8:] not in required:
                    continue
                assert schemas.mistakes(schema, bad), f"{kind} {what} is accepted"
                assert schemas.mistakes(schemas.closed(schema), {**record, "odd": 1}), kind
                count += 1
    assert count > 150, count


def test_quiet(world):
    """-q prints identifiers, one a line, and nothing else"""
    everything(world)
    numbers = re.compile(r"(\d+\n)*")
    daily, broken = world.show("daily")["run"], world.show("last:broken")["run"]
    file, bad = (os.path.join(world.collected.folder, name) for name in ("records.yaml", "bad.yaml"))
    expected = {
        ("runs",): numbers,
        ("show", "daily"): daily + "\n",
        ("show", "last:broken", "--failed"): "bad\n",
        ("show", "daily", "block.*,greet"): "greet\nblock.inside\nblock.skipped\n",
        ("events", "daily"): "".join(f"{n}\n" for n in range(1, 1 + len(world.events("daily")))),
        ("retry", "last:broken", "--detach"): broken + "\n",
        ("run", file): re.compile(r"\d+\n"),
        ("run", file, "--detach"): re.compile(r"\d+\n"),
        ("check", bad, file): bad + "\n",
        ("fmt", world.write("loose.yaml", "name:   loose\nsteps:\n  a: {run:   'true'}\n")):
            world.path("loose.yaml") + "\n",
        ("new", "quietly"): "quietly.yaml\n",
        ("new", "--list"): re.compile(r"(\w+\n)+"),
        ("explain", "unknown-key"): "unknown-key\n",
        ("graph", file): "greet\nflaky\nblock\nblock.inside\nblock.skipped\ntolerated\n",
        ("preview", file): re.compile(r"([\w.]+\n)+"),
        ("version",): re.compile(r"[\d.]+\n"),
        ("db", "status"): world.pawl("db", "url").out,
        ("db", "migrate"): "",
    }
    for arguments, wanted in expected.items():
        done = world.pawl(*arguments, "-q")
        if isinstance(wanted, str):
            equal((arguments, done.out), (arguments, wanted))
        else:
            assert wanted.fullmatch(done.out), (arguments, done)
        equal((arguments, done.err), (arguments, ""))


if __name__ == "__main__":
    main(__name__)
