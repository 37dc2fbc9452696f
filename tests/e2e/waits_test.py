"""`wait` and `approval`: time, signals and people, across restarts and from the command line."""

import json

from world import contains, equal, main

PUBLISH = """
name: publish
inputs: {files: {type: integer, default: 3}}
steps:
  - id: review
    approval:
      title: Publish ${{ inputs.files }} files?
      body: They go to the public server.
      expires: 24h
      form:
        target: {type: string, enum: [eu, us], required: true}
        copies: {type: integer, default: 1}
  - id: publish
    run: |
      echo to ${{ steps.review.output.form.target }} ${{ steps.review.output.form.copies }} times
    output: text
outputs:
  said: ${{ steps.publish.output }}
  comment: ${{ steps.review.output.comment }}
"""

ORDER = """
name: order
steps:
  - id: pack
    run: while [ ! -e gate ]; do sleep 0.05; done
  - id: paid
    wait: {signal: paid, match: output.amount >= 10}
  - id: ship
    lua: return steps.paid.output.amount
outputs:
  amount: ${{ steps.ship.output }}
"""

SLEEP = """
name: sleep
steps:
  - id: nap
    wait: 7s
  - id: after
    run: echo woken >> effects
"""


def start(world, name, text, *options):
    started = world.pawl("run", world.write(name, text), "--detach", "-q", *options)
    equal(started.code, 0)
    return started.out.strip()


def test_approval(world):
    """a run waits for a person, tells what to type, and goes on with what was filled in"""
    number = start(world, "publish.yaml", PUBLISH, "-i", "files=7")
    world.until_state("waiting", number)
    contains(world.pawl("show", number).out, f"pawl approve {number} review")
    page = world.pawl("show", number, "review").out
    contains(page, "asks       Publish 7 files?")
    contains(page, "They go to the public server.")
    stuck = world.pawl("doctor", number).out
    contains(stuck, "for a decision, rejects itself in 23h59m")
    contains(stuck, f"pawl approve {number} review")

    missing = world.pawl("approve", number)
    equal(missing.code, 2)
    contains(missing.err, "the form needs the input 'target' (eu or us)")
    contains(missing.err, f"pawl approve {number} review -i target=eu")
    wrong = world.pawl("approve", number, "-i", "target=asia")
    equal(wrong.code, 2)
    contains(wrong.err, "target")
    said = world.pawl("approve", number, "review", "-i", "target=eu", "-i", "copies=2",
                      "--comment", "looks good")
    equal(said.code, 0)
    contains(said.out, "accepted, seq ")
    world.until_state("succeeded", number)
    equal(world.show(number)["outputs"], {"said": "to eu 2 times", "comment": "looks good"})
    again = world.pawl("reject", number, "review")
    equal(again.code, 2)
    contains(again.err, "the run has ended")
    contains(world.pawl("show", number, "review").out, "user:")


def test_rejection(world):
    """a rejection fails the run with its comment; a retry asks again"""
    number = start(world, "publish.yaml", PUBLISH)
    world.until_state("waiting", number)
    equal(world.pawl("reject", number, "--comment", "not yet").code, 0)
    world.until_state("failed", number)
    contains(world.pawl("show", number).out, ": not yet")
    equal(world.pawl("retry", number, "--detach").code, 0)
    world.until_state("waiting", number)
    equal(world.pawl("approve", number, "-i", "target=us").code, 0)
    world.until_state("succeeded", number)


def test_who_may_decide(world):
    """only those whom the file names may decide; the refusal says who they are"""
    number = start(world, "named.yaml", """
name: named
steps:
  ask: {approval: {title: "Go?", approvers: [ana, ben]}}
""")
    world.until_state("waiting", number)
    refused = world.pawl("approve", number)
    equal(refused.code, 2)
    contains(refused.err, "those who may decide are: ana, ben")
    equal(world.show(number)["state"], "waiting")


def test_signal_before_its_wait(world):
    """a signal is kept until its step waits; the same id counts once; a wrong name is refused"""
    client = world.start("run", world.write("order.yaml", ORDER), "--result")
    world.until("it runs", lambda: world.pawl("show", "last").code == 0
                and world.show()["state"] == "running")
    for amount in ("7", "12", "15"):
        equal(world.pawl("signal", "last", "paid", json.dumps({"amount": int(amount)}), "--id",
                         amount).code, 0)
    equal(world.pawl("signal", "last", "paid", '{"amount": 12}', "--id", "12").code, 0)
    wrong = world.pawl("signal", "last", "payd", "1")
    equal(wrong.code, 2)
    contains(wrong.err, "waits for a signal 'payd'; it knows: paid")
    no_json = world.pawl("signal", "last", "paid", "eu")
    equal(no_json.code, 2)
    contains(no_json.err, "the payload is no JSON")
    world.kill(world.workers())
    world.write("gate", "")
    out = client.communicate()[0]
    equal(client.returncode, 0)
    equal(json.loads(out.splitlines()[-1]), {"amount": 12})


def test_value(world):
    """resume --value answers the step that waits"""
    number = start(world, "order.yaml", ORDER)
    world.write("gate", "")
    world.until_state("waiting", number)
    answered = world.pawl("resume", number, "--value", '{"amount": 3}')
    equal(answered.code, 0)
    equal(world.show(number)["outputs"], {"amount": 3})


def test_sleepers_have_a_worker(world):
    """a worker that leaves when idle stays while a parked run has to be woken"""
    world.pawl("db", "start")
    worker = world.start("serve", "--idle-exit", "1s")
    number = start(world, "sleep.yaml", SLEEP)
    world.until_state("succeeded", number)
    equal(world.lines("effects"), ["woken"])
    worker.communicate()
    equal(worker.returncode, 0)


def test_idle_worker_leaves(world):
    """a worker leaves when it is idle, however often it looks around meanwhile"""
    world.pawl("db", "start")
    worker = world.start("serve", "--lease", "3s", "--idle-exit", "2s")
    worker.communicate()
    equal(worker.returncode, 0)


def test_pipe(world):
    """in a pipe one line says what a run waits for, and what to type"""
    client = world.start("run", world.write("publish.yaml", PUBLISH))
    world.until_state("waiting")
    world.pawl("approve", "last", "-i", "target=eu")
    out = client.communicate()[0]
    equal(client.returncode, 0)
    number = world.show()["run"]
    contains(out, f"review waiting for a decision: pawl approve {number} review")
    contains(out, "review succeeded in ")


if __name__ == "__main__":
    main(__name__)
