"""Whatever is killed, the run goes on: finished steps once, a running step again."""

import os
import signal

from world import contains, equal, main

STEPS = """
name: survivor
steps:
  - id: before
    run: echo before >> effects
  - id: during
    run: |
      echo "during from $(cat "$PAWL_CHECKPOINT" 2>/dev/null || echo nothing)" >> effects
      echo '{"checkpoint": {"at": 5}}' >> "$PAWL_REPORT"
      echo reported >> reported
      while [ ! -e gate ]; do sleep 0.05; done
  - id: after
    run: echo after >> effects
"""


def begin(world):
    """A run in its second step, its checkpoint stored, and who follows it."""
    client = world.start("run", world.write("survivor.yaml", STEPS))
    world.until_line("reported", "reported")
    return client


def test_closed_terminal(world):
    """the terminal is closed in the middle: the run ends without a further command"""
    terminal = world.terminal("run", world.write("survivor.yaml", STEPS))
    world.until_line("reported", "reported")
    terminal.close(force=True)
    world.write("gate", "")
    world.until_state("succeeded")
    equal(world.lines("effects"), ["before", "during from nothing", "after"])


def test_killed_client(world):
    """kill -9 of the client: the run ends without a further command"""
    client = begin(world)
    client.kill()
    client.wait()
    world.write("gate", "")
    world.until_state("succeeded")
    equal(world.lines("effects"), ["before", "during from nothing", "after"])


def test_hung_up_client(world):
    """SIGHUP to the client's process group: the run ends without a further command"""
    client = begin(world)
    os.killpg(client.pid, signal.SIGHUP)
    client.wait()
    world.write("gate", "")
    world.until_state("succeeded")
    equal(world.lines("effects"), ["before", "during from nothing", "after"])


def lose_worker(world):
    """Kills the worker and the client, and opens the gate for the next attempt."""
    client = begin(world)
    world.until("the checkpoint is durable", lambda: checkpoint_is_stored(world))
    client.kill()
    client.wait()
    world.kill(world.workers())
    world.until("no step is left", lambda: not world.processes("sh", "-eu"))
    world.write("gate", "")


def checkpoint_is_stored(world):
    run = world.show()["id"]
    counted = world.pawl("db", "psql", "-Atc",
                         f"select count(*) from step_note where run_id = {run}")
    return counted.out.strip() not in ("", "0")


def told_once(world):
    equal(world.lines("effects"),
          ["before", "during from nothing", 'during from {"at":5}', "after"])
    equal(world.step("before")["attempt"], 1)
    equal(world.step("during")["attempt"], 2)
    equal(world.step("during")["lost"], 1)


def test_killed_worker_then_resume(world):
    """kill -9 of the worker, then resume: finished steps once, the running one goes on"""
    lose_worker(world)
    done = world.pawl("resume", "last")
    equal(done.code, 0)
    contains(done.out, "lost")
    told_once(world)


def test_killed_worker_then_serve(world):
    """kill -9 of the worker, then pawl serve: the run is finished by it"""
    lose_worker(world)
    worker = world.start("serve")
    world.until_state("succeeded")
    told_once(world)
    worker.send_signal(signal.SIGTERM)
    worker.communicate()
    equal(worker.returncode, 0)


def test_killed_worker_under_a_follower(world):
    """kill -9 of the worker while pawl run follows: it starts another one and the run ends"""
    client = begin(world)
    world.until("the checkpoint is durable", lambda: checkpoint_is_stored(world))
    world.kill(world.workers())
    world.write("gate", "")
    out, _ = client.communicate()
    equal(client.returncode, 0)
    told_once(world)
    contains(out, "lost: its worker died")


def test_killed_database(world):
    """kill -9 of PostgreSQL in the middle: the worker starts it again and the run ends"""
    client = begin(world)
    world.kill([world.postmaster()])
    world.write("gate", "")
    out, err = client.communicate()
    equal((client.returncode, err), (0, err))
    contains(out, "succeeded in ")
    lines = world.lines("effects")
    equal((lines.count("before"), lines.count("after")), (1, 1))


def test_killed_database_without_a_client(world):
    """kill -9 of PostgreSQL under a detached run: its worker starts it, and leaves it alive"""
    equal(world.pawl("run", world.write("survivor.yaml", STEPS), "--detach").code, 0)
    world.until_line("reported", "reported")
    world.kill([world.postmaster()])
    world.write("gate", "")
    world.until_line("effects", "after")
    world.until("the database is back", lambda: world.pawl("runs").code == 0)
    world.until_state("succeeded")
    world.kill(world.workers(), signal.SIGTERM)
    world.until("the worker has left", lambda: not world.workers())
    equal(world.show()["state"], "succeeded")


def test_killed_everything(world):
    """kill -9 of the worker, the client and PostgreSQL at once, then pawl resume"""
    client = begin(world)
    world.until("the checkpoint is durable", lambda: checkpoint_is_stored(world))
    world.kill([client.pid, world.postmaster(), *world.workers()])
    client.wait()
    world.write("gate", "")
    done = world.pawl("resume", "last")
    equal((done.code, done.err), (0, ""))
    told_once(world)


if __name__ == "__main__":
    main(__name__)
