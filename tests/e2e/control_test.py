"""pause, resume, cancel and retry, from another terminal while the run goes on."""

import json

from world import contains, equal, main

CHAIN = """
name: chain
steps:
  - id: first
    run: echo first >> effects
  - id: second
    run: |
      echo second >> effects
      while [ ! -e gate ]; do sleep 0.05; done
  - id: third
    run: echo third >> effects
"""


def test_pause_and_resume(world):
    """pause starts no further step, resume goes on and follows; finished steps are kept"""
    client = world.start("run", world.write("chain.yaml", CHAIN))
    world.until_line("effects", "second")
    paused = world.pawl("pause", "last")
    equal(paused.code, 0)
    contains(paused.out, "accepted, seq ")
    world.write("gate", "")
    world.until("second has ended", lambda: world.step("second")["state"] == "succeeded")
    equal(world.show()["state"], "paused")
    equal(world.lines("effects"), ["first", "second"])
    resumed = world.pawl("resume", "last")
    equal(resumed.code, 0)
    contains(resumed.out, "third succeeded")
    equal(world.lines("effects"), ["first", "second", "third"])
    out, _ = client.communicate()
    equal(client.returncode, 0)
    contains(out, "paused by user:")
    contains(out, "resumed by user:")


def test_pause_now(world):
    """pause --now stops the running step; it starts again from its checkpoint on resume"""
    world.write("now.yaml", """
name: pause-now
steps:
  long:
    run: |
      echo "start $(cat "$PAWL_CHECKPOINT" 2>/dev/null)" >> effects
      echo '{"checkpoint": 7}' >> "$PAWL_REPORT"
      echo reported >> reported
      while [ ! -e gate ]; do sleep 0.05; done
""")
    world.pawl("run", world.path("now.yaml"), "--detach")
    world.until_line("reported", "reported")
    equal(world.pawl("pause", "last", "--now").code, 0)
    world.until("long is stopped", lambda: world.step("long")["state"] == "ready")
    world.write("gate", "")
    equal(world.pawl("resume", "last").code, 0)
    equal(world.lines("effects"), ["start ", "start 7"])


def test_patience_with_a_paused_run(world):
    """who stops waiting for a paused run is told that it is paused"""
    client = world.start("run", world.write("chain.yaml", CHAIN))
    world.until_line("effects", "first")
    world.pawl("pause", "last")
    waited = world.pawl("attach", "last", "--timeout", "10ms")
    equal(waited.code, 5)
    contains(waited.err, "is paused: pawl resume")
    equal(world.pawl("pause", "last").code, 2)
    world.pawl("cancel", "last")
    client.communicate()


def test_cancel(world):
    """cancel ends the run with 3 for who follows it; later steps do not run"""
    client = world.start("run", world.write("chain.yaml", CHAIN))
    world.until_line("effects", "second")
    cancelled = world.pawl("cancel", "last", "--comment", "wrong day")
    equal(cancelled.code, 0)
    contains(cancelled.out, "accepted, seq ")
    out, _ = client.communicate()
    equal(client.returncode, 3)
    contains(out, "is being cancelled by user:")
    contains(out, ": wrong day\n")
    contains(world.pawl("events", "last").out, "why: wrong day")
    equal([event["why"] for event in world.events() if event["event"] == "cancel"], ["wrong day"])
    equal(world.show()["state"], "cancelled")
    equal(world.lines("effects"), ["first", "second"])


def test_retry(world):
    """retry runs the failed step and what hangs on it; finished steps are kept"""
    file = world.write("retry.yaml", """
name: repairable
steps:
  kept:
    run: echo kept >> effects
  broken:
    needs: kept
    run: |
      echo broken >> effects
      test -e fixed
  after:
    needs: broken
    run: echo after >> effects
""")
    equal(world.pawl("run", file, "-q").code, 1)
    equal(world.pawl("retry", "last", "-q").code, 1)
    world.write("fixed", "")
    done = world.pawl("retry", "last")
    equal(done.code, 0)
    contains(done.out, "repaired by user:")
    equal(world.lines("effects"), ["kept", "broken", "broken", "broken", "after"])
    nothing = world.pawl("retry", "last")
    equal(nothing.code, 2)
    contains(nothing.err, "nothing to repair")


def test_retry_one_step(world):
    """retry RUN STEP runs that step again and leaves another failed one alone"""
    file = world.write("two.yaml", """
name: two-failures
steps:
  a:
    run: |
      echo a >> effects
      test -e fixed
  b:
    run: |
      echo b >> effects
      exit 1
""")
    equal(world.pawl("run", file, "-q").code, 1)
    world.write("fixed", "")
    equal(world.pawl("retry", "last", "a", "-q").code, 1)
    equal(sorted(world.lines("effects")), ["a", "a", "b"])
    equal((world.step("a")["state"], world.step("b")["state"]), ("succeeded", "failed"))
    unknown = world.pawl("retry", "last", "c")
    equal(unknown.code, 2)
    contains(unknown.err, "has no step 'c'\n")
    good = world.pawl("retry", "last", "a")
    equal(good.code, 2)
    contains(good.err, "step 'a' of run ")
    contains(good.err, " --from a\n")


def test_begin_anew(world):
    """retry --from begins anew at a step that had succeeded, with all behind it and nothing else"""
    file = world.write("anew.yaml", """
name: anew
steps:
  alone:
    run: echo alone >> effects
  extract:
    run: echo extract >> effects; cat data
    output: text
  block:
    needs: extract
    steps:
      double:
        lua: return steps.extract.output .. steps.extract.output
outputs:
  doubled: ${{ steps.block.output.double }}
""")
    world.write("data", "bad")
    equal(world.pawl("run", file, "--result=doubled").out, "badbad\n")
    world.write("data", "good")
    all_well = world.pawl("retry", "last")
    equal(all_well.code, 2)
    again = all_well.err.splitlines()[-1].strip()
    equal(again.split()[:2] + again.split()[3:], ["pawl", "retry", "--from", "alone"])
    done = world.pawl("retry", "last", "--from", "extract", "--result=doubled")
    equal((done.code, done.out), (0, "goodgood\n"))
    equal(sorted(world.lines("effects")), ["alone", "extract", "extract"])
    done = world.pawl("retry", "last", "--from", "block.double", "--from", "alone", "--detach")
    equal(done.code, 0)
    world.until_state("succeeded")
    equal(sorted(world.lines("effects")), ["alone", "alone", "extract", "extract"])
    for wrong, why in ((("--from", "nothing"), "has no step 'nothing'"),
                       (("--from", "alone", "extract"), "STEP names what failed")):
        refused = world.pawl("retry", "last", *wrong)
        equal(refused.code, 2)
        contains(refused.err, why)


def test_commands_on_a_run_that_ended(world):
    """pause and cancel of an ended run are refused with 2; resume and attach tell its end"""
    file = world.write("quick.yaml", "name: quick\nsteps:\n  a: {run: 'true'}\n")
    equal(world.pawl("run", file, "-q").code, 0)
    for command in ("pause", "cancel"):
        refused = world.pawl(command, "last")
        equal(refused.code, 2)
        contains(refused.err, "the run has ended")
    for command in ("resume", "attach"):
        told = world.pawl(command, "last")
        equal(told.code, 0)
        contains(told.out, "succeeded in ")


def test_refusal_as_json(world):
    """with --json a refusal is one record on stderr"""
    file = world.write("quick.yaml", "name: quick\nsteps:\n  a: {run: 'true'}\n")
    world.pawl("run", file, "-q")
    refused = world.pawl("cancel", "last", "--json")
    equal((refused.code, refused.out), (2, ""))
    record = json.loads(refused.err)
    equal((record["kind"], record["exit"]), ("error", 2))


def test_no_worker(world):
    """a command for a run that no worker has stays queued, and says so"""
    client = world.start("run", world.write("chain.yaml", CHAIN))
    world.until_line("effects", "second")
    number = world.show()["run"]
    client.kill()
    client.wait()
    world.kill(world.workers())
    world.until("the lease of the killed worker is over",
                lambda: "queued" in world.pawl("pause", number).out)
    world.write("gate", "")
    equal(world.pawl("cancel", number).code, 5)
    # The requests were kept: the next worker reads them.
    world.pawl("resume", number)
    world.until_state("cancelled", number)


def test_retry_of_a_changed_file(world):
    """a run keeps its workflow; retry says that the file is another now, and how to run that"""
    world.write("slip.yaml", "name: slip\nsteps:\n  a: {lua: return nil + 1}\n")
    equal(world.pawl("run", world.path("slip.yaml")).code, 1)
    again = world.pawl("retry", "last")
    assert "has changed" not in again.err, again.err
    world.write("slip.yaml", "name: slip\nsteps:\n  a: {lua: return 1}\n")
    again = world.pawl("retry", "last")
    equal(again.code, 1)
    contains(again.err, "slip.yaml has changed since run ")
    contains(again.err, "pawl run " + world.path("slip.yaml"))


if __name__ == "__main__":
    main(__name__)
