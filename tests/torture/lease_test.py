"""Workers that are frozen, not dead: whoever takes over is never disturbed by who wakes up."""

import os
import signal

from torture import (GATED, WORKFLOW, check_run, check_tables, children_of, effects, engine_of,
                     finish, prepare, serve, sql, stop, submit, until_frozen)
from world import contains, equal, main, own_world

LEASE = ("--lease", "2s")


def incarnations(world):
    """Of each worker by name, oldest first: how many it has had."""
    return [int(count) for (count,) in
            sql(world, "select count(*) from worker group by name order by min(inc)")]


def tree_of(pid):
    """The process and all below it."""
    found = [pid]
    for child in children_of(pid):
        found += tree_of(int(child))
    return found


def freeze_owner(world, frozen, home=None):
    """Stops what `frozen` picks of the worker of a running step for as long as it takes until
    another worker has started the step again, then lets it go on."""
    number = submit(world, GATED)
    owner = serve(world, *LEASE)
    world.until("the step runs", lambda: len(effects(world)) == 1)
    stopped = frozen(owner)
    world.kill(stopped, signal.SIGSTOP)
    taker = serve(world, *LEASE, env={"PAWL_DATABASE_URL": world.url, **(home or {})})
    world.until("the step runs again", lambda: len(effects(world)) == 2)
    # What runs beside it would have been noted by its own first lines.
    equal(world.lines("overlaps"), [])
    world.kill(reversed(stopped), signal.SIGCONT)
    world.until("who woke up is a new incarnation", lambda: incarnations(world) == [2, 1])
    world.write("gate", "")
    world.until_state("succeeded", number)
    stop(taker)
    stop(owner)
    contains(owner.err, "another worker has taken over; starting anew")
    check_run(world, number, ["first", "second"])
    equal([effect[:2] for effect in effects(world)], [("first", 1), ("first", 2), ("second", 1)])


@own_world
def test_frozen_worker_on_this_host(world):
    """F-30 the owner is stopped for twice its lease, its steps are not: they die first, it is fenced"""
    prepare(world, "here")
    freeze_owner(world, lambda owner: [engine_of(owner)])


@own_world
def test_frozen_worker_on_another_host(world):
    """F-30 the same, and the taker cannot reach its steps: its guard ends them in time"""
    prepare(world, "away")
    # Another home is like another host: no lock and no table of its processes.
    freeze_owner(world, lambda owner: [engine_of(owner)],
                 {"PAWL_HOME": os.path.join(world.root, "other")})


@own_world
def test_frozen_tree(world):
    """F-09 worker, guard and step are frozen, a new worker starts: they wake up fenced, or dead"""
    prepare(world, "tree")
    freeze_owner(world, lambda owner: tree_of(owner.pid))


@own_world
def test_frozen_completion(world):
    """F-57 frozen with the last COMMIT of a run unsent, swept meanwhile: that COMMIT is refused"""
    prepare(world, "completion")
    number = submit(world, WORKFLOW)
    owner = serve(world, *LEASE, crash="journal.before_release:1:stop")
    engine = until_frozen(world, owner)
    taker = serve(world, *LEASE)
    world.until_state("succeeded", number)
    ended = world.events(number)
    world.kill([engine], signal.SIGCONT)
    world.until("who woke up is a new incarnation", lambda: incarnations(world) == [2, 1])
    equal(world.events(number), ended)
    stop(taker)
    stop(owner)
    check_run(world, number, ["left", "right", "flaky", "long", "last"])


@own_world
def test_sweeper_after_completion(world):
    """F-57 frozen with the last COMMIT of a run done and unread, swept meanwhile: it stays ended"""
    prepare(world, "completed")
    number = submit(world, WORKFLOW)
    owner = serve(world, *LEASE, crash="journal.released:1:stop")
    engine = until_frozen(world, owner)
    ended = world.events(number)
    taker = serve(world, *LEASE)
    world.until("the frozen worker is fenced", lambda: sql(
        world, "select 1 from lane where fenced"))
    world.kill([engine], signal.SIGCONT)
    world.until("who woke up is a new incarnation", lambda: incarnations(world) == [2, 1])
    stop(taker)
    stop(owner)
    equal(world.events(number), ended)
    check_run(world, number, ["left", "right", "flaky", "long", "last"])


@own_world
def test_recovery_beside_healthy_siblings(world):
    """F-10 a worker starts while two are healthy and one is dead: it takes over the dead one's runs"""
    runs = {}
    workers = {}
    for name in ("one", "two", "dead"):
        prepare(world, name)
        runs[name] = submit(world, GATED)
        workers[name] = serve(world, "--slots", "1")
        world.until("the step runs", lambda: len(effects(world)) == 1)
    world.kill([workers["dead"].pid, engine_of(workers["dead"])])
    finish(workers["dead"])
    starter = serve(world, "--slots", "4")
    world.until("the dead one's step runs again", lambda: len(effects(world)) == 2)
    for name in runs:
        open(os.path.join(world.root, name, "gate"), "w").close()
    for name, number in runs.items():
        world.until_state("succeeded", number)
    for worker in (starter, workers["one"], workers["two"]):
        stop(worker)
    check_tables(world)
    for name, attempts in (("one", 1), ("two", 1), ("dead", 2)):
        world.folder = os.path.join(world.root, name)
        check_run(world, runs[name], ["first", "second"])
        equal((name, world.step("first", runs[name])["attempt"]), (name, attempts))
    equal(incarnations(world), [1, 1, 1, 1])


if __name__ == "__main__":
    main(__name__)
