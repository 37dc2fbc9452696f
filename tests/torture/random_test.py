"""Workers and PostgreSQL killed and frozen at random for a while: every run ends as without faults.

PAWL_TORTURE_SEED replays the order of workflows and faults, PAWL_TORTURE_SECONDS is how long: two
minutes and any seed with PAWL_TORTURE=1, eight seconds of seed 1 without.
"""

import os
import random
import signal
import time

from torture import (ENDED, check_run, check_tables, children_of, finish, prepare, serve, serve_all,
                     sql, submit)
from world import equal, main, own_world

TORTURE = bool(os.environ.get("PAWL_TORTURE"))
SECONDS = float(os.environ.get("PAWL_TORTURE_SECONDS") or (120 if TORTURE else 8))
LEASE = 2.0
WORKERS = 3
OPEN_RUNS = 6

PLAIN = "run: sh ./effect"
CHECKPOINT = """run: |
      sh ./effect
      echo '{"checkpoint": {"at": 5}}' >> "$PAWL_REPORT"
      echo "output of $PAWL_STEP\""""
# Fails in its first attempt, and in those that were killed before the file was there.
FLAKY = """retry: {max_attempts: 3, delay: 20ms}
    run: |
      sh ./effect
      test -e failed.$PAWL_STEP || { touch failed.$PAWL_STEP; exit 1; }"""


def generate(dice):
    """A small workflow that succeeds when nothing is killed, and its steps that run something."""
    lines = ["name: random", "steps:"]
    steps = []
    for i in range(dice.randint(2, 4)):
        lines += [f"  s{i}:", f"    {dice.choice([PLAIN, CHECKPOINT, FLAKY])}"]
        steps.append(f"s{i}")
    lines += ["  block:", f"    needs: {dice.choice(steps)}", "    steps:",
              "      - {id: first, run: sh ./effect}", "      - {id: second, run: sh ./effect}"]
    needs = ", ".join([*steps, "block"])
    lines += ["  last:", f"    needs: [{needs}]", "    run: sh ./effect"]
    return "\n".join(lines) + "\n", [*steps, "block.first", "block.second", "last"]


class Chaos:
    """The workers, and what is done to them."""

    def __init__(self, world, dice):
        self.world, self.dice = world, dice
        self.done = dict.fromkeys(("kill", "freeze", "crash"), 0)
        self.workers = []

    def keep_alive(self):
        """As many workers as there should be. A worker may only end because it was killed."""
        for worker in [w for w in self.workers if w.poll() is not None]:
            self.workers.remove(worker)
            code = finish(worker)
            assert code == 128 + signal.SIGKILL, (code, worker.err)
        while len(self.workers) < WORKERS:
            self.workers.append(serve(self.world, "--lease", f"{LEASE:g}s"))

    def strike(self):
        kind = self.dice.choices(["kill", "freeze", "crash"], [6, 2, 1])[0]
        victim = self.dice.choice(self.workers)
        engines = [int(pid) for pid in children_of(victim.pid)] if victim.poll() is None else []
        if kind == "crash":
            self.crash_database()
        elif not engines:
            return
        elif kind == "kill":
            self.world.kill(engines)
        else:
            self.world.kill(engines, signal.SIGSTOP)
            time.sleep(LEASE * self.dice.uniform(1.2, 2))
            self.world.kill(engines, signal.SIGCONT)
        self.done[kind] += 1

    def crash_database(self):
        """What `pg_ctl stop -m immediate` sends, and a start with recovery."""
        postmaster = self.world.postmaster()
        self.world.kill([postmaster], signal.SIGQUIT)
        self.world.until("the server is gone", lambda: not os.path.exists(f"/proc/{postmaster}"))
        equal(self.world.pawl("db", "start").code, 0)

    def heal(self):
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            code = finish(worker)
            assert code in (0, 128 + signal.SIGKILL), (code, worker.err)


@own_world
def test_random_kills(world):
    """whatever is killed or frozen at random, every run ends as without faults, each step once"""
    seed = int(os.environ.get("PAWL_TORTURE_SEED") or (random.randrange(1 << 32) if TORTURE else 1))
    print(f"       PAWL_TORTURE_SEED={seed} PAWL_TORTURE_SECONDS={SECONDS:g}", flush=True)
    dice = random.Random(seed)
    prepare(world, "runs")
    chaos = Chaos(world, dice)
    runs = []
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        chaos.keep_alive()
        open_runs = int(sql(world, f"select count(*) from run where state < {ENDED}")[0][0])
        for _ in range(open_runs, OPEN_RUNS):
            prepare(world, f"run{len(runs)}")
            text, steps = generate(dice)
            runs.append((world.folder, submit(world, text), steps))
        time.sleep(dice.uniform(0.1, 1))
        chaos.strike()
        check_tables(world)
    chaos.heal()
    serve_all(world)
    print(f"       {len(runs)} runs; faults: {chaos.done}", flush=True)
    for world.folder, number, steps in runs:
        check_run(world, number, steps)


if __name__ == "__main__":
    main(__name__)
