"""workflows/: every example compiles without a warning, passes its own tests, and runs for real; and
together they use all that the language has."""

import glob
import json
import os
import re
import shutil

from world import equal, main

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
FOLDER = os.path.join(ROOT, "workflows")
EXAMPLES = sorted(os.path.basename(path)[:-5] for path in glob.glob(f"{FOLDER}/*.yaml")
                  if not path.endswith(".test.yaml"))

# How somebody plays those that need more than a start; the last state is 'succeeded' if none is said.
PLAYED = {
    "agent-review": ["pawl run agent-review.yaml --detach", "pawl approve last approve",
                     "pawl attach last"],
    "backup-folder": ["mkdir src && echo text > src/a && pawl run backup-folder.yaml -i folder=src"],
    "incident": ["""pawl run incident.yaml --detach -i patience=1h -i oncall='["'$(id -un)'"]'""",
                 "pawl approve last", "pawl attach last"],
    "mirrors": ["mkdir -p mirrors/south && echo s > mirrors/south/data.txt && pawl run mirrors.yaml"],
    "payment": ["pawl run payment.yaml --detach", """pawl signal last paid '{"invoice": 17, "amount": 20}'""",
                "pawl attach last"],
    "vacation-request": ["pawl run vacation-request.yaml --detach",
                         "pawl approve last decide.lead --option half -i covered_by=ben",
                         "pawl attach last"],
}


def keys_in(yaml):
    """The words that stand before a colon, and those in braces: more than the keys, never less."""
    return set(re.findall(r"([a-z_]+):(?=\s|$)", yaml, re.M))


def enter(world):
    shutil.copytree(FOLDER, world.path("workflows"))
    world.folder = world.path("workflows")


def test_there_are_many(_):
    """there are many, each with a test beside it"""
    assert len(EXAMPLES) >= 13, EXAMPLES
    equal([name for name in EXAMPLES if not os.path.exists(f"{FOLDER}/{name}.test.yaml")], [])


def test_check(world):
    """none has a mistake, nor anything that 'check' warns of"""
    enter(world)
    for name in EXAMPLES:
        done = world.pawl("check", f"{name}.yaml")
        equal((done.code, done.out), (0, "1 file, no mistakes\n"))


def test_their_tests(world):
    """all their tests pass, and reach every step"""
    enter(world)
    records = [json.loads(line) for line in world.pawl("test", "--json").out.splitlines()]
    equal([record for record in records if record["kind"] == "test" and not record["passed"]], [])
    covered = records[-1]["coverage"]
    equal([one["workflow"] for one in covered if one["steps_reached"] < one["steps"]], [])


def test_they_run(world):
    """each runs on the real engine"""
    enter(world)
    for name in EXAMPLES:
        for command in PLAYED.get(name, [f"pawl run {name}.yaml"]):
            done = world.shell(command)
            assert done.code == 0, f"{command}: {done}"
        equal((name, world.show()["state"]), (name, "succeeded"))


def test_features(_):
    """together they use every key of the language"""
    with open(os.path.join(ROOT, "schemas/workflow.schema.json")) as file:
        schema = json.load(file)
    known = set()

    def collect(node):
        if isinstance(node, dict):
            known.update(node.get("properties", {}))
            for name, value in node.items():
                if name not in ("examples", "default"):
                    collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect(schema)
    used = set()
    for name in EXAMPLES:
        with open(f"{FOLDER}/{name}.yaml") as file:
            used |= keys_in(file.read())
    equal(sorted(known - used), [])


if __name__ == "__main__":
    main(__name__)
