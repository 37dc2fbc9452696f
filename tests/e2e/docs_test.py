"""The pages of docs/: every command in them runs as printed, with the exit code it names."""

import os
import re
import sys

from world import equal, main, own_world

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs")
DOCS = os.path.join(FOLDER, "cli.md")


def blocks(page):
    """(kind, name, text) of the fenced blocks, in order."""
    with open(os.path.join(FOLDER, page)) as file:
        text = file.read()
    return re.findall(r"^```(\w+)(?: ([\w.]+))?\n(.*?)^```$", text, re.M | re.S)


def run_page(world, page):
    ran = 0
    for kind, name, text in blocks(page):
        if kind == "yaml":
            world.write(name, text)
        if kind != "sh":
            continue
        for line in text.splitlines():
            if not line.startswith("$ "):
                continue
            command, _, expected = line[2:].partition("  # exit ")
            done = world.shell(command)
            assert done.code == int(expected or 0), f"{command}: {done}"
            ran += 1
    return ran


@own_world
def test_docs(world):
    """each line of cli.md that begins with $ runs in order and exits as it says"""
    assert run_page(world, "cli.md") > 20


@own_world
def test_operations(world):
    """and so does each of operations.md"""
    equal(run_page(world, "operations.md"), 8)


@own_world
def test_tutorial(world):
    """and so does each of tutorial.md, in an empty folder"""
    assert run_page(world, "tutorial.md") > 15


def test_picture(world):
    """the picture of the README is what a terminal shows: drawn again, it differs in times only"""
    def words(path):
        with open(path) as file:
            text = re.sub(r"<[^>]*>", "\n", file.read())
        text = re.sub(r"\d\d:\d\d:\d\d|\d+(\.\d)?s|\d+m\d\ds|\d+h\d\dm", "TIME", text)
        return re.sub(r"[━─]+", "━", re.sub(r" +", " ", text))
    drawn = world.path("run.svg")
    done = world.shell(f"{sys.executable} {FOLDER}/picture/draw.py {world.binary} {drawn}")
    equal((done.code, done.err), (0, ""))
    equal(words(drawn), words(os.path.join(FOLDER, "picture/run.svg")))


@own_world
def test_help_names_every_command(world):
    """docs/cli.md has a section for each command that help lists"""
    listed = re.findall(r"^  (\w+) ", world.pawl("help").out, re.M)
    with open(DOCS) as file:
        sections = re.findall(r"^## `pawl (\w+)", file.read(), re.M)
    equal(sorted(sections), sorted(set(listed)))
    for command in listed:
        page = world.pawl("help", command)
        equal(page.code, 0)
        equal(page.out, world.pawl(command, "--help").out)
        assert len(page.out.splitlines()) <= 40, command
        assert page.out.startswith("pawl "), page.out


if __name__ == "__main__":
    main(__name__)
