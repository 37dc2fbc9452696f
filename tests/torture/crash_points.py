"""The loop over the crash points: a run whose worker is killed at the n-th passage, n = 1, 2, 3…"""

import os

from torture import (KILLED, WORKFLOW, check_run, check_tables, crash_points, finish, prepare, serve,
                     serve_all, submit, until_killed)

STEPS = ["left", "right", "flaky", "long", "last"]

# Points with tests of their own: what leads to them is more than a run and a worker.
ELSEWHERE = {"run.stored", "request.stored", "journal.settled"}


def survives(world, point, n):
    """Kills the worker at the n-th passage of the point; false when the run never got there."""
    prepare(world, f"{point}.{n}")
    number = submit(world, WORKFLOW)
    if point.startswith("takeover."):
        until_killed(serve(world, crash="attempt.started"))
    worker = serve(world, "--idle-exit", "300ms", crash=f"{point}:{n}")
    code = finish(worker)
    assert code in (0, KILLED), worker.err
    if code == KILLED:
        check_tables(world)
        serve_all(world)
    check_run(world, number, STEPS)
    return code == KILLED


def kill_at(world, points):
    """The first passages of each point; with PAWL_TORTURE all of them."""
    most = 1_000 if os.environ.get("PAWL_TORTURE") else 1
    for point in points:
        n = 1
        while n <= most and survives(world, point, n):
            n += 1
        assert n > 1, f"a run does not pass {point}"
        print(f"       {point}: killed {n - 1} times", flush=True)


def points_of(*words):
    points = [p for p in crash_points() if p not in ELSEWHERE and p.startswith(words)]
    assert points
    return points
