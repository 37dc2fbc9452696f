"""doctor: each finding is provoked for real; the command it prints, pasted, makes the run move."""

import json
import signal

from world import contains, equal, main, own_world

GATED = """
name: gated
steps:
  first:
    run: |
      echo first >> effects
      while [ ! -e gate ]; do sleep 0.05; done
  second:
    needs: first
    run: echo second >> effects
"""


def diagnosis(world, *run):
    """What doctor says, and its exit code."""
    done = world.pawl("doctor", *run, "--json")
    return json.loads(done.out), done.code


def commands(found):
    return [finding["command"] for finding in found["findings"] if finding["command"]]


def serving(world, *arguments):
    """A worker that is alive, so that no run starts another one beside it."""
    worker = world.start("serve", *arguments)
    world.until("the worker is alive", lambda: any(
        fact.startswith("worker: ") for fact in diagnosis(world)[0]["facts"]))
    return worker


def ended(world):
    return world.until("the run has ended",
                       lambda: world.show()["state"] in ("succeeded", "failed", "cancelled"))


@own_world
def test_worker_killed(world):
    """a run whose worker was killed: nobody serves its queue; pawl serve lets it go on"""
    worker = serving(world, "--lease", "1s")
    world.pawl("run", world.write("gated.yaml", GATED), "--detach")
    world.until_line("effects", "first")
    equal(diagnosis(world, "last")[0]["summary"], "running; it moves")
    world.kill(world.workers())
    worker.wait()
    found, code = world.until(
        "its lease is over", lambda: (lambda got: got if got[1] == 4 else None)(
            diagnosis(world, "last")))
    contains(found["findings"][0]["cause"], "no worker serves the queue 'default'")
    equal(commands(found), ["pawl serve"])
    found, code = diagnosis(world)
    equal(code, 4)
    contains(json.dumps(found["findings"]), "of workers that are gone wait for another")
    world.write("gate", "")
    world.shell(commands(found)[0] + " --idle-exit 1s")
    ended(world)
    equal(world.show()["state"], "succeeded")


@own_world
def test_queue_unserved(world):
    """a run that its worker let go waits in a queue that nobody serves"""
    worker = serving(world)
    world.pawl("run", world.write("gated.yaml", GATED), "--detach")
    world.until_line("effects", "first")
    world.kill([worker.pid], signal.SIGTERM)
    worker.wait()
    world.until("the worker is gone", lambda: not world.workers())
    found, code = diagnosis(world, "last")
    equal(code, 4)
    contains(found["findings"][0]["cause"], "no worker serves the queue 'default'")
    found, code = diagnosis(world)
    equal(code, 4)
    equal(found["findings"][0]["subject"], "queue default")
    world.write("gate", "")
    world.shell(commands(found)[0] + " --idle-exit 1s")
    equal(ended(world) and world.show()["state"], "succeeded")


def test_paused(world):
    """a paused run: who paused it, since when, and pawl resume"""
    world.pawl("run", world.write("gated.yaml", GATED), "--detach")
    world.until_line("effects", "first")
    equal(world.pawl("pause", "last").code, 0)
    world.write("gate", "")
    world.until("first has ended", lambda: world.step("first")["state"] == "succeeded")
    found, code = diagnosis(world, "last")
    equal(code, 0)
    contains(found["findings"][0]["cause"], "paused by user:")
    equal(world.shell(commands(found)[0]).code, 0)
    equal(world.show()["state"], "succeeded")


def test_failed(world):
    """a failed run: why, and pawl retry, which works once its cause is mended"""
    world.write("fails.yaml", "name: fails\nsteps:\n  a: {run: test -e mended}\n")
    equal(world.pawl("run", world.path("fails.yaml")).code, 1)
    found, code = diagnosis(world, "last")
    equal((found["summary"], code), ("failed", 0))
    world.write("mended", "")
    equal(world.shell(commands(found)[0]).code, 0)
    found, _ = diagnosis(world, "last")
    equal(found["summary"], "succeeded")


def test_retrying(world):
    """a step that waits for its next try: when that is, and why the last one failed"""
    world.write("again.yaml", """
name: again
steps:
  flaky:
    run: echo no >&2; exit 3
    retry: {max_attempts: 3, delay: 1h}
  after:
    needs: flaky
    run: 'true'
""")
    world.pawl("run", world.path("again.yaml"), "--detach")
    world.until("it waits", lambda: world.step("flaky")["state"] == "retrying")
    out = world.pawl("doctor", "last").out
    contains(out, "try 2 of 3 in ")
    contains(out, "exit 3")
    contains(out, "waits for flaky")
    world.pawl("cancel", "last")
    ended(world)


@own_world
def test_slots(world):
    """steps that wait for a slot are counted, and so is what takes the slots"""
    worker = serving(world, "--slots", "1")
    world.write("wide.yaml", """
name: wide
steps:
  a: {run: 'echo a >> effects; while [ ! -e gate ]; do sleep 0.05; done'}
  b: {needs: [], run: 'true'}
""")
    world.pawl("run", world.path("wide.yaml"), "--detach")
    world.until_line("effects", "a")
    out = world.pawl("doctor", "last").out
    contains(out, "running for")
    contains(out, "1 step of this run")
    world.write("gate", "")
    ended(world)
    world.kill([worker.pid], signal.SIGTERM)
    worker.communicate()


@own_world
def test_database(world):
    """without a database, with one that is stopped, with one that loses commits"""
    found, code = diagnosis(world)
    equal(code, 4)
    contains(found["findings"][0]["cause"], "there is no database yet")
    equal(world.pawl("db", "start").code, 0)
    out = world.pawl("doctor").out
    contains(out, "nothing is wrong")
    contains(out, "private PostgreSQL")
    world.pawl("db", "stop")
    found, code = diagnosis(world)
    equal((commands(found), code), (["pawl db start"], 4))
    equal(world.shell(commands(found)[0]).code, 0)

    world.shell("pawl db psql -c 'alter system set autovacuum = off' -c 'select pg_reload_conf()'")
    found, code = world.until("the server has read it", lambda: (
        lambda got: got if got[0]["findings"] else None)(diagnosis(world)))
    contains(found["findings"][0]["cause"], "autovacuum is off")
    equal(world.shell(commands(found)[0]).code, 0)
    world.until("it is on again", lambda: not diagnosis(world)[0]["findings"])


def test_settings(world):
    """mistakes in the settings are findings; a run that does not exist is answered"""
    world.write("pawl.yaml", "worker: {slotz: 4}\n")
    found, code = diagnosis(world)
    equal((code, commands(found)), (4, ["pawl config check"]))
    contains(found["findings"][0]["cause"], "did you mean 'worker.slots'?")
    world.write("pawl.yaml", "")
    done = world.pawl("doctor", "99999")
    equal(done.code, 2)
    contains(done.err, "99999")


if __name__ == "__main__":
    main(__name__)
