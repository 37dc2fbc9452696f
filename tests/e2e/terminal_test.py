"""`pawl run` on a terminal: frames, keys, resizes, signals; and what it is in a pipe."""

import os
import re
import signal
import termios

from screen import Screen
from world import contains, equal, main

# A step that waits for a file, so that tests hold a run in its middle for as long as they look.
HELD = """
name: held
inputs:
  region: {type: string, default: eu}
steps:
  before:
    run: echo first
  build:
    needs: before
    steps:
      fetch:
        run: echo fetched
      compile:
        needs: fetch
        run: |
          echo 'ld: out of memory' >&2
          exit 2
        on_error: continue
        retry: {max_attempts: 2, delay: 10ms}
  middle:
    needs: build
    run: |
      echo line one; echo line two
      touch at_middle
      while [ ! -e gate ]; do sleep 0.02; done
  after:
    needs: middle
    run: echo after >> effects
outputs:
  url: https://reports.example.org/${{ inputs.region }}
"""


def held(world):
    return world.write("held.yaml", HELD)


def normalised(rows):
    """Times, numbers of runs and clocks as letters, so that screens can be compared."""
    out = []
    for row in rows:
        if row.startswith("  slowest"):
            continue  # Only when it took long.
        row = re.sub(r"  url +", "  url  ", row)
        row = re.sub(r" +usual ~?\S+$", "", row)  # Only after other tests.
        row = re.sub(r"run \d+", "run N", row)
        row = re.sub(r"\d\d:\d\d:\d\d", "HH:MM:SS", row)
        row = re.sub(r" +(\d+(\.\d)?s|\d+m\d\ds)$", " TIME", row)
        row = re.sub(r"(\d+(\.\d)?s|\d+m\d\ds)", "TIME", row)
        out.append(re.sub(r"(pawl \w+) \d+", r"\1 N", row))
    return out


def in_the_middle(world, columns=80, rows=24, command="pawl run held.yaml", env=None):
    held(world)
    screen = Screen(world, command, columns, rows, env)
    screen.until_bytes("line two")
    return screen


def check_frames(columns, rows):
    def check(world):
        screen = in_the_middle(world, columns, rows)
        frames = 0
        world.write("gate", "")
        while screen.read():
            shown = screen.headers()
            assert len(shown) <= 2, shown
            for row in screen.wide_rows():
                if re.match(r"\d\d:\d\d:\d\d ", row):
                    continue  # Lines above the block stay, so they are whole.
                assert len(row) < columns, (len(row), row)
            frames += 1
        assert frames > 0
        return normalised(line for line in screen.lines() if line)
    return check


def test_frames_80(world):
    """at 80 × 24 no row is wider than the terminal, and what stays is the tree and the end"""
    seen = check_frames(80, 24)(world)
    assert any(row.startswith("HH:MM:SS build.compile retrying") for row in seen), seen
    equal(seen[-9:], [
        "✓ before TIME",
        "✓ build       2 of 2 TIME",
        "  ✓ fetch TIME",
        '  ✕ compile   failed after 2 tries, ignored: exit 2, "ld: out of memor… TIME',
        "✓ middle TIME",
        "✓ after TIME",
        "✓ run N  held  succeeded in TIME",
        "  5 steps, 1 retry, 1 failed and ignored",
        "  url  https://reports.example.org/eu"])


def test_frames_120(world):
    """at 120 × 40 messages have a column of their own"""
    seen = check_frames(120, 40)(world)
    row = next(row for row in seen if row.startswith("  ✕ compile  "))
    equal(row.index("failed after 2 tries, ignored"), 35)
    equal(row.index('exit 2, "ld: out of memory"'), 67)
    equal(seen[-1], "  url  https://reports.example.org/eu")


def test_tail(world):
    """under a running step stand the last lines that it printed; the header has the inputs"""
    screen = in_the_middle(world, command="pawl run held.yaml -i region=us")
    screen.until_text("region=us")
    screen.until(lambda rows: any("│ line two" in row for row in rows))
    screen.until_text("Ctrl-C: leave, pause, stop")
    world.write("gate", "")
    equal(screen.end(), 0)


def test_leave(world):
    """Ctrl-C and d leave with 5, so that what is behind && never runs, and the run goes on"""
    screen = in_the_middle(world, command="pawl run held.yaml && touch deployed; echo code $?")
    screen.keys("\x03")
    screen.until_text("goes on without this terminal")
    screen.keys("d")
    screen.until_bytes("code 5")
    assert not os.path.exists(world.path("deployed"))
    screen.end()
    world.write("gate", "")
    world.until_state("succeeded")
    assert not os.path.exists(world.path("deployed"))


def test_back_and_leave_by_second(world):
    """Enter closes the question; a second Ctrl-C leaves"""
    screen = in_the_middle(world)
    screen.keys("\x03")
    screen.until_text("Enter: back")
    screen.keys("\r")
    screen.until_text("Ctrl-C: leave, pause, stop")
    screen.keys("\x03")
    screen.until_text("goes on without this terminal")
    screen.keys("\x03")
    equal(screen.end(), 5)
    left = "\n".join(screen.lines())
    contains(left, "goes on: pawl attach")
    # The tree stays, the question that was answered does not, nor keys that do nothing any more.
    for gone in ("Enter: back", "goes on without this terminal", "leave, pause, stop"):
        assert gone not in left, left
    world.write("gate", "")
    world.until_state("succeeded")


def test_pause(world):
    """Ctrl-C and p pause the run and leave with 5"""
    screen = in_the_middle(world)
    screen.keys("\x03")
    screen.until_text("p  pause")
    screen.keys("p")
    equal(screen.end(), 5)
    world.write("gate", "")
    world.until_state("paused")
    assert not os.path.exists(world.path("effects"))
    equal(world.pawl("resume", "last").code, 0)


def test_cancel(world):
    """Ctrl-C and c cancel the run, and the tree follows it to its end"""
    screen = in_the_middle(world)
    screen.keys("\x03")
    screen.until_text("c  cancel")
    screen.keys("c")
    equal(screen.end(), 3)
    contains("\n".join(screen.lines()), "cancelled after")
    equal(world.show()["state"], "cancelled")


def test_failure(world):
    """a failed run ends with the last lines of what failed and the command that repairs"""
    world.write("bad.yaml", """
name: bad
steps:
  works: {run: "true"}
  breaks:
    needs: works
    run: "for i in 1 2 3 4 5; do echo detail $i; done; echo the reason >&2; exit 7"
  later: {needs: breaks, run: "true"}
""")
    screen = Screen(world, "pawl run bad.yaml")
    equal(screen.end(), 1)
    text = "\n".join(screen.lines())
    contains(text, "│ the reason")
    contains(text, "did not run: later")
    assert re.search(r"repair    pawl retry \d+ +1 again, 1 first time", text), text


def check_modes(world, how, expected):
    screen = in_the_middle(world, command="pawl run held.yaml; echo over $?")
    assert screen.modes_now()[3] & termios.ECHO == 0, "typed characters would spoil the tree"
    screen.signal(world, how)
    screen.until_bytes("over ")
    screen.end()
    world.write("gate", "")
    world.until_state("succeeded")
    if expected:
        equal(screen.modes_now()[3], screen.modes[3])
    assert "line two" in "\n".join(screen.lines()), "the block is whole"


def test_terminated(world):
    """SIGTERM leaves the terminal as it was, and the run goes on"""
    check_modes(world, signal.SIGTERM, True)


def test_hung_up(world):
    """SIGHUP leaves the terminal as it was"""
    check_modes(world, signal.SIGHUP, True)


def test_crashed(world):
    """a crash of the client leaves the terminal as it was"""
    check_modes(world, signal.SIGSEGV, True)


def test_killed(world):
    """kill -9 of the client: the run ends by itself"""
    check_modes(world, signal.SIGKILL, False)


def test_stopped(world):
    """Ctrl-Z gives the terminal back and takes the block away; fg draws it again"""
    screen = in_the_middle(world, command="set -m; pawl run held.yaml; echo stopped; read x; fg; echo over $?")
    screen.keys("\x1a")
    screen.until_bytes("stopped")
    equal(screen.modes_now()[3] & termios.ECHO, screen.modes[3] & termios.ECHO)
    assert not screen.headers(), screen.display()
    screen.keys("go\r")
    screen.until(lambda rows: any("► middle" in row for row in rows))
    world.write("gate", "")
    screen.until_bytes("over 0")
    screen.end()


def test_closed_pipe(world):
    """a closed pipe ends the client silently, and the run goes on"""
    world.write("gate", "")
    held(world)
    done = world.shell("pawl run held.yaml 2>&1 | head -1")
    equal(len(done.out.splitlines()), 1)
    assert "pipe" not in done.out + done.err, done
    world.until_state("succeeded")


def test_pipe(world):
    """in a pipe there is no escape byte, nothing is cut, and the attention lines are the same"""
    world.write("gate", "")
    held(world)
    for command in ("pawl run held.yaml | cat", "pawl run held.yaml > out 2>&1; cat out"):
        done = world.shell(command)
        assert "\x1b" not in done.out, done.out
        contains(done.out, 'exit 2, "ld: out of memory"')
        contains(done.out, "build.compile retrying")
        contains(done.out, "build.compile ! ld: out of memory")


def test_no_tree(world):
    """--plain, CI and TERM=dumb give lines on a terminal, too"""
    world.write("gate", "")
    held(world)
    for command, env in (("pawl run held.yaml --plain", {}), ("pawl run held.yaml", {"CI": "true"}),
                         ("pawl run held.yaml --no-tree", {}), ("pawl run held.yaml", {"TERM": "dumb"})):
        screen = Screen(world, command, env=env)
        equal(screen.end(), 0)
        contains("\n".join(screen.lines()), "middle started")
        assert b"\x1b[?2026h" not in screen.bytes, command


def test_ascii(world):
    """in a locale without UTF-8 all bytes are ASCII, and states are words"""
    screen = in_the_middle(world, env={"LANG": "C"})
    world.write("gate", "")
    equal(screen.end(), 0)
    assert all(byte < 0x80 for byte in screen.bytes), screen.bytes
    contains("\n".join(screen.lines()), "+ before")


def test_wild_output(world):
    """what a step prints cannot steer the terminal: titles, colours, clears, controls, NUL"""
    world.write("wild.yaml", r"""
name: wild
steps:
  - id: shouts
    run: |
      printf '\033]0;owned\007\033[2J\033[H\033[31mred\tand wide 日本語 🙂\000\r\nover\rwritten\n\033[?1049h\033['
      printf '%0.sx' $(seq 1 5000)
      echo; echo plain end
      touch at_middle
      while [ ! -e gate ]; do sleep 0.02; done
""")
    screen = Screen(world, "pawl run wild.yaml")
    screen.until(lambda rows: any("plain end" in row for row in rows))
    equal(len(screen.headers()), 1)
    assert b"\x1b[2J" not in screen.bytes and b"\x1b]0" not in screen.bytes and b"?1049" not in screen.bytes
    world.write("gate", "")
    equal(screen.end(), 0)
    equal(screen.screen.title, "")


def test_resizes(world):
    """50 resizes leave each line above the block once, and no trace of the block"""
    screen = in_the_middle(world, command="printf 'above %s\\n' 1 2 3 4 5; pawl run held.yaml")
    for turn in range(50):
        columns = (60, 200, 80, 43, 120)[turn % 5]
        screen.child.setwinsize(24, columns)
        screen.screen.resize(24, columns)
        screen.columns = columns
    screen.child.setwinsize(24, 80)
    screen.screen.resize(24, 80)
    screen.columns = 80
    world.write("gate", "")
    equal(screen.end(), 0)
    lines = screen.lines()
    equal([line for line in lines if line.startswith("above")], [f"above {i}" for i in range(1, 6)])


def test_keys(world):
    """keys change the view only: l takes the output away, Enter keeps a copy of the tree"""
    screen = in_the_middle(world)
    screen.until(lambda rows: any("│ line two" in row for row in rows))
    screen.keys("l")
    screen.until(lambda rows: not any("│ line two" in row for row in rows))
    screen.keys("\r")
    screen.until(lambda rows: sum("✓ before" in row for row in rows) == 2)
    screen.keys("xyz")
    world.write("gate", "")
    equal(screen.end(), 0)


def test_lost_connection(world):
    """while the database is away the tree says so, and it goes on when it is back"""
    screen = in_the_middle(world)
    world.kill([world.postmaster()], signal.SIGKILL)
    screen.until_text("connection lost")
    equal(world.pawl("db", "start").code, 0)
    screen.until(lambda rows: not any("connection lost" in row for row in rows))
    world.write("gate", "")
    equal(screen.end(), 0)


def test_progress_by_count(world):
    """done and total of a report are shown as a share and as they are"""
    world.write("count.yaml", """
name: count
steps:
  parts:
    run: |
      echo '{"done": 5, "total": 8}' >> "$PAWL_REPORT"
      while [ ! -e gate ]; do sleep 0.02; done
""")
    screen = Screen(world, "pawl run count.yaml")
    screen.until_text("62 %, 5 of 8")
    contains(world.pawl("doctor", "last").out, "62 %, 5 of 8")
    world.write("gate", "")
    equal(screen.end(), 0)


if __name__ == "__main__":
    main(__name__)
