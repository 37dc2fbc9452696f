"""Scenarios of process death, each at the moment that hurts most."""

import json
import signal

from torture import (GATED, KILLED, WORKFLOW, check_run, check_tables, effects, finish, prepare,
                     serve, serve_all, serve_at_once, sql, stop, submit, until_frozen, until_killed)
from world import contains, equal, main, own_world

STEPS = ["left", "right", "flaky", "long", "last"]


def attempts_of(world, number):
    return {path: int(attempt) for path, attempt in sql(world, f"""
        select path, attempt from step_instance join run_info using (run_id)
        where number = {number} and inst > 0""")}


def test_before_the_start_record(world):
    """F-01 killed after deciding a step, before its start record commits: it was never started"""
    prepare(world, "f01")
    number = submit(world, GATED)
    world.write("gate", "")
    until_killed(serve(world, crash="journal.before_commit"))
    equal(effects(world), [])
    equal(attempts_of(world, number), {})
    serve_all(world)
    check_run(world, number, ["first", "second"])
    equal(attempts_of(world, number), {"first": 1, "second": 1})


def test_after_the_start_record(world):
    """F-02 killed after the start record, before the child is spawned: that attempt is lost"""
    prepare(world, "f02")
    number = submit(world, GATED)
    world.write("gate", "")
    until_killed(serve(world, crash="attempt.before_start"))
    equal(effects(world), [])
    equal(attempts_of(world, number), {"first": 1})
    serve_all(world)
    check_run(world, number, ["first", "second"])
    equal([effect[:2] for effect in effects(world)], [("first", 2), ("second", 1)])
    equal(world.step("first", number)["lost"], 1)


def test_while_a_step_runs(world):
    """F-03 killed while a step runs: it dies first, then it goes on from its last checkpoint"""
    prepare(world, "f03")
    number = submit(world, """
name: checkpointed
steps:
  long:
    run: |
      sh ./effect
      cat "$PAWL_CHECKPOINT" >> seen 2>/dev/null || true
      echo '{"checkpoint": {"at": 5}}' >> "$PAWL_REPORT"
      while [ ! -e gate ]; do sleep 0.05; done
""")
    until_killed(serve(world, crash="attempt.checkpoint_stored"))
    world.write("gate", "")
    serve_all(world)
    check_run(world, number, ["long"])
    equal([effect.attempt for effect in effects(world)], [1, 2])
    equal(world.lines("seen"), ['{"at":5}'])


def test_before_the_client_is_told(world):
    """F-06 the client is killed after its start is stored: it repeats with its key, one run"""
    prepare(world, "f06")
    number = submit(world, GATED, "--key", "daily")
    equal(submit(world, GATED, "--key", "daily"), number)
    world.write("gate", "")
    worker = serve_at_once(world)
    told = world.pawl("run", world.path("flow.yaml"), "--key", "daily", "--json")
    equal(told.code, 0)
    record = json.loads(told.out.splitlines()[0])
    equal((record["run"], record["existed"]), (str(number), True))
    stop(worker)
    check_run(world, number, ["first", "second"])
    equal(len(effects(world)), 2)


def test_before_a_command_is_answered(world):
    """F-06 the same for a command: its request is stored, and read although nobody waits"""
    prepare(world, "f06.pause")
    number = submit(world, GATED)
    worker = serve_at_once(world)
    world.until("the step runs", lambda: world.lines("effects"))
    killed = world.pawl("pause", number, env={"PAWL_CRASH_AT": "request.stored"})
    equal(killed.code, -signal.SIGKILL)
    world.write("gate", "")
    world.until_state("paused", number)
    check_tables(world)
    equal(world.pawl("resume", number, "-q").code, 0)
    stop(worker)
    check_run(world, number, ["first", "second"])


def test_while_parking(world):
    """F-07 killed while a run is parked, before and after the COMMIT: owned or parked, not neither"""
    for point in ("journal.before_release", "journal.released"):
        prepare(world, f"f07.{point}")
        number = submit(world, GATED)
        worker = serve(world, crash=point)
        world.until("the step runs", lambda: world.lines("effects"))
        killed = world.pawl("pause", number, env={"PAWL_CRASH_AT": "request.stored"})
        equal(killed.code, -signal.SIGKILL)
        world.write("gate", "")
        until_killed(worker)
        check_tables(world)
        serve_all(world)
        world.until_state("paused", number)
        check_tables(world)
        worker = serve_at_once(world)
        equal(world.pawl("resume", number, "-q").code, 0)
        stop(worker)
        check_run(world, number, ["first", "second"])


def test_taker_killed(world):
    """F-08 takers are killed half-way, one after the other: the next finishes, each step once"""
    prepare(world, "f08")
    number = submit(world, WORKFLOW)
    until_killed(serve(world, crash="attempt.started:2"))
    for point in ("takeover.fenced", "takeover.adopted", "journal.before_commit"):
        until_killed(serve(world, crash=point))
        check_tables(world)
    serve_all(world)
    check_run(world, number, STEPS)


def test_commands_at_the_instant_of_completion(world):
    """F-45 a command reaches a run whose last COMMIT is under way: done or refused, never dropped"""
    for point in ("journal.before_release", "journal.released"):
        for command in ("pause", "cancel"):
            name = f"f45.{point}.{command}"
            prepare(world, name)
            number = submit(world, WORKFLOW)
            worker = serve(world, crash=f"{point}:1:stop")
            engine = until_frozen(world, worker)
            before = int(sql(world, f"""select seq from run_inbox join run_info using (run_id)
                                        where number = {number}""")[0][0])
            client = world.start(command, number)
            if point == "journal.before_release":
                world.until("the request is stored", lambda: int(sql(world, f"""
                    select seq from run_inbox join run_info using (run_id)
                    where number = {number}""")[0][0]) > before)
                world.kill([engine], signal.SIGCONT)
                finish(client)
            else:
                finish(client)
                world.kill([engine], signal.SIGCONT)
                contains(client.err, "the run has ended")
            # The run had ended in memory: the command is answered, and changes nothing.
            equal((name, client.returncode), (name, 2))
            stop(worker)
            check_run(world, number, STEPS)


@own_world
def test_poison_step(world):
    """F-22 a step kills its worker each time: it fails after lost_max, and the others' runs end"""
    prepare(world, "poison")
    poison = submit(world, """
name: poison
steps:
  kills:
    run: |
      sh ./effect
      kill -9 $PPID
      sleep 60
""")
    others = [submit(world, WORKFLOW.replace("failed", f"failed.{n}")) for n in range(3)]
    runs = [poison, *others]
    fleet = [serve(world), serve(world)]
    crashes = 0

    def all_ended():
        nonlocal crashes
        for place, worker in enumerate(fleet):
            if worker.poll() is None:
                continue
            equal((finish(worker), worker.err[:0]), (KILLED, ""))
            crashes += 1
            fleet[place] = serve(world)
        return sql(world, f"""select count(*) from run join run_info using (run_id)
            where state >= 5 and number in ({", ".join(map(str, runs))})""") == [[str(len(runs))]]

    world.until("all runs have ended", all_ended)
    for worker in fleet:
        stop(worker)
    check_tables(world)
    equal(world.show(poison)["state"], "failed")
    step = world.step("kills", poison)
    equal((step["state"], step["lost"]), ("failed", 5))
    equal(step["error"]["kind"], "lost")
    equal(crashes, 5)
    equal([e.attempt for e in effects(world) if e.step == "kills"], [1, 2, 3, 4, 5])
    for number in others:
        equal((number, world.show(number)["state"]), (number, "succeeded"))


@own_world
def test_database_dies_under_a_starting_client(world):
    """kill -9 of PostgreSQL when the run has just been stored: the client sees it through"""
    client = world.start("run", world.write("short.yaml", "name: short\nsteps: {a: {run: 'true'}}\n"),
                         env={"PAWL_CRASH_AT": "run.stored:1:stop"})
    world.until_stopped(client.pid)
    world.kill([world.postmaster()])
    client.send_signal(signal.SIGCONT)
    out, err = client.communicate()
    equal((client.returncode, err), (0, err))
    contains(out, "succeeded in ")


if __name__ == "__main__":
    main(__name__)
