"""`foreach`: items as steps of their own, on the real engine, watched and repaired by their keys."""

import json

from world import contains, equal, main

SITES = """
name: sites
inputs:
  broken: {type: string, default: none}
steps:
  - id: list
    run: printf 'eu\\nus\\nasia\\n'
    output: lines
  - id: visit
    foreach: {items: steps.list.output, key: item, as: site, max_parallel: 2}
    run: |
      echo "$PAWL_ITEM" >> effects
      echo "visiting ${{ site }} as number ${{ index }}"
      test ${{ site }} != ${{ inputs.broken }} || test -e mended
    output: text
  - id: sum
    foreach: [10, 20]
    steps:
      - id: half
        lua: return item / 2
      - id: add
        lua: return steps.half.output + index
outputs:
  visited: ${{ steps.visit.output }}
  sums: ${{ steps.sum.output }}
"""

HELD = """
name: held
steps:
  visit:
    foreach: {items: "list.range(1, 6)", max_parallel: 3}
    run: |
      echo "$PAWL_ITEM" >> effects
      case $PAWL_ITEM in 1|2|3) exit 0 ;; esac
      while [ ! -e gate ]; do sleep 0.05; done
"""


def test_items_run(world):
    """each item runs with its value, its number and its key; what they give is a list in order"""
    result = world.pawl("run", world.write("sites.yaml", SITES), "--result")
    equal(result.code, 0)
    outputs = json.loads(result.out.splitlines()[-1])
    equal(outputs["visited"], ["visiting eu as number 1", "visiting us as number 2",
                               "visiting asia as number 3"])
    equal(outputs["sums"], [6, 12])
    equal(sorted(world.lines("effects")), ["asia", "eu", "us"])


def test_items_are_seen(world):
    """show, logs, events and a step's page name an item by its key"""
    world.pawl("run", world.write("sites.yaml", SITES), "-q")
    shown = world.pawl("show", "last").out
    contains(shown, '  ✓ ["us"]    succeeded')
    contains(shown, "    ✓ half    succeeded")
    equal(world.step('sum[2].add')["output"], 12)
    contains(world.pawl("logs", "last", 'visit["asia"]').out, "visiting asia as number 3")
    contains(world.pawl("logs", "last", "visit").out, 'visit["eu"] | visiting eu')
    contains(world.pawl("events", "last").out, 'visit["us"] running, attempt 1')
    page = world.pawl("show", "last", "visit.us").out
    contains(page, 'site           = "us"')
    contains(page, "index          = 2")


def test_one_item_is_repaired(world):
    """a failed item fails the step; alone it runs again, and the others are kept"""
    failed = world.pawl("run", world.write("sites.yaml", SITES), "-i", "broken=us")
    equal(failed.code, 1)
    contains(failed.out, '✕ visit["us"]  failed')
    contains(failed.out, "visit failed: 1 of 3 items failed; the first: exit code 1")
    world.write("mended", "")
    equal(world.pawl("retry", "last", 'visit["us"]').code, 0)
    equal(sorted(world.lines("effects")), ["asia", "eu", "us", "us"])
    equal(world.show()["state"], "succeeded")


def test_items_survive_a_kill(world):
    """the worker is killed among its items: what had ended is kept, what ran starts again"""
    client = world.start("run", world.write("held.yaml", HELD))
    world.until("three have ended and three run", lambda: len(world.lines("effects")) == 6)
    world.until("the ends are stored", lambda: [
        world.step(f"visit[{i}]")["state"] for i in (1, 2, 3)] == ["succeeded"] * 3)
    world.kill(world.workers())
    world.write("gate", "")
    client.communicate()
    equal(client.returncode, 0)
    equal([len([line for line in world.lines("effects") if line == str(i)]) for i in range(1, 7)],
          [1, 1, 1, 2, 2, 2])


def test_no_list(world):
    """what is no list is told with its value, and with what gives a list"""
    failed = world.pawl("run", world.write("slip.yaml", """
name: slip
steps:
  a: {run: echo x, output: text}
  b: {foreach: steps.a.output, run: 'true'}
"""))
    equal((failed.code, failed.err), (1, ""))
    contains(failed.out, 'b failed: foreach: the items must be a list or a table, but are "x"')


if __name__ == "__main__":
    main(__name__)
