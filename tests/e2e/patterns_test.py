"""docs/patterns.md: each pattern as printed, on the real engine, ends as the page says."""

import os
import re

from world import equal, main, own_world

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
# Of the 43 of the catalogue, those that would need several tokens in one place are declined.
DECLINED = {8, 10, 28, 31, 33, 38, 41, 42}
# Those whose part of the language this version has not.
NOT_YET = {12, 15, 18, 19, 22, 26, 27, 34, 36, 39, 43}


def sections():
    """(numbers, text) of each pattern of the page."""
    with open(os.path.join(ROOT, "docs/patterns.md")) as file:
        parts = re.split(r"^## ", file.read(), flags=re.M)[1:]
    for part in parts:
        yield [int(n) for n in re.findall(r"\b(\d+) [A-Z…]", part.split("\n", 1)[0])], part


def endings(text):
    """What the line 'Ends:' says, as {what: state}."""
    line = re.search(r"^Ends: (.*?)\.$", text, re.M | re.S).group(1)
    return dict(one.rsplit(" ", 1) for one in line.replace("\n", " ").split(", "))


def test_endings_are_read(_):
    """the line 'Ends:' names the run and steps, also with commas in their keys"""
    equal(endings('Ends: run succeeded, b["a,c"] failed.\n'),
          {"run": "succeeded", 'b["a,c"]': "failed"})


def play(world, text):
    for name, yaml in re.findall(r"^```yaml ([\w.-]+)\n(.*?)^```$", text, re.M | re.S):
        world.write(name, yaml)
    for command in re.findall(r"^\$ (.*)$", text, re.M):
        command, _, expected = command.partition("  # exit ")
        done = world.shell(command)
        assert done.code == int(expected or 0), f"{command}: {done}"


@own_world
def test_patterns(world):
    """each pattern ends as the page says"""
    for numbers, text in sections():
        world.enter(f"pattern-{numbers[0]}")
        play(world, text)
        shown = world.show()
        found = {step["step"]: step["state"] for step in shown["steps"]}
        found["run"] = shown["state"]
        wanted = endings(text)
        equal({name: found.get(name) for name in wanted}, wanted)


def test_all_are_there(_):
    """each pattern of the catalogue that Pawl has stands on the page once"""
    listed = sorted(number for numbers, _ in sections() for number in numbers)
    equal(listed, [n for n in range(1, 44) if n not in DECLINED | NOT_YET])


if __name__ == "__main__":
    main(__name__)
