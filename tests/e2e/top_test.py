"""`pawl top`: the full screen, its keys, and that it leaves no trace."""

import json

from screen import Screen
from world import contains, equal, main, own_world

GATED = """
name: gated
steps:
  held: {run: 'touch at; while [ ! -e gate ]; do sleep 0.05; done'}
  after: {needs: held, run: 'true'}
"""


def opened(world, columns=80, rows=24):
    screen = Screen(world, "echo before; pawl top; echo after", columns, rows)
    screen.until_text("pawl top")
    return screen


def test_watch_and_leave(world):
    """top shows what runs and what has ended; q leaves, and the terminal is as before"""
    world.write("quick.yaml", "name: quick\nsteps:\n  a: {run: 'true'}\n")
    equal(world.pawl("run", world.path("quick.yaml")).code, 0)
    world.pawl("run", world.write("gated.yaml", GATED), "--detach")
    world.until("held runs", lambda: world.step("held")["state"] == "running")
    screen = opened(world)
    for text in ("held ", "running", "succeeded", "answers in", "q leave"):
        screen.until_text(text)
    assert all(len(row) < 80 for row in screen.wide_rows()), screen.wide_rows()
    world.write("gate", "")
    screen.until(lambda rows: not any("gated" in row and "running" in row for row in rows))
    screen.keys("q")
    equal(screen.end(), 0)
    contains("\n".join(screen.lines()), "after")
    equal(screen.modes_now(), screen.modes)
    equal(screen.bytes.count(b"\x1b[?1049h"), screen.bytes.count(b"\x1b[?1049l"))


def test_filter_and_show(world):
    """/ takes a filter and answers a mistake in it; Enter shows the chosen run, q comes back"""
    world.write("one.yaml", "name: one\nsteps:\n  only: {run: 'true'}\n")
    world.write("two.yaml", "name: two\nsteps:\n  other: {run: 'false'}\n")
    world.pawl("run", world.path("one.yaml"))
    world.pawl("run", world.path("two.yaml"))
    screen = opened(world)
    screen.until_text("two")
    screen.keys("/")
    screen.until_text("filter: _")
    screen.keys("stat=x\r")
    screen.until_text("filter: ")
    screen.until(lambda rows: any("stat" in row and "_" not in row for row in rows))
    screen.keys("/")
    screen.until_text("filter: _")
    screen.keys("workflow=one\r")
    # A frame is read in parts: all of the new list must be there.
    screen.until(lambda rows: any("filter: workflow=one" in row for row in rows)
                 and any("one  " in row and "succeeded" in row for row in rows)
                 and not any("two  " in row for row in rows))
    screen.keys("\r")
    screen.until_text("only")
    screen.keys("q")
    screen.until_text("WORKFLOW")
    screen.keys("q")
    equal(screen.end(), 0)


def test_resize_and_interrupt(world):
    """a resize draws all of it again; Ctrl-C just ends"""
    world.write("one.yaml", "name: one\nsteps:\n  only: {run: 'true'}\n")
    world.pawl("run", world.path("one.yaml"))
    screen = opened(world, 120, 40)
    screen.until_text("│")
    screen.child.setwinsize(20, 60)
    screen.screen.resize(20, 60)
    screen.columns = 60
    screen.until(lambda rows: "pawl top" in rows[0] and not any("│" in row for row in rows))
    screen.keys("\x03")
    equal(screen.end(), 0)


@own_world
def test_lost_connection(world):
    """while the database is away top says so and keeps what it knew; then it goes on"""
    world.write("one.yaml", "name: one\nsteps:\n  only: {run: 'true'}\n")
    world.pawl("run", world.path("one.yaml"))
    world.kill(world.workers())
    screen = opened(world)
    screen.until_text("succeeded")
    equal(world.pawl("db", "stop").code, 0)
    # The clock moves on, so it was tried again meanwhile.
    screen.until_text("connection lost 0")
    screen.until(lambda rows: any("connection lost" in row and "lost 0" not in row for row in rows))
    screen.until_text("succeeded")
    equal(world.pawl("db", "start").code, 0)
    screen.until_text("answers in")
    screen.keys("q")
    equal(screen.end(), 0)


def test_without_a_terminal(world):
    """in a pipe top tells how it is now, once; --json is one record"""
    world.write("one.yaml", "name: one\nsteps:\n  only: {run: 'true'}\n")
    world.pawl("run", world.path("one.yaml"))
    done = world.pawl("top")
    equal(done.code, 0)
    contains(done.out, "succeeded")
    assert "\x1b" not in done.out and "q leave" not in done.out, done.out
    record = json.loads(world.pawl("top", "--json").out)
    equal((record["v"], record["kind"]), (1, "top"))
    equal(world.pawl("top", "stat=x").code, 2)


if __name__ == "__main__":
    main(__name__)
