"""`pawl logs`: the last page, filters, and following without loss or repetition."""

import os
import random
import signal

from screen import Screen
from world import contains, equal, main, own_world

SMALL = """
name: small
steps:
  - id: numbers
    run: |
      seq -f 'number %g' 1 300
      echo 'bad news' >&2
  - id: words
    run: |
      printf 'caf\\303\\251\\tnoir\\nno end'
"""


def run_small(world):
    world.write("small.yaml", SMALL)
    equal(world.pawl("run", "small.yaml", "-q").code, 0)


def restart_database(world):
    """In order, because output is stored without waiting for the disk: what a crash takes of it is
    another test's matter."""
    equal(world.pawl("db", "stop").code, 0)
    equal(world.pawl("db", "start").code, 0)


def patient_worker(world):
    """However long a restart takes, its steps go on."""
    world.pawl("db", "start")
    world.start("serve", "--lease", "10m", "--idle-exit", "10m")
    world.until("the worker serves", lambda: "1" in world.pawl(
        "db", "psql", "-XAtc", "select count(*) from lane").out)


def texts(out):
    return [line.split(" | ")[-1].split(" ! ")[-1] for line in out.splitlines()]


def test_pipe_gets_all(world):
    """a pipe gets everything, merged by time, each line with clock, step and stream"""
    run_small(world)
    lines = world.pawl("logs", "last").out.splitlines()
    equal(len(lines), 303)
    assert lines[0].endswith("numbers | number 1"), lines[0]
    contains(lines[300], "numbers ! bad news")
    contains(lines[301], "words   | café\tnoir")
    contains(lines[302], "words   | no end")


def test_terminal_gets_last(world):
    """a terminal gets the last 200 lines and is told how many stand before"""
    run_small(world)
    screen = Screen(world, "pawl logs last", rows=400)
    equal(screen.end(), 0)
    lines = [line for line in screen.lines() if line]
    equal(lines[0], "103 earlier lines: --all")
    equal(len(lines), 201)
    contains(lines[1], "number 104")


def test_silence(world):
    """a terminal is told that there is nothing to show, and why; a pipe gets nothing"""
    world.write("silent.yaml", "name: silent\nsteps: {quiet: {run: 'true'}, loud: {run: echo hi}}\n")
    equal(world.pawl("run", "silent.yaml", "-q").code, 0)
    number = world.show()["run"]
    for command, told in {"last quiet": "'quiet' has printed nothing",
                          "last --grep moon": f"no line of run {number} is what you ask for",
                          }.items():
        screen = Screen(world, f"pawl logs {command}")
        equal(screen.end(), 0)
        equal([line for line in screen.lines() if line], [told])
    piped = world.pawl("logs", "last", "quiet")
    equal((piped.out, piped.err), ("", ""))


def test_last_lines(world):
    """-n N gives the last N lines, in a pipe, too"""
    run_small(world)
    equal(texts(world.pawl("logs", "last", "-n", "3").out), ["bad news", "café\tnoir", "no end"])
    equal(world.pawl("logs", "last", "-n", "0").out, "")
    equal(len(world.pawl("logs", "last", "--all").out.splitlines()), 303)


def test_filters(world):
    """--stream, --grep with context, --attempt and STEP choose lines"""
    run_small(world)
    equal(texts(world.pawl("logs", "last", "--stream", "err").out), ["bad news"])
    equal(texts(world.pawl("logs", "last", "numbers", "--grep", "^number 7$").out), ["number 7"])
    seen = world.pawl("logs", "last", "--grep", "number (7|250)$", "-C", "1", "--no-prefix").out
    equal(seen.splitlines(), ["number 6", "number 7", "number 8", "--",
                              "number 249", "number 250", "number 251"])
    equal(world.pawl("logs", "last", "--attempt", "2").out, "")
    equal(len(world.pawl("logs", "last", "words").out.splitlines()), 2)
    equal(world.pawl("logs", "last", "--since", "1h", "-n", "1", "--no-prefix").out, "no end\n")
    equal(world.pawl("logs", "last", "--until", "1h").out, "")


def test_mistakes(world):
    """a pattern, a time or a stream that cannot be read is told with its flag"""
    run_small(world)
    for flags, part in ((("--grep", "("), "--grep: "), (("--since", "soon"), "--since: 'soon'"),
                        (("--stream", "both"), "--stream: there is no 'both'"),
                        (("--times", "never"), "--times: there is no 'never'")):
        refused = world.pawl("logs", "last", *flags)
        equal(refused.code, 2)
        contains(refused.err, part)


def test_raw(world):
    """--raw gives the bytes as they were, from any offset"""
    run_small(world)
    expected = "café\tnoir\nno end"
    equal(world.pawl("logs", "last", "words", "--raw").out, expected)
    equal(world.pawl("logs", "last", "words", "--raw", "--from", "6").out, "noir\nno end")


@own_world
def test_follow_oracle(world):
    """logs -f, killed at random and going on where it was, gives every byte once; the database dies twice"""
    world.write("flood.yaml", """
name: flood
steps:
  - id: flood
    run: |
      awk 'BEGIN { srand(7); for (i = 0; i < 60000; i++) {
        printf "%d %s\\n", i, substr("abcdefghijklmnopqrstuvwxyz0123456789", 1, rand() * 36);
        if (i % 1000 == 0) { fflush(); system("sleep 0.05") } } }' | tee oracle
""")
    patient_worker(world)
    number = world.pawl("run", "flood.yaml", "--detach", "-q").out.strip()
    rand = random.Random(20261121)
    seen = b""
    kills = 200 if os.environ.get("PAWL_TORTURE") else 40
    for turn in range(kills):
        client = world.start("logs", number, "flood", "--raw", "-f", "--from", len(seen))
        chunk = os.read(client.stdout.fileno(), rand.randrange(1, 40000))
        seen += chunk
        if turn in (kills // 3, 2 * kills // 3):
            restart_database(world)
        client.send_signal(signal.SIGKILL)
        seen += client.stdout.buffer.read()
        client.wait()
        if world.show(number)["state"] == "succeeded":
            break
    seen += world.start("logs", number, "flood", "--raw", "-f", "--from", len(seen)).stdout.buffer.read()
    with open(world.path("oracle"), "rb") as file:
        oracle = file.read()
    equal(len(seen), len(oracle))
    assert seen == oracle


@own_world
def test_follow_outlives_database(world):
    """a logs -f that loses the database says so, comes back and repeats nothing"""
    world.write("slow.yaml", """
name: slow
steps:
  - id: slow
    run: |
      echo one; touch one
      while [ ! -e gate ]; do sleep 0.02; done
      echo two
""")
    patient_worker(world)
    number = world.pawl("run", "slow.yaml", "--detach", "-q").out.strip()
    client = world.start("logs", number, "-f", "--no-prefix")
    equal(client.stdout.readline(), "one\n")
    equal(world.pawl("db", "stop").code, 0)
    contains(client.stderr.readline(), "connection to the database lost")
    equal(world.pawl("db", "start").code, 0)
    world.write("gate", "")
    equal(client.stdout.read(), "two\n")
    equal(client.wait(), 0)


def test_interrupt(world):
    """Ctrl-C ends logs -f at once, by the signal"""
    world.write("held.yaml", """
name: held
steps:
  - id: waits
    run: |
      echo here
      while [ ! -e gate ]; do sleep 0.02; done
""")
    number = world.pawl("run", "held.yaml", "--detach", "-q").out.strip()
    client = world.start("logs", number, "-f", "--no-prefix")
    equal(client.stdout.readline(), "here\n")
    client.send_signal(signal.SIGINT)
    equal(client.wait(), -signal.SIGINT)
    world.write("gate", "")
    world.until_state("succeeded", number)


if __name__ == "__main__":
    main(__name__)
