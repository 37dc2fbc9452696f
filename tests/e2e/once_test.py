"""`effects: once`, `verify`, `pawl resolve`; `undo` and `compensate`."""

import json
import os

from world import contains, equal, main, own_world

CHARGE = """
name: shop
steps:
  - id: charge
    effects: once
    run: |
      echo charged >> charges
      while [ ! -e rest ]; do sleep 0.02; done
    %s
  - id: ship
    run: echo ${{ steps.charge.output.id }} >> shipped
"""


def interrupt(world, text):
    """A run whose worker is killed while it charges; another takes it over."""
    run = world.pawl("run", world.write("shop.yaml", text), "--detach", "--json").out
    number = json.loads(run.splitlines()[0])["run"]
    world.until_line("charges", "charged")
    world.kill(world.workers())
    return number, world.pawl("resume", number)


@own_world
def test_unknown_and_resolved_as_done(world):
    """kill -9 in the middle of what happens once: it is not done again; a person says that it was done"""
    number, told = interrupt(world, CHARGE % "")
    equal(told.code, 1)
    contains(told.out, "charge unknown: its worker died while it ran: whether it was done is unknown")
    contains(told.out, f"resolve   pawl resolve {number} charge done")
    equal([(step["step"], step["state"]) for step in world.show(number)["steps"]],
          [("charge", "unknown"), ("ship", "not_run")])
    refused = world.pawl("retry", number)
    equal(refused.code, 2)
    contains(refused.err, "pawl resolve")
    done = world.pawl("resolve", number, "charge", "done", "--output", '{"id": 7}', "--comment", "on the statement")
    equal((done.code, done.err), (0, ""))
    equal(world.pawl("attach", number, "-q").code, 0)
    equal((world.lines("charges"), world.lines("shipped")), (["charged"], ["7"]))
    contains(world.pawl("events", number).out, "resolved: it was done (on the statement)")


@own_world
def test_resolved_as_not_done(world):
    """when a person says that it was not done, it is done"""
    number, _ = interrupt(world, CHARGE % "")
    world.write("rest", "")
    equal(world.pawl("resolve", number, "charge", "not_done").code, 0)
    world.until_line("charges", "charged")
    world.until_state("failed", number)  # It gives no id.
    equal(world.lines("charges"), ["charged", "charged"])


@own_world
def test_verified(world):
    """verify is asked whether it was done, and gives its output"""
    number, told = interrupt(world, CHARGE % "verify: {run: \"grep -q charged charges && echo 'done {\\\"id\\\": 9}'\"}")
    equal((told.code, told.err), (0, ""))
    contains(told.out, "it is verified whether it was done")
    equal((world.lines("charges"), world.lines("shipped")), (["charged"], ["9"]))
    equal(world.step("charge", number)["output"], {"id": 9})


@own_world
def test_verified_by_lua(world):
    """a Lua block answers with a word and the output; a wrong answer leaves it unknown"""
    _, told = interrupt(world, CHARGE % "verify: {lua: 'return \"done\", {id = 3}'}")
    equal((told.code, world.lines("shipped")), (0, ["3"]))
    world.write("charges", "")
    number, told = interrupt(world, CHARGE % "verify: {lua: 'return \"perhaps\"'}")
    equal(told.code, 1)
    contains(world.show(number)["steps"][0]["error"]["message"],
             "verify answered 'perhaps', which is neither 'done' nor 'not_done'")


SAGA = """
name: saga
compensate: both
steps:
  - id: flight
    lua: return {id = "F1"}
    undo: {run: "echo flight ${{ output.id }} >> undone"}
  - id: hotels
    foreach: {items: [a, b], max_parallel: 1}
    run: echo "${{ item }}" >> booked
    undo:
      run: |
        test -e "tried-$PAWL_ITEM" || { touch "tried-$PAWL_ITEM"; exit 1; }
        echo "hotel ${{ item }}" >> undone
        if [ ! -e undo_gate ]; then touch in_undo; fi
        while [ ! -e undo_gate ]; do sleep 0.02; done
      retry: {max_attempts: 3, delay: 1ms}
  - id: pay
    run: test -e money
"""


@own_world
def test_saga(world):
    """a failure takes back what was done, last first, tried again, and once though its worker is killed"""
    world.write("saga.yaml", SAGA)
    world.pawl("run", "saga.yaml", "--detach", "-q")
    world.until("the first undo runs", lambda: os.path.exists(world.path("in_undo")))
    equal(world.show()["state"], "compensating")
    world.kill(world.workers())
    world.write("undo_gate", "")
    told = world.pawl("resume", "last")
    equal(told.code, 1)
    undone = world.lines("undone")
    # What was interrupted has run again, as each step does.
    equal([line for i, line in enumerate(undone) if i == 0 or undone[i - 1] != line],
          ["hotel b", "hotel a", "flight F1"])
    states = {step["step"]: step["state"] for step in world.show()["steps"]}
    equal({name: state for name, state in states.items() if name.startswith("undo.")},
          {"undo.hotels[2]": "succeeded", "undo.hotels[1]": "succeeded", "undo.flight": "succeeded"})
    world.write("money", "")
    again = world.pawl("retry", "last")
    equal((again.code, again.err), (0, ""))
    equal(sorted(world.lines("booked")), ["a", "a", "b", "b"])


if __name__ == "__main__":
    main(__name__)
