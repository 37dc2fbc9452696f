"""`matrix`, `switch`, `loop`, `race`, and `max_parallel` of a block, on the real engine."""

import json
import os

from world import contains, equal, main

ROUTES = """
name: routes
inputs:
  region: {type: string, default: eu-west}
steps:
  - id: route
    switch:
      value: inputs.region
      cases:
        eu-west:
          steps:
            - id: get
              run: echo from the west
              output: text
            - id: put
              lua: return steps.get.output .. ", put"
        us: {run: echo from america, output: text}
  - id: after
    run: echo after
outputs:
  route: ${{ steps.route.output }}
"""

POLL = """
name: poll
steps:
  - id: poll
    loop:
      steps:
        - id: ask
          run: |
            echo "asking for the ${{ index }}. time, before ${{ previous }}"
            echo "$PAWL_STEP" >> effects
            if [ ${{ index }} = 3 ]; then while [ ! -e gate ]; do sleep 0.05; done; fi
            if [ ${{ index }} = 3 ]; then test ! -e broken; fi
        - id: weigh
          lua: return {ready = index == 4, index = index}
      done: output.ready
      max: 9
outputs:
  rounds: ${{ steps.poll.output.index }}
"""

RACE = """
name: race
steps:
  - id: first
    race:
      slow:
        steps:
          - id: wait
            run: |
              echo started >> effects
              while true; do sleep 0.05; done
          - id: never
            run: echo never >> effects
      fast:
        run: |
          while [ ! -s effects ]; do sleep 0.05; done
          echo quick
        output: text
outputs:
  first: ${{ steps.first.output }}
"""

MATRIX = """
name: matrix
inputs:
  levels: {type: list, default: [1, 2]}
steps:
  build:
    matrix:
      os: [linux, mac]
      level: ${{ inputs.levels }}
      exclude: [{os: mac, level: 1}]
      include: [{os: bsd}, {os: linux, level: 2, fast: true}]
    lua: return matrix.os .. coalesce(matrix.level, "") .. (matrix.fast == true and " fast" or "")
outputs:
  built: ${{ steps.build.output }}
"""


def result_of(world, file, *options):
    result = world.pawl("run", file, "--result", *options)
    equal(result.code, 0)
    return json.loads(result.out.splitlines()[-1])


def test_switch(world):
    """one case runs, under its own name, and what it gives is what the switch gives"""
    file = world.write("routes.yaml", ROUTES)
    equal(result_of(world, file)["route"], "from the west, put")
    shown = world.pawl("show", "last").out
    contains(shown, "eu_west")
    equal(world.step("route.eu_west.put")["state"], "succeeded")
    equal(world.step("route.us")["state"], "skipped")
    equal(result_of(world, file, "-i", "region=us")["route"], "from america")
    equal(result_of(world, file, "-i", "region=asia")["route"], None)
    contains(world.pawl("show", "last").out, "no case for 'asia'")


def test_loop_survives_a_kill(world):
    """rounds are steps of their own; the worker is killed in the third, and that one goes on"""
    client = world.start("run", world.write("poll.yaml", POLL), "--result")
    world.until("the third round runs", lambda: len(world.lines("effects")) == 3)
    world.until("its start is stored", lambda: world.step("poll#3.ask")["state"] == "running")
    world.kill(world.workers())
    world.write("gate", "")
    out = client.communicate()[0]
    equal(client.returncode, 0)
    equal(json.loads(out.splitlines()[-1])["rounds"], 4)
    rounds = [f"poll#{i}.ask" for i in (1, 2, 3, 3, 4)]
    equal(world.lines("effects"), rounds)
    contains(world.pawl("logs", "last", "poll#2.ask").out, "asking for the 2. time, before")
    contains(world.pawl("show", "last").out, "#4")


def test_loop_is_repaired(world):
    """a failed round fails the loop, and a retry goes on in that round"""
    world.write("gate", "")
    world.write("broken", "")
    file = world.write("poll.yaml", POLL)
    failed = world.pawl("run", file)
    equal(failed.code, 1)
    contains(failed.out, "poll#3.ask")
    os.remove(world.path("broken"))
    equal(world.pawl("retry", "last").code, 0)
    rounds = [f"poll#{i}.ask" for i in (1, 2, 3, 3, 4)]
    equal(world.lines("effects"), rounds)
    equal(world.show()["state"], "succeeded")


def test_race(world):
    """the first branch that succeeds ends the others, processes and all"""
    file = world.write("race.yaml", RACE)
    equal(result_of(world, file)["first"], {"winner": "fast", "output": "quick"})
    equal(world.step("first.slow.wait")["state"], "cancelled")
    equal(world.lines("effects"), ["started"])


def test_matrix(world):
    """the product of lists, with what is taken away and added, and keys that say which"""
    file = world.write("matrix.yaml", MATRIX)
    equal(result_of(world, file)["built"], ["linux1", "linux2 fast", "mac2", "bsd"])
    shown = world.pawl("show", "last").out
    contains(shown, '["linux,1"]')
    contains(shown, '["bsd"]')
    equal(world.step('build["mac,2"]')["output"], "mac2")


if __name__ == "__main__":
    main(__name__)
