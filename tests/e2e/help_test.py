"""Help, manual pages and the reference: all from the parsers of the commands themselves."""

import json
import os
import re

from world import contains, equal, main

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(HERE, "../../docs/commands.md")


def commands(world):
    return re.findall(r"^  (\w+) ", world.pawl("help").out, re.M)


def golden(name, text):
    """PAWL_UPDATE_GOLDEN=1 rewrites the file; review reads the difference."""
    path = os.path.join(HERE, "golden", name)
    if os.environ.get("PAWL_UPDATE_GOLDEN"):
        with open(path, "w") as file:
            file.write(text)
    with open(path) as file:
        equal(text.split("\n"), file.read().split("\n"))


def is_a_page(text):
    rows = text.splitlines()
    assert len(rows) <= 40, f"{len(rows)} rows:\n{text}"
    for row in rows:
        assert len(row) <= 79, row
    assert rows[0].startswith("pawl "), rows[0]


# ---- help --------------------------------------------------------------------------------------

def test_first_day(world):
    """pawl alone prints the ten commands of a first day"""
    page = world.pawl()
    equal((page.code, page.err), (0, ""))
    is_a_page(page.out)
    named = re.findall(r"^  (\w+) ", page.out, re.M)
    equal(len(named), 10)
    assert set(named) <= set(commands(world)), named
    golden("first_day.txt", page.out)


def test_help_is_equal(world):
    """pawl help, -h and --help print the same: every command, by group"""
    page = world.pawl("help")
    equal((page.code, page.err), (0, ""))
    is_a_page(page.out)
    equal(re.findall(r"^(\w+):$", page.out, re.M), ["run", "look", "write", "operate"])
    equal(world.pawl("-h"), page)
    equal(world.pawl("--help"), page)
    golden("help.txt", page.out)


def test_pages(world):
    """each command has a page that begins with an example and fits 40 rows of 79 columns"""
    for command in commands(world):
        page = world.pawl("help", command)
        equal((page.code, page.err), (0, ""))
        is_a_page(page.out)
        assert page.out.startswith(f"pawl {command}"), page.out
        contains(page.out, f"\nusage: pawl {command}")
        equal(world.pawl(command, "--help"), page)
        equal(world.pawl(command, "-h"), page)


def test_language(world):
    """the language stands on one page: an example that runs, and every key that `check` knows"""
    page = world.pawl("help", "language").out
    rows = page.splitlines()
    assert len(rows) <= 40, f"{len(rows)} rows:\n{page}"
    assert max(map(len, rows)) <= 79, max(rows, key=len)
    golden("language.txt", page)
    world.write("example.yaml", page[:page.index("\na workflow has:")])
    equal(world.pawl("run", "example.yaml", "--result=rows").out,
          "3\n")
    told = {(key["of"], name) for line in world.pawl("help", "language", "--json").out.splitlines()
            for key in [json.loads(line)] for name in key["key"].split(", ")}
    world.write("wrong.yaml", "x: 1\nsteps: {a: {run: 'true', y: 1}}\n")
    refused = world.pawl("check", "wrong.yaml").out
    known = re.findall(r"it has: (.*)", refused)
    equal(len(known), 2)
    for of, names in zip(("workflow", "step"), known):
        missing = set(re.split(r", | and ", names)) - {name for at, name in told if at in (of, "step")}
        equal(missing - {"id", "name", "description", "fail_fast"}, set())


def test_ascii(world):
    """--ascii, and a locale without UTF-8, keep pages in ASCII"""
    for page in (world.pawl("help", "run", "--ascii"),
                 world.pawl("help", "run", env={"LANG": "C", "LC_ALL": "C"}),
                 world.pawl("help", env={"LANG": "C", "LC_ALL": "C"})):
        equal(page.code, 0)
        assert page.out.isascii(), page.out


def test_json(world):
    """help, man and completion have their --json: commands and flags as a program reads them"""
    listed = [json.loads(line) for line in world.pawl("help", "--json").out.splitlines()]
    equal([each["name"] for each in listed], world.pawl("help", "-q").out.splitlines())
    equal(sorted(each["name"] for each in listed), sorted(commands(world)))
    run = next(each for each in listed if each["name"] == "run")
    equal(run, json.loads(world.pawl("help", "run", "--json").out))
    equal((run["v"], run["kind"], run["group"]), (1, "command", "run"))
    equal(run["subjects"], [{"value": "FILE", "required": True, "repeats": False}])
    detach = next(flag for flag in run["flags"] if "--detach" in flag["names"])
    equal(detach, {"names": ["--detach"], "value": None, "value_is_free": False, "repeats": False,
                   "common": False, "help": detach["help"]})
    page = json.loads(world.pawl("man", "run", "--json").out)
    equal((page["command"], page["path"], page["text"]),
          ("run", None, world.pawl("man", "run").out))
    script = json.loads(world.pawl("completion", "zsh", "--json").out)
    equal((script["shell"], script["script"]), ("zsh", world.pawl("completion", "zsh").out))


# ---- mistakes ----------------------------------------------------------------------------------

def test_unknown_command(world):
    """a command that does not exist is answered with at most three that do, and nothing runs"""
    for typed, near in (("shwo", "show"), ("rnus", "runs"), ("tail", "logs -f"),
                        ("rerun", "retry"), ("stop", "cancel"), ("describe", "show")):
        for words in ((typed,), ("help", typed), ("man", typed)):
            done = world.pawl(*words)
            equal((done.code, done.out), (2, ""))
            rows = done.err.splitlines()
            equal(rows[0], f"error: pawl has no command '{typed}'")
            contains(rows[1], f"did you mean: {near} (")
            assert rows[1].count("(") <= 3, rows
            equal(rows[2], "  pawl help")


def test_flag_before_command(world):
    """a flag before the command is answered with where it stands"""
    equal(world.pawl("--json", "runs"),
          (2, "", '{"v":1,"kind":"error","error":"\'--json\' stands before the command","why":'
                  '"flags stand behind it, anywhere: pawl COMMAND [SUBJECT…] [flags]",'
                  '"fix":"pawl help","exit":2}\n'))


def test_wrong_choice(world):
    """a word where one of a few is expected is answered with the nearest, or with all"""
    equal(world.pawl("db", "strat"),
          (2, "", "error: pawl db has no 'strat'\n  did you mean 'start'?\n  pawl help db\n"))
    equal(world.pawl("completion", "tcsh"),
          (2, "", "error: pawl completion has no 'tcsh'\n  it is bash, zsh or fish\n"
                  "  pawl help completion\n"))
    equal(world.pawl("runs", "--color", "sometimes"),
          (2, "", "error: --color: there is no 'sometimes'\n  it is always or never\n"
                  "  pawl help runs\n"))


# ---- the reference -----------------------------------------------------------------------------

def test_reference(world):
    """docs/commands.md is what pawl help --markdown prints"""
    printed = world.pawl("help", "--markdown")
    equal(printed.code, 0)
    with open(REFERENCE) as file:
        is_equal = file.read() == printed.out
    assert is_equal, "docs/commands.md is old: pawl help --markdown > docs/commands.md"
    for command in commands(world):
        contains(printed.out, f"\n### `pawl {command}")


# ---- man ---------------------------------------------------------------------------------------

def test_man(world):
    """pawl man --to writes every page where man finds it, and man has nothing to say against it"""
    written = world.pawl("man", "--to", "share/man", "-q")
    equal(written.code, 0)
    paths = written.out.splitlines()
    equal(sorted(os.path.basename(path) for path in paths),
          sorted(["pawl.1"] + [f"pawl-{command}.1" for command in commands(world)]))
    for path in paths:
        for locale in ("C", "C.UTF-8"):
            shown = world.shell(f"LC_ALL={locale} MANWIDTH=80 man --warnings -l {path}")
            equal((path, shown.code, shown.err), (path, 0, ""))
            for title in ("NAME", "SYNOPSIS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT"):
                assert re.search(f"^{title}$", shown.out, re.M), shown.out
    found = world.shell("MANPATH=$PWD/share/man man pawl-run")
    equal(found.code, 0)
    contains(found.out, "--input")


def test_man_prints(world):
    """pawl man prints one page, pawl man COMMAND that of a command"""
    world.pawl("man", "--to", "here")
    for command, name in ((), "pawl.1"), (("runs",), "pawl-runs.1"):
        page = world.pawl("man", *command)
        equal((page.code, page.err), (0, ""))
        with open(world.path(f"here/man1/{name}")) as file:
            equal(page.out, file.read())
        assert page.out.isascii()


def test_man_refusals(world):
    """--to excludes a command, and a folder that cannot be made is told"""
    equal(world.pawl("man", "run", "--to", "a b"),
          (2, "", "error: --to writes all pages, and COMMAND asks for one\n"
                  "  pawl man --to 'a b'\n"))
    world.write("file", "")
    equal(world.pawl("man", "--to", "file"),
          (4, "", "error: cannot write 'file/man1'\n  Not a directory\n"
                  "  pawl man --to ~/.local/share/man\n"))


if __name__ == "__main__":
    main(__name__)
