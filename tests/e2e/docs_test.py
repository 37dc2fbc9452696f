"""README, docs/, help pages and errors: every command in them runs as printed, with the exit code it
names, in sh, bash and zsh."""

import os
import re
import shutil
import signal
import subprocess
import sys

from world import contains, equal, main, own_world

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SHELLS = ("sh", "bash", "zsh")


def shells(world, test):
    """Those that are installed; the others are told."""
    for shell in SHELLS:
        if shutil.which(shell):
            yield shell
        else:
            world.not_run(f"{test} in {shell}", f"{shell} is not installed")


def blocks(page):
    """(kind, name, text) of the fenced blocks, in order."""
    with open(os.path.join(ROOT, page)) as file:
        text = file.read()
    return re.findall(r"^```(\w*)(?: ([\w./]+))?\n(.*?)^```$", text, re.M | re.S)


def run_page(world, page, shell):
    """Runs each line that begins with $, in order; how many there were."""
    ran = 0
    for kind, name, text in blocks(page):
        if kind == "yaml" and name:
            world.write(name, text)
        if kind not in ("", "sh", "console"):
            continue
        for line in text.splitlines():
            if not line.startswith("$ "):
                continue
            command, _, expected = line[2:].partition("  # exit ")
            done = world.shell(command, shell)
            assert done.code == int(expected or 0), f"{shell}: {command}: {done}"
            ran += 1
    return ran


@own_world
def test_docs_sh(world):
    """each line of cli.md that begins with $ runs in order in sh, and exits as it says"""
    assert run_page(world, "docs/cli.md", "sh") > 20


@own_world
def test_docs_bash(world):
    """and so it does in bash"""
    assert run_page(world, "docs/cli.md", "bash") > 20


@own_world
def test_docs_zsh(world):
    """and in zsh"""
    if "zsh" in shells(world, "test_docs_zsh"):
        assert run_page(world, "docs/cli.md", "zsh") > 20


@own_world
def test_pages(world):
    """and each of tutorial.md, operations.md and README.md, in all of them"""
    for shell in shells(world, "test_pages"):
        world.enter(f"pages-{shell}")
        assert run_page(world, "docs/tutorial.md", shell) > 15
        equal(run_page(world, "docs/operations.md", shell), 8)
        equal(run_page(world, "docs/testing.md", shell), 6)
        run_page(world, "README.md", shell)


def test_picture(world):
    """the picture of the README is what a terminal shows: drawn again, it differs in times only"""
    def words(path):
        with open(path) as file:
            text = re.sub(r"<[^>]*>", "\n", file.read())
        text = re.sub(r"ends (by )?~?[\d:– -]+", "ends TIME", text)
        text = re.sub(r"\d\d:\d\d:\d\d|\d+(\.\d)?s|\d+m\d\ds|\d+h\d\dm", "TIME", text)
        return re.sub(r"[━─]+", "━", re.sub(r" +", " ", text))
    drawn = world.path("run.svg")
    picture = os.path.join(ROOT, "docs/picture")
    done = world.shell(f"{sys.executable} {picture}/draw.py {world.binary} {drawn}")
    equal((done.code, done.err), (0, ""))
    equal(words(drawn), words(os.path.join(picture, "run.svg")))


@own_world
def test_sections(world):
    """docs/cli.md has a section for each command that help lists"""
    listed = re.findall(r"^  (\w+) ", world.pawl("help").out, re.M)
    with open(os.path.join(ROOT, "docs/cli.md")) as file:
        sections = re.findall(r"^## `pawl (\w+)", file.read(), re.M)
    equal(sorted(sections), sorted(set(listed)))


# ---- examples of help pages --------------------------------------------------------------------

NIGHTLY = """\
name: nightly
inputs:
  region: {type: string, enum: [eu, us], default: eu}
steps:
  extract: {run: echo error or not}
  build:
    needs: extract
    steps:
      compile: {run: test ! -e broken}
"""
ASKS = """
name: asks
steps:
  review: {approval: {title: "Publish?"}}
"""

CASES = """\
cases:
  - name: all goes well
    mock: {extract: {takes: 1h}, build.compile: {}}
    expect: {order: [extract, build.compile], duration: 1h}
"""

WAITS = """
name: waits
steps:
  paid: {wait: {signal: paid}}
"""

SHOP = """
name: shop
steps:
  charge: {run: read line < gate, effects: once}
"""

HELD = """\
name: held
steps:
  hold: {run: read line < gate}
  after: {needs: hold, run: "true"}
"""


def run_nightly(world):
    equal(world.pawl("run", "nightly.yaml", "-q").code, 0)


def run_broken(world):
    """A run whose only mistake is mended."""
    world.write("broken", "")
    equal(world.pawl("run", "nightly.yaml", "-q").code, 1)
    os.unlink(world.path("broken"))


def hold(world):
    """A run that waits for who writes into the gate."""
    equal(world.pawl("run", "held.yaml", "--detach", "-q").code, 0)
    world.until("the step runs", lambda: world.step("hold")["state"] == "running")


def open_gate(world):
    with open(world.path("gate"), "w") as gate:
        gate.write("go\n")


def hold_paused(world):
    hold(world)
    equal(world.pawl("pause", "last", "-q").code, 0)
    open_gate(world)
    world.until_state("paused")


def let_go(world):
    open_gate(world)
    equal(world.pawl("resume", "last", "-q").code, 0)


def asks(world):
    """A run that waits for a decision."""
    equal(world.pawl("run", world.write("asks.yaml", ASKS), "--detach", "-q").code, 0)
    world.until_state("waiting")


def waits(world):
    """A run that waits for a signal."""
    equal(world.pawl("run", world.write("waits.yaml", WAITS), "--detach", "-q").code, 0)
    world.until_state("waiting")


def interrupted(world):
    """A run of which nobody knows whether its step was done."""
    equal(world.pawl("run", world.write("shop.yaml", SHOP), "--detach", "-q").code, 0)
    world.until("the step runs", lambda: world.step("charge")["state"] == "running")
    world.kill(world.workers())
    equal(world.pawl("resume", "last", "-q").code, 1)
    equal(world.step("charge")["state"], "unknown")


def is_over(world):
    world.until("the run is over",
                lambda: world.show()["state"] in ("succeeded", "failed", "cancelled"))


def is_cancelled(world):
    world.until_state("cancelled")


def tests(world):
    """A run, and a test of its workflow."""
    world.write("nightly.test.yaml", CASES)
    run_nightly(world)


def nothing(_):
    pass


# What has to be before an example of a command can run, and what ends it.
PREPARED = {
    "attach": (run_nightly, nothing),
    "pause": (hold, let_go),
    "resume": (hold_paused, nothing),
    "approve": (asks, is_over),
    "reject": (asks, is_over),
    "signal": (waits, is_over),
    "resolve": (interrupted, is_over),
    "cancel": (hold, is_cancelled),
    "retry": (run_broken, nothing),
    "show": (run_nightly, nothing),
    "logs": (run_nightly, nothing),
    "events": (run_nightly, nothing),
    "test": (tests, nothing),
}


def serves(world, line, shell):
    """Starts a line that stays; it works when it says so."""
    started = subprocess.Popen([shell, "-c", line], stdin=subprocess.DEVNULL, cwd=world.folder,
                               stderr=subprocess.PIPE, text=True, env=world.env,
                               start_new_session=True)
    contains(started.stderr.readline(), "pawl: serving")
    os.killpg(started.pid, signal.SIGTERM)
    started.communicate()


def examples(world):
    """(command, line) of each help page."""
    for command in re.findall(r"^  (\w+) ", world.pawl("help").out, re.M):
        for line in world.pawl("help", command).out.split("\n\n")[0].splitlines():
            yield command, line


@own_world
def test_examples(world):
    """the examples on top of each help page run as printed"""
    for shell in shells(world, "test_examples"):
        world.enter(f"examples-{shell}")
        world.write("nightly.yaml", NIGHTLY)
        world.write("held.yaml", HELD)
        os.mkdir(world.path("flows"))
        world.write("flows/daily.yaml", NIGHTLY)
        os.mkfifo(world.path("gate"))
        for command, line in examples(world):
            prepare, finish = PREPARED.get(command, (nothing, nothing))
            prepare(world)
            if command == "serve":
                serves(world, line, shell)
                continue
            done = world.shell(line, shell)
            assert done.code == 0, f"{shell}: {line}: {done}"
            finish(world)


# ---- what errors suggest -----------------------------------------------------------------------

MISTAKES = (
    ("shwo",), ("show",), ("show", "999"), ("show", "last", "nothing"), ("run",),
    ("run", "nothing.yaml"), ("run", "nightly.yaml", "-i", "regoin=eu"),
    ("run", "nightly.yaml", "-i", "region=xx"), ("run", "nightly.yaml", "--slots", "x"),
    ("run", "nightly.yaml", "--timeout", "x"), ("run", "wrong.yaml"), ("check", "wrong.yaml"),
    ("check", "nothing"), ("runs", "stat=failed"), ("runs", "--nothing"), ("logs", "last", "--grep", "("),
    ("logs", "last", "--since", "x"), ("pause", "last"), ("resume", "last"), ("cancel", "last"),
    ("approve", "last"), ("reject", "last"), ("signal", "last", "paid"), ("signal", "last", "x", "{"),
    ("resolve", "last", "extract", "done"),
    ("retry", "last"), ("explain", "nothing"), ("new",), ("new", "nightly"), ("new", "a b"),
    ("new", "x", "--template", "nothing"), ("fmt", "-", "x"), ("graph", "wrong.yaml"),
    ("db", "nothing"), ("man", "run", "--to", "x"), ("serve", "--lease", "1h"), ("help", "nothing"),
)
PARSED_BADLY = re.compile(
    r"error: (pawl \w+ (has no|takes no|needs)|pawl has no|\S+ (has no|takes no) value|"
    r"\S+ stands before)")


@own_world
def test_suggestions(world):
    """the commands that errors suggest are understood, in each shell, before and after a database"""
    found = set()
    world.write("nightly.yaml", NIGHTLY)
    world.write("wrong.yaml", "steps:\n  a: {rnu: x}\n")
    for round_of in ("before the first run", "after it"):
        if round_of == "after it":
            run_nightly(world)
        for words in MISTAKES:
            told = world.pawl(*words).err
            found |= set(re.findall(r"^ +(pawl \w.*)$", told, re.M))
    assert len(found) > 15, found
    for shell in shells(world, "test_suggestions"):
        for line in sorted(found):
            done = world.shell(line, shell)
            assert not PARSED_BADLY.match(done.err), f"{shell}: {line}: {done}"
            assert "syntax error" not in done.err and "parse error" not in done.err, done


SUGGESTED = re.compile(r'"(?:  )?(pawl (\w+)[^"\\]*)(?:\\n)?"')


def test_sources_suggest_what_exists(world):
    """every command in a text of the sources exists and knows the flags it is told with"""
    pages = {}
    for folder, _, names in os.walk(os.path.join(ROOT, "engine/cli")):
        for name in names:
            if not name.endswith(".cpp"):
                continue
            with open(os.path.join(folder, name)) as file:
                texts = SUGGESTED.findall(file.read())
            for text, command in texts:
                if command in ("has", "needs", "takes"):  # "pawl has no command {}"
                    continue
                if command not in pages:
                    page = world.pawl("help", command)
                    assert page.code == 0, f"{name}: {text}: {page}"
                    pages[command] = page.out
                for flag in re.findall(r" (--?[a-z][\w-]*)", text.partition(" psql ")[0]):
                    assert re.search(rf"(^|[ ,]){flag}\b", pages[command], re.M), f"{name}: {text}"


if __name__ == "__main__":
    main(__name__)
