"""`pawl events`: the whole history, and following it without loss or repetition."""

import os
import random
import signal

from world import contains, equal, main, own_world

CHAIN = """
name: chain
steps:
""" + "".join(f"  - id: s{i}\n    run: sleep 0.02\n" for i in range(150))

HELD = """
name: held
steps:
  - id: waits
    run: |
      touch here
      while [ ! -e gate ]; do sleep 0.02; done
  - id: after
    run: 'true'
"""


def patient_worker(world):
    """However long a restart takes, its steps go on."""
    world.pawl("db", "start")
    world.start("serve", "--lease", "10m", "--idle-exit", "10m")
    world.until("the worker serves", lambda: "1" in world.pawl(
        "db", "psql", "-XAtc", "select count(*) from lane").out)


def numbers(text):
    """Of whole lines of `events -q`."""
    return [int(line) for line in text.split("\n")[:-1]]


@own_world
def test_follow_oracle(world):
    """events -f, killed at random and going on behind the last number, gives every event once; the
    database is restarted twice"""
    world.write("chain.yaml", CHAIN)
    patient_worker(world)
    number = world.pawl("run", "chain.yaml", "--detach", "-q").out.strip()
    rand = random.Random(20261121)
    seen = []
    for turn in range(200 if os.environ.get("PAWL_TORTURE") else 40):
        client = world.start("events", number, "-f", "-q", "--after", seen[-1] if seen else 0)
        text = os.read(client.stdout.fileno(), rand.randrange(1, 200)).decode()
        if turn in (3, 8):
            equal(world.pawl("db", "stop").code, 0)
            equal(world.pawl("db", "start").code, 0)
        client.send_signal(signal.SIGKILL)
        seen += numbers(text + client.stdout.read())
        client.wait()
        if world.show(number)["state"] == "succeeded":
            break
    last = world.start("events", number, "-f", "-q", "--after", seen[-1])
    seen += numbers(last.stdout.read())
    equal(last.wait(), 0)
    equal(seen, list(range(1, len(world.events(number)) + 1)))


@own_world
def test_follow_outlives_database(world):
    """one events -f that loses the database says so, comes back, and is what events prints at the end"""
    world.write("held.yaml", HELD)
    patient_worker(world)
    number = world.pawl("run", "held.yaml", "--detach", "-q").out.strip()
    client = world.start("events", number, "-f", "--json")
    first = client.stdout.readline()
    contains(first, '"event":"start"')
    world.until("the step runs", lambda: os.path.exists(world.path("here")))
    equal(world.pawl("db", "stop").code, 0)
    contains(client.stderr.readline(), '"kind":"notice"')
    equal(world.pawl("db", "start").code, 0)
    world.write("gate", "")
    rest = client.stdout.read()
    equal(client.wait(), 0)
    equal(first + rest, world.pawl("events", number, "--json").out)


def test_interrupt(world):
    """Ctrl-C ends events -f at once, by the signal, and the run goes on"""
    world.write("held.yaml", HELD)
    number = world.pawl("run", "held.yaml", "--detach", "-q").out.strip()
    client = world.start("events", number, "-f")
    contains(client.stdout.readline(), "start")
    client.send_signal(signal.SIGINT)
    equal(client.wait(), -signal.SIGINT)
    equal(client.stderr.read(), "")
    world.write("gate", "")
    world.until_state("succeeded", number)


def test_after(world):
    """--after N begins behind event N; of a run that has ended -f comes to an end"""
    world.write("one.yaml", "name: one\nsteps:\n  a: {run: 'true'}\n")
    equal(world.pawl("run", "one.yaml", "-q").code, 0)
    all_of_them = numbers(world.pawl("events", "last", "-q").out)
    equal(numbers(world.pawl("events", "last", "-q", "--after", "1").out), all_of_them[1:])
    equal(world.pawl("events", "last", "-f", "-q", "--after", all_of_them[-1]), (0, "", ""))


if __name__ == "__main__":
    main(__name__)
