"""Completion in real shells: what Tab gives in bash, zsh and fish, and that it never hurts."""

import os
import random
import shutil
import socket

import pexpect

from world import PATIENCE, contains, equal, main, own_world

WORKFLOW = """\
name: nightly
inputs:
  region: {type: string, enum: [eu, us], default: eu}
  day: {type: string, default: today}
steps:
  extract: {run: "true"}
  build:
    steps:
      compile: {run: "true"}
"""


def prepare(world):
    """Two runs, the second of which failed."""
    world.write("nightly.yaml", WORKFLOW)
    world.write("broken.yaml", "name: broken\nsteps:\n  only: {run: exit 1}\n")
    equal(world.pawl("run", "nightly.yaml", "-q").code, 0)
    equal(world.pawl("run", "broken.yaml", "-q").code, 1)


def has_shell(world, shell):
    if shutil.which(shell):
        return True
    world.not_run(f"completion in {shell}", f"{shell} is not installed")
    return False


def fish(world, line, env=None):
    """The words that fish offers for `line`, without their descriptions."""
    done = world.pawl("completion", "fish")
    world.write("pawl.fish", done.out)
    listed = world.shell(f"source pawl.fish; complete -C '{line}'", "fish")
    equal((listed.code, listed.err), (0, ""))
    return [row.split("\t")[0] for row in listed.out.splitlines()]


class Shell:
    """An interactive shell that shows its line when asked (Ctrl-X, then E)."""

    def __init__(self, world, argv, setup, show):
        self.child = pexpect.spawn(argv[0], argv[1:], cwd=world.folder, encoding="utf-8",
                                   env={**world.env, "TERM": "xterm", "PS1": "> "},
                                   timeout=PATIENCE, dimensions=(60, 120), echo=False)
        self.child.sendline(setup + show + "\nprintf 'rea%s\\n' dy")
        self.child.expect_exact("ready")

    def complete(self, typed):
        """The line after `typed`, in which \\t stands for Tab; the shell's line is empty then."""
        self.child.send(typed + "\x18e")
        self.child.expect(r"<<(.*?)>>")
        line = self.child.match[1]
        self.child.send("\x15")
        return line

    def close(self):
        self.child.close(force=True)


def bash(world):
    return Shell(world, ["bash", "--norc", "--noprofile", "-i"],
                 'eval "$(pawl completion bash)"\nbind "set bell-style none"\n'
                 'bind "set enable-bracketed-paste off"\n',
                 "bind -x '\"\\C-xe\": printf \"<<%s>>\" \"$READLINE_LINE\"'")


def zsh(world):
    return Shell(world, ["zsh", "-f", "-i"],
                 'unsetopt zle_bracketed_paste 2>/dev/null; bindkey -e\n'
                 'autoload -Uz compinit && compinit -u -D\neval "$(pawl completion zsh)"\n',
                 "show() { print -rn -- \"<<$BUFFER>>\" }; zle -N show; bindkey '^Xe' show")


LINES = (  # What is typed, and what Tab makes of it.
    ("pawl vers\t", "pawl version "),
    ("pawl explain unknown-k\t", "pawl explain unknown-key "),
    ("pawl logs --stre\to\t", "pawl logs --stream out "),
    ("pawl runs stat\tfa\t", "pawl runs state=failed "),
    ("pawl runs state=failed,ca\t", "pawl runs state=failed,cancelled "),
    ("pawl show 1 ext\t", "pawl show 1 extract "),
    ("pawl show last:ni\t", "pawl show last:nightly "),
    ("pawl show 1 build.\t", "pawl show 1 build.compile "),
    ("pawl run nig\t-i re\tu\t", "pawl run nightly.yaml -i region=us "),
    ("pawl new --template jo\t", "pawl new --template job "),
    ("pawl check flo\tda\t", "pawl check flows/daily.yaml "),
    ("pawl check sp\t", "pawl check sp\\ ace.yaml "),
    ("pawl db stat\t", "pawl db status "),
    ("pawl help comp\t", "pawl help completion "),
)

# What lies between is how the shell moves to the next row.
LISTED = r"2 +broken, failed.*?1 +nightly, succeeded.*?last +broken, failed"


def files(world):
    os.mkdir(world.path("flows"))
    world.write("flows/daily.yaml", WORKFLOW)
    world.write("sp ace.yaml", WORKFLOW)


@own_world
def test_bash(world):
    """in bash, Tab completes commands, flags, values, runs, steps, inputs, filters and files"""
    if not has_shell(world, "bash"):
        return
    prepare(world)
    files(world)
    shell = bash(world)
    for typed, line in LINES:
        equal((typed, shell.complete(typed)), (typed, line))
    equal(shell.complete("pawl check ~/test_\t"), "pawl check ~/test_bash/")
    equal(shell.complete("pawl check 'sp\t"), "pawl check 'sp ace.yaml'")
    equal(shell.complete("true | pawl vers\t"), "true | pawl version ")
    shell.child.send("pawl show \t\t")
    shell.child.expect(LISTED)
    shell.close()


@own_world
def test_zsh(world):
    """and so it does in zsh"""
    if not has_shell(world, "zsh"):
        return
    prepare(world)
    files(world)
    shell = zsh(world)
    for typed, line in LINES:
        equal((typed, shell.complete(typed)), (typed, line))
    equal(shell.complete("pawl check ~/test_\t"), "pawl check ~/test_zsh/")
    shell.child.send("pawl show \t")
    shell.child.expect(LISTED)
    shell.close()


@own_world
def test_fish(world):
    """and so it does in fish, with a description beside each word"""
    if not has_shell(world, "fish"):
        return
    prepare(world)
    files(world)
    equal(fish(world, "pawl vers"), ["version"])
    equal(fish(world, "pawl show "), ["2", "1", "last"])
    equal(fish(world, "pawl show 1 build."), ["build.compile"])
    equal(fish(world, "pawl runs state=fa"), ["state=failed"])
    equal(fish(world, "pawl run nightly.yaml -i region="), ["region=eu", "region=us"])
    equal(fish(world, "pawl check flows/"), ["flows/daily.yaml"])
    equal(fish(world, "pawl logs --stream "), ["out", "err"])
    described = world.shell("source pawl.fish; complete -C 'pawl show '", "fish")
    equal(described.out.splitlines()[0], "2\tbroken, failed")


@own_world
def test_starts_nothing(world):
    """completion starts no database, makes no file and prints nothing when there are no runs"""
    for words in (("show", ""), ("runs", "workflow="), ("logs", "1", "")):
        equal(world.pawl("__complete", "fish", *words), (0, "", ""))
    equal(world.processes(), [])
    assert not os.path.exists(world.home)


@own_world
def test_stopped_database(world):
    """a database that is stopped stays so"""
    prepare(world)
    world.kill(world.workers())
    world.until("no worker is left", lambda: not world.workers())
    equal(world.pawl("db", "stop").code, 0)
    equal(world.pawl("__complete", "fish", "show", ""), (0, "", ""))
    equal(world.postmaster(), None)


def test_hanging_database(world):
    """a database that does not answer does not hang the shell"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"postgresql://127.0.0.1:{server.getsockname()[1]}/none"
        for env, words in (({"PAWL_DATABASE_URL": url}, ("show", "")),
                           ({}, ("show", "--database", url, "")),
                           ({}, ("show", f"--database={url}", "1", "b"))):
            equal(world.pawl("__complete", "fish", *words, env=env), (0, "", ""))
        alive = world.pawl("__complete", "fish", "sho", env={"PAWL_DATABASE_URL": url})
        contains(alive.out, "show\t")


def test_never_an_error(world):
    """whatever is typed, completion ends well and says nothing on stderr"""
    chance = random.Random(7)
    words = ["run", "show", "logs", "", "-", "--", "--=", "-i", "nightly.yaml", "a=b", "\xff", "'",
             "\"", "\\", "last:", "=", "--color=", "--nothing", "state=x,", "/", "~/", "\n", "*"]
    for _ in range(60):
        line = chance.choices(words, k=chance.randrange(6))
        done = world.pawl("__complete", chance.choice(["fish", "zsh"]), *line)
        equal((line, done.code, done.err), (line, 0, ""))
        done = world.pawl("__complete", "bash", "9", " =:", "pawl " + " ".join(line))
        equal((line, done.code, done.err), (line, 0, ""))
    for strange in ((), ("fish",), ("tcsh", "run", ""), ("bash",), ("bash", "9", "=")):
        equal(world.pawl("__complete", *strange).code, 0)


def test_hidden(world):
    """the command that scripts ask is listed and suggested nowhere"""
    for page in (world.pawl("help"), world.pawl("__complet"), world.pawl("help", "--markdown")):
        assert "__complete" not in page.out, page.out
        assert "__complete" not in page.err.replace("'__complet'", ""), page.err


if __name__ == "__main__":
    main(__name__)
