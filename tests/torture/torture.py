"""Torture on a real PostgreSQL: workers that are killed or frozen at named points, steps that write
to a log outside the database, and what must hold afterwards.

What a step did is known from its line in the log, written and fsynced before anything else can
happen; what Pawl believes is read from its tables. The two must agree whatever was killed.
"""

import collections
import os
import re
import signal
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

from world import PATIENCE, equal  # noqa: E402  (found by the line above)

KILLED = 128 + signal.SIGKILL  # What the guard of a killed worker returns.
ENDED = 5  # core::RunPhase: succeeded and all behind it.

# A step calls it first. `sync` is an fsync of the one file.
EFFECT = """
line="$PAWL_STEP $PAWL_ATTEMPT $PAWL_IDEMPOTENCY_KEY"
for other in pid.$PAWL_STEP.*; do
  [ -e "$other" ] || continue
  state=$(sed -n 's/^State:.\\(.\\).*/\\1/p' "/proc/$(cat "$other")/status" 2>/dev/null || true)
  case $state in ''|Z|X) ;; *) echo "$line beside $other ($state)" >> overlaps ;; esac
done
echo $PPID > "pid.$PAWL_STEP.$PAWL_ATTEMPT"
echo "$line" >> effects
sync effects
"""

# Parallel steps, one that fails at first, one that goes on from its checkpoint, and a last one.
WORKFLOW = """
name: torture
steps:
  left: {run: sh ./effect}
  right: {run: sh ./effect}
  flaky:
    retry: {max_attempts: 3, delay: 20ms}
    run: |
      sh ./effect
      test -e failed || { touch failed; exit 1; }
  long:
    run: |
      sh ./effect
      echo '{"checkpoint": {"at": 5}}' >> "$PAWL_REPORT"
      echo "output of $PAWL_STEP"
  last:
    needs: [left, right, flaky, long]
    run: sh ./effect
"""

# One step that runs until the gate is open.
GATED = """
name: gated
steps:
  first:
    run: |
      sh ./effect
      while [ ! -e gate ]; do sleep 0.05; done
  second:
    needs: first
    run: sh ./effect
"""

Effect = collections.namedtuple("Effect", "step attempt key")


def crash_points():
    """The names in the table of the engine."""
    with open(os.path.join(ROOT, "engine", "base", "crash_point.hpp")) as file:
        table = re.search(r"crash_points\[\] = \{(.*?)\};", file.read(), re.S)
    return re.findall(r'"([a-z_.]+)",', table[1])


# ---- runs and workers ------------------------------------------------------------------------

def database(world):
    """Starts the private PostgreSQL if need be; its URL."""
    equal(world.pawl("db", "start").code, 0)
    return world.pawl("db", "url").out.strip()


def sql(world, query):
    """The rows of a query, as texts."""
    done = subprocess.run(["psql", "-XAtd", world.url, "-F", "\t", "-c", query],
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def prepare(world, name):
    """An empty folder with the script of the steps, in a world whose database runs."""
    if not hasattr(world, "url"):
        world.url = database(world)
        equal(world.pawl("db", "migrate").code, 0)
    if os.path.basename(world.folder) != name:
        world.enter(name)
    world.write("effect", EFFECT)


def submit(world, text, *options):
    """Stores a run and kills the client before it can look for a worker. The run's number."""
    done = world.pawl("run", world.write("flow.yaml", text), *options,
                      env={"PAWL_CRASH_AT": "run.stored"})
    equal(done.code, -signal.SIGKILL)
    return int(sql(world, "select max(number) from run_info")[0][0])


def serve(world, *options, crash=None, env=None):
    """Starts a worker; `crash` is a PAWL_CRASH_AT."""
    variables = {**(env or {}), **({"PAWL_CRASH_AT": crash} if crash else {})}
    return world.start("serve", *options, env=variables)


def serve_at_once(world):
    """Starts a worker and waits until clients can see it: they would start one themselves."""
    count = "select count(*) from worker"
    before = sql(world, count)
    worker = serve(world)
    world.until("the worker is known", lambda: sql(world, count) != before)
    return worker


def finish(process):
    """Waits for a worker's end; its exit code."""
    process.out, process.err = process.communicate(timeout=PATIENCE)
    return process.returncode


def serve_all(world, *options):
    """Serves until there is nothing left to do."""
    worker = serve(world, "--idle-exit", "300ms", *options)
    code = finish(worker)
    assert code == 0, worker.err


def until_killed(worker):
    """The worker has met its crash point."""
    code = finish(worker)
    assert code == KILLED, (code, worker.err)


def stop(worker):
    """A clean end."""
    worker.terminate()
    code = finish(worker)
    assert code == 0, worker.err


def engine_of(worker):
    """The process behind the guard: the worker itself."""
    with open(f"/proc/{worker.pid}/task/{worker.pid}/children") as file:
        children = file.read().split()
    equal(len(children), 1)
    return int(children[0])


def until_frozen(world, worker):
    """The worker has met its crash point of the kind that stops. Its process id."""
    world.until("there is a worker behind the guard", lambda: len(children_of(worker.pid)) == 1)
    engine = engine_of(worker)
    world.until_stopped(engine)
    return engine


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


# ---- what must hold --------------------------------------------------------------------------

# Each finds rows that must not be there.
INVARIANTS = {
    "events of a run are gapless, up to its version": """
        select r.run_id, r.version, count(e.seq), max(e.seq) from run r
        left join event e using (run_id) group by r.run_id
        having r.version <> count(e.seq) or r.version <> coalesce(max(e.seq), 0)""",
    "a run that has ended has no owner, no timer and no place in a queue": f"""
        select run_id, owner_inc, ready_at, wake_at, ended_at from run where state >= {ENDED}
        and (owner_inc is not null or ready_at is not null or wake_at is not null
             or ended_at is null)""",
    "a run that has ended has no open step": f"""
        select s.run_id, s.path, s.state from run r join step_instance s using (run_id)
        where r.state >= {ENDED} and s.inst > 0 and s.state < 5""",
    "a run that has ended takes no requests, and has none unread": f"""
        select r.run_id, i.closed, b.seq from run r join run_inbox i using (run_id)
        left join inbox b using (run_id)
        where r.state >= {ENDED} and (not i.closed or b.seq is not null)""",
    "a run that has not ended has an owner, a timer, a place in a queue, or is paused": f"""
        select run_id, state from run where state < {ENDED} and owner_inc is null
        and ready_at is null and wake_at is null and state <> 3""",
    "no parked run sleeps on a request": """
        select r.run_id, i.seq, r.inbox_done from run r join run_inbox i using (run_id)
        where i.parked and i.seq > r.inbox_done and r.ready_at is null""",
    "inbox rows are numbered behind what was read": """
        select i.run_id, i.seq, r.inbox_done from inbox i join run r using (run_id)
        where i.seq <= r.inbox_done""",
    "no step is of a later event than its run": """
        select s.run_id, s.path, s.seq, r.version from step_instance s join run r using (run_id)
        where s.seq > r.version""",
    "no run has an owner that was fenced and that nobody has to take over from": """
        select r.run_id, r.owner_inc from run r left join lane l on l.inc = r.owner_inc
        where r.owner_inc is not null and l.inc is null""",
}


def effects(world):
    """What steps did, in order."""
    return [Effect(step, int(attempt), key)
            for step, attempt, key in (line.split() for line in world.lines("effects"))]


def check_tables(world):
    for what, query in INVARIANTS.items():
        rows = sql(world, query)
        assert not rows, f"not so: {what}: {rows}"


def check_run(world, number, steps, state="succeeded"):
    """The run has ended so, and its history, its rows and the log outside agree."""
    check_tables(world)
    events = world.events(number)
    equal([event["seq"] for event in events], list(range(1, len(events) + 1)))
    changes = [change for event in events for change in event["steps"]]
    rows = {path: (int(attempt), int(lasts)) for path, attempt, lasts in sql(world, f"""
        select s.path, s.attempt, s.state from step_instance s join run_info i using (run_id)
        where i.number = {number} and s.inst > 0""")}
    equal(world.show(number)["state"], state)
    done = effects(world)
    for step in steps:
        mine = [effect for effect in done if effect.step == step]
        attempts = [effect.attempt for effect in mine]
        starts = [c for c in changes if c["step"] == step and c["state"] == "running"]
        results = [c for c in changes if c["step"] == step and c["state"] == "succeeded"]
        equal((step, len(results)), (step, 1))            # one result counts
        assert attempts, f"{step} never ran"              # at least once
        equal(attempts, sorted(set(attempts)))            # an attempt never runs twice
        assert max(attempts) <= rows[step][0], (step, attempts, rows[step])
        equal(len(starts), rows[step][0])                 # each has its record
        equal(len({effect.key for effect in mine}), 1)    # all under the same key
        assert changes.index(starts[-1]) < changes.index(results[0])
    equal(world.lines("overlaps"), [])                    # no two attempts at once
