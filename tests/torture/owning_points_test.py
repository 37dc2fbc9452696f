"""kill -9 while runs get an owner, change it or lose it."""

from crash_points import STEPS, kill_at, points_of
from torture import WORKFLOW, check_run, finish, prepare, serve, submit, until_killed
from world import equal, main


def test_owning(world):
    """killed while runs come, go, or are taken over: another worker finishes"""
    kill_at(world, points_of("worker.", "claim.", "takeover."))


def test_least_patience(world):
    """a worker that may idle for a millisecond has still looked at everything before it leaves"""
    prepare(world, "queued")
    number = submit(world, WORKFLOW)
    equal(finish(serve(world, "--idle-exit", "1ms")), 0)
    check_run(world, number, STEPS)

    prepare(world, "left")
    number = submit(world, WORKFLOW)
    until_killed(serve(world, crash="attempt.started"))
    equal(finish(serve(world, "--idle-exit", "1ms")), 0)
    check_run(world, number, STEPS)


if __name__ == "__main__":
    main(__name__)
