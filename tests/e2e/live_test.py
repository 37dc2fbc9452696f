"""The live tree under load: what steps print, how long runs take, titles, and real resizes."""

import os
import random
import re
import shutil
import signal
import subprocess

from screen import Screen
from terminal_test import HELD, in_the_middle
from world import contains, equal, main

STORM = r"""
name: storm
steps:
  shouts:
    run: |
      for i in 1 2 3 4 5; do cat nasty; done
      printf 'the \033[35mlast'; touch half; while [ ! -e rest ]; do sleep 0.02; done
      printf ' line\n'
      while [ ! -e gate ]; do sleep 0.02; done
  beside:
    run: while [ ! -e gate ]; do sleep 0.02; done
"""

NASTY = [
    b"\033[31mred and never off", b"\033[1;44mbold on blue\033[0m plain", b"10 %\r50 %\r100 %",
    b"a\tb\tc", "日本語 and 한국어".encode(), "🙂 family 👨‍👩‍👧 flag 🇩🇪".encode(), b"half \033[3", b"\033", b"half \033]0;",
    b"nul \0 byte", b"\033]0;owned\007", b"\033]2;owned\033\\", b"\033[2J\033[H", b"\033[?1049h",
    b"\033[10A\033[K", b"\033(0lqqk\033(B", b"\233" b"31m", b"\xff\xfe not UTF-8", b"\x08\x08back", b"\x0bdown\x0c",
    "\u202ereversed".encode(), b"\033[6n\033[c", b"\033P1;2q\033\\", b"w" * 3000]


def test_storm(world):
    """200,000 lines with colours, controls and titles as fast as they come: the tree stays whole"""
    lines = b"".join(line + b"\n" for line in NASTY)
    world.write("nasty", lines * (40_000 // len(NASTY)))
    world.write("storm.yaml", STORM)
    screen = Screen(world, "pawl run storm.yaml")

    def is_whole():
        assert len(screen.headers()) <= 1, screen.display()
        for row in screen.wide_rows():
            assert len(row) < screen.columns, row

    while not os.path.exists(world.path("half")):
        assert screen.read()
        is_whole()
    world.write("rest", "")
    screen.until_text("│ the last line")
    is_whole()
    contains(screen.bytes, b"\033[35mlast line\033[0m")
    world.write("gate", "")
    while screen.read():
        pass
    for bad in (b"\0", b"\033]", b"\033[2J", b"\033[H", b"\033[?1049h", b"\033(0", b"\033P", b"\033[6n"):
        assert bad not in screen.bytes, bad
    equal(screen.screen.title, "")
    equal(screen.end(), 0)


def test_colours_in_lines(world):
    """colours that a step prints stay in the lines of a terminal, and are left out elsewhere"""
    world.write("colours.yaml", r"""
name: colours
steps:
  paints:
    run: printf '\033[31mred\033[2J\n'
""")
    screen = Screen(world, "pawl run colours.yaml --no-tree")
    equal(screen.end(), 0)
    contains(screen.bytes, b"| \033[31mred\033[0m\r\n")
    screen = Screen(world, "pawl logs last")
    equal(screen.end(), 0)
    contains(screen.bytes, b"\033[31mred\033[0m\r\n")
    for command in ("pawl logs last", "pawl run colours.yaml", "pawl logs last --color=never"):
        assert "\033" not in world.shell(command).out, command
    contains(world.shell("pawl logs last --color=always").out, "\033[31mred\033[0m\n")


def test_follow_what_has_ended(world):
    """attach and resume of a run that has ended show its tree and its end, and leave"""
    world.write("short.yaml", """
name: short
inputs: {day: {type: string, default: today}}
steps:
  good: {run: echo good}
  bad: {needs: good, run: exit 3}
""")
    equal(world.pawl("run", "short.yaml", "-i", "day=monday").code, 1)
    for command in ("attach", "resume"):
        screen = Screen(world, f"pawl {command} last")
        equal(screen.end(), 1)
        contains(screen.bytes, b"pawl retry")


TITLED = {"TERM_PROGRAM": "WezTerm"}
CLEARED = b"\033]9;4;0\033\\\033]2;\033\\\033[23;2t"


def test_title(world):
    """a terminal that is known by name shows the progress in its title, and nothing of it stays"""
    screen = in_the_middle(world, env=TITLED)
    screen.until_bytes("% held, run ")
    assert re.search(rb"\033\]9;4;1;\d+\033\\", screen.bytes), screen.bytes
    world.write("gate", "")
    equal(screen.end(), 0)
    contains(screen.bytes, CLEARED)
    assert b"\033]" not in screen.bytes[screen.bytes.rindex(CLEARED) + len(CLEARED):]


def test_title_after_a_crash(world):
    """also a client that crashes, or is terminated, takes its title away"""
    for how in (signal.SIGSEGV, signal.SIGTERM):
        screen = in_the_middle(world, env=TITLED, command="pawl run held.yaml; echo over")
        screen.until_bytes("% held, run ")
        screen.signal(world, how)
        screen.until_bytes("over\r\n")
        contains(screen.bytes, CLEARED)
        world.write("gate", "")
        world.until_state("succeeded")
        os.remove(world.path("gate"))


def test_no_title(world):
    """PAWL_UI_TITLE=false keeps the title as it is"""
    screen = in_the_middle(world, env={**TITLED, "PAWL_UI_TITLE": "false"})
    world.write("gate", "")
    equal(screen.end(), 0)
    assert b"\033]" not in screen.bytes


def test_settings(world):
    """ui.tail and ui.rows shape the tree, --tail wins, and without ui.keys it does not listen"""
    world.write("long.yaml", r"""
name: long
steps:
  - id: prints
    run: for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done; while [ ! -e gate ]; do sleep 0.02; done
""")

    def tails(rows):
        return [row.strip() for row in rows if "│ line" in row]

    for flags, env, shown in (("", {"PAWL_UI_TAIL": "5"}, 5), ("--tail 6", {"PAWL_UI_TAIL": "5"}, 6),
                              ("--tail 9", {"PAWL_UI_ROWS": "8"}, 4)):
        screen = Screen(world, f"pawl run long.yaml {flags}", env={**env, "PAWL_UI_KEYS": "false"})
        screen.until(lambda rows: tails(rows) == [f"│ line {i}" for i in range(10 - shown, 10)])
        screen.keys("l\r")
        screen.keys("\x03")
        screen.until_text("goes on without this terminal")
        equal(len(screen.headers()), 1)
        screen.keys("c")
        equal(screen.end(), 3)
        assert "✓" not in "".join(screen.lines()), screen.lines()


def test_estimates(world):
    """after a run that went well the next one knows how long it takes, and says how little it knows"""
    world.write("guessed.yaml", HELD.replace("name: held", "name: guessed"))
    world.write("gate", "")
    equal(world.pawl("run", "guessed.yaml").code, 0)
    os.remove(world.path("gate"))
    screen = Screen(world, "pawl run guessed.yaml", columns=120, rows=40)
    screen.until_text(", usual ~")
    screen.until(lambda rows: any(re.search(r"of 5 steps, ends (by )?~\d\d:\d\d", row) for row in rows))
    world.write("gate", "")
    equal(screen.end(), 0)


def test_ten_thousand_steps(world):
    """10,000 steps fold into a block of a few rows, and no frame is larger than 8 KiB"""
    count = 10_000
    steps = "".join(f"      part_{i}: {{lua: return {i}}}\n" for i in range(count - 1))
    world.write("many.yaml", f"""
name: many
steps:
  transform:
    steps:
{steps}  held:
    run: while [ ! -e gate ]; do sleep 0.02; done
""")
    screen = Screen(world, "pawl run many.yaml", columns=120, rows=40)
    # The header comes before the rows below it.
    screen.until(lambda rows: any("9,999 of 10,000 steps" in row for row in rows) and any(
        row.startswith("✓ transform") and "9,999 done" in row for row in rows))
    block = [row for row in screen.display() if row]
    equal(len(screen.headers()), 1)
    assert len(block) <= 24, block
    world.write("gate", "")
    while screen.read():
        pass
    contains("\n".join(screen.lines()), "  10,000 steps")
    equal(screen.end(), 0)
    frames = [len(frame) for frame in screen.bytes.split(b"\033[?2026h")[1:-1]]
    assert max(frames) <= 8192, max(frames)


LATE = """
name: late
steps:
  shaky:
    run: |
      [ -e again ] || { touch again; exit 2; }
      while [ ! -e gate ]; do sleep 0.02; done
    retry: {max_attempts: 2, delay: 1ms}
"""


def test_lines_before_the_first_look(world):
    """what went wrong between the start of a run and the first look of a slow client is told, too"""
    world.write("keeper.yaml", "name: keeper\nsteps: {holds: {run: 'while [ ! -e gate ]; do sleep 0.02; done'}}\n")
    equal(world.pawl("run", "--detach", "keeper.yaml").code, 0)
    world.write("late.yaml", LATE)
    screen = Screen(world, "PAWL_CRASH_AT=run.stored:1:stop exec pawl run late.yaml")
    world.until_stopped(screen.child.pid)
    world.until("the step is tried again", lambda: any(
        event["event"] == "granted" for event in world.events()))
    os.kill(screen.child.pid, signal.SIGCONT)
    screen.until_text("Ctrl-C: leave")
    world.write("gate", "")
    equal(screen.end(), 0)
    equal(len([line for line in screen.lines() if "shaky retrying" in line]), 1)


# A step that fails now and then, so that lines come above the block while the terminal changes.
RESTLESS = """
name: restless
steps:
  noisy:
    run: exit 2
    on_error: continue
    retry: {max_attempts: 25, delay: 100ms}
  middle:
    run: |
      echo line one; echo line two
      touch at_middle
      while [ ! -e gate ]; do sleep 0.02; done
"""


class Tmux:
    def __init__(self, world, command, columns, rows):
        self.world = world
        self.socket = world.path("tmux")
        self.run("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, "bash", "-c", command)
        world.at_close(lambda: self.run("kill-server", check=False))

    def run(self, *arguments, check=True):
        done = subprocess.run(
            ["tmux", "-u", "-S", self.socket, *map(str, arguments)], capture_output=True, text=True,
            cwd=self.world.folder, env={**self.world.env, "TERM": "xterm-256color", "CI": ""}, check=check)
        return done.stdout

    def lines(self):
        """All that was ever on the screen, rows that were wrapped put together again."""
        return [line.rstrip() for line in self.run("capture-pane", "-p", "-J", "-S", "-").splitlines()]

    def until_text(self, text):
        self.world.until(f"tmux shows {text!r}", lambda: any(text in line for line in self.lines()))

    def resize(self, columns, rows):
        self.run("resize-window", "-x", columns, "-y", rows)


def test_real_resizes(world):
    """50 resizes of a real terminal: each line above the block stays once, and nothing of the block"""
    if shutil.which("tmux") is None:
        return world.not_run("real resizes", "tmux is not here")
    world.write("restless.yaml", RESTLESS)
    terminal = Tmux(world, "printf 'above %s\\n' $(seq 20); pawl run restless.yaml; echo over $?; exec cat",
                    100, 30)
    terminal.until_text("│ line two")
    seed = 3963
    chance = random.Random(seed)
    for turn in range(50):
        terminal.resize(chance.randint(80, 200), chance.randint(16, 50))
        if turn % 5 == 0:  # Else several come before the next frame.
            terminal.resize(120, 30)
            terminal.until_text("Ctrl-C: leave, pause, stop")
    terminal.resize(120, 30)
    world.write("gate", "")
    terminal.until_text("over 0")
    lines = terminal.lines()
    equal([line for line in lines if line.startswith("above")], [f"above {i}" for i in range(1, 21)])
    told = [line for line in lines if "noisy retrying" in line]
    equal("\n".join(lines).count("noisy retrying"), 24)
    equal(len(told), 24)
    tries = [int(line[1]) for line in (re.search(r"try (\d+) of 25", line) for line in told) if line]
    equal(tries, sorted(set(tries)))
    equal(len([line for line in lines if "  restless" in line]), 1)
    for trace in ("Ctrl-C: leave", "━", "│ line", "to come", " of 2 steps"):
        assert not any(trace in line for line in lines), (trace, lines)


if __name__ == "__main__":
    main(__name__)
