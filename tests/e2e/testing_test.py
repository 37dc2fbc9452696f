"""`pawl test`: cases of workflows, their reports, and runs that become cases."""

import json
import os
import xml.etree.ElementTree as ElementTree

from world import contains, equal, main, own_world

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")

DEPLOY = """\
name: deploy
steps:
  build: {run: ./build, retry: 3}
  review: {needs: build, approval: {title: Go, expires: 24h}}
  push: {needs: review, run: "./push ${{ steps.build.output.image }}"}
outputs: {url: "${{ steps.push.output.url }}"}
"""

TESTS = """\
cases:
  - name: approved
    mock:
      build: {output: {image: x}, takes: 10m}
      review: {decision: approve, after: 2h}
      push: {output: {url: here}}
    expect: {outputs: {url: here}, duration: 2h10m}
  - name: the "wrong" <url>
    mock:
      build: {output: {image: x}}
      review: {decision: approve}
      push: {output: {url: there}}
    expect: {outputs: {url: here}}
"""

# All that a run can have: attempts, items, rounds, scripts that need the world, people, signals.
MIXED = r"""
name: mixed
inputs: {who: {type: string, default: "zo\"e: #1"}}
steps:
  list: {run: "printf 'a\\nb: c\\n'", output: lines}
  each:
    foreach: {items: "${{ steps.list.output }}", key: item}
    run: echo "{\"output\":{\"n\":\"$PAWL_ITEM\"}}" >> $PAWL_REPORT
  flaky:
    needs: each
    retry: {max_attempts: 3, delay: 10ms}
    run: test $PAWL_ATTEMPT = 2
  pure: {needs: flaky, lua: "return {n = len(steps.each.output)}"}
  asks: {needs: pure, lua: "return shell(\"echo hi\").stdout"}
  gate: {needs: asks, approval: {title: Go}}
  paid: {needs: gate, wait: {signal: paid}}
  poll:
    needs: paid
    loop: {max: 4, done: index == 2, steps: [{id: check, run: "true"}]}
  bad: {needs: poll, run: exit 3, on_error: continue}
outputs: {n: "${{ steps.pure.output.n }}", hi: "${{ steps.asks.output }}", sum: "${{ steps.paid.output.sum }}"}
"""


def records(world, *arguments, code=0):
    done = world.pawl("test", *arguments, "--json")
    equal(done.code, code)
    return [json.loads(line) for line in done.out.splitlines()]


def write(world):
    world.write("deploy.yaml", DEPLOY)
    return world.write("deploy.test.yaml", TESTS)


@own_world
def test_report(world):
    """a line for each case, what differs at its place, the counts, what no case reaches"""
    write(world)
    done = world.pawl("test")
    equal((done.code, done.err), (1, ""))
    lines = done.out.splitlines()
    took = lines.pop(6)
    equal(lines, ["deploy.test.yaml",
                  "  ✓ approved  2h10m",
                  "  ✕ the \"wrong\" <url>  0s",
                  "    deploy.test.yaml:13:29: outputs.url",
                  "      expected  \"here\"",
                  "      seen      \"there\"",
                  "deploy.yaml: 3 of 3 steps, 1 of 4 branches reached; no case reaches",
                  "  line 3    build: is tried again",
                  "  line 4    review: rejected",
                  "  line 4    review: expires"])
    contains(took, "2 cases: 1 passed, 1 failed; 2h10m of runs in ")
    equal(world.pawl("test", "-q").out, "deploy.test.yaml:8\n")
    contains(world.pawl("test", "--ascii").out, "  + approved  2h10m\n")


@own_world
def test_choice(world):
    """a file, a folder, the workflow, or a part of the name: what is played"""
    path = write(world)
    for arguments in ([path], [world.folder], [world.path("deploy.yaml")], []):
        equal(len(records(world, *arguments, code=1)), 3)
    equal([one["case"] for one in records(world, "-k", "appro") if one["kind"] == "test"],
          ["approved"])
    equal(world.pawl("test", "-k", "appro").code, 0)


@own_world
def test_coverage_min(world):
    """too little coverage is a failure, and says of which workflow"""
    write(world)
    done = world.pawl("test", "-k", "approved", "--coverage-min", "90")
    equal((done.code, done.err), (1, "the cases reach 57 % of deploy.yaml, less than 90 %\n"))
    equal(world.pawl("test", "-k", "approved", "--coverage-min", "57").code, 0)


@own_world
def test_junit(world):
    """--junit writes XML with every case, its failure and its place"""
    write(world)
    world.write("broken.test.yaml", "workflow: deploy.yaml\ncases: 1\n")
    equal(world.pawl("test", "--junit", "out.xml", "-q").code, 2)
    root = ElementTree.parse(world.path("out.xml")).getroot()
    equal({key: root.get(key) for key in ("tests", "failures", "errors")},
          {"tests": "3", "failures": "1", "errors": "1"})
    cases = {case.get("name"): case for case in root.iter("testcase")}
    equal(sorted(cases), ["approved", "the \"wrong\" <url>", "the file"])
    equal(cases["approved"].find("failure"), None)
    contains(cases["the \"wrong\" <url>"].find("failure").text, "deploy.test.yaml:13:29")
    contains(cases["the file"].find("error").text, "'cases' takes a list of cases")


@own_world
def test_mistakes(world):
    """mistakes in a test file, and in its workflow, are told like all mistakes"""
    write(world)
    world.write("deploy.test.yaml", TESTS.replace("mock:", "mocks:", 1))
    done = world.pawl("test")
    equal(done.code, 2)
    contains(done.out, "deploy.test.yaml:3:5  error[unknown-key]  unknown key 'mocks'")
    contains(done.out, "did you mean 'mock'?")
    world.write("deploy.yaml", "steps:\n  a: {rnu: x}\n")
    done = world.pawl("test")
    equal(done.code, 2)
    contains(done.out, "deploy.yaml:2:7  error[unknown-key]")
    contains(done.out, "1 file with mistakes")


@own_world
def test_no_database(world):
    """a test starts no database and no process, whatever is set"""
    write(world)
    env = {"PAWL_DATABASE_URL": "postgresql:///x?host=/nonexistent"}
    equal(world.pawl("test", "-k", "approved", env=env).code, 0)
    assert not os.path.exists(world.home), os.listdir(world.home)


@own_world
def test_a_run_becomes_a_case(world):
    """a run with all that a run can have, recorded, gives a case that passes"""
    number = world.pawl("run", world.write("mixed.yaml", MIXED), "--detach", "-q").out.strip()
    refused = world.pawl("test", "--record", number)
    equal(refused.code, 2)
    world.until("it asks", lambda: world.step("gate")["state"] == "waiting")
    equal(world.pawl("approve", number, "gate", "--comment", "well: done").code, 0)
    world.until("it waits", lambda: world.step("paid")["state"] == "waiting")
    equal(world.pawl("signal", number, "paid", '{"sum": 12}').code, 0)
    world.until_state("succeeded", number)
    recorded = world.pawl("test", "--record", number)
    equal((recorded.code, recorded.err), (0, ""))
    world.write("mixed.test.yaml", recorded.out)
    (case, tested) = records(world, "mixed.yaml")
    equal((case["passed"], tested["failed"]), (True, 0))
    contains(recorded.out, "well: done")
    assert "pure:" not in recorded.out.split("expect:")[0], "a script without the world runs again"


@own_world
def test_a_cancelled_run_becomes_a_case(world):
    """what was cancelled is cancelled in the case, and what failed fails"""
    flow = "name: stop\nsteps:\n  a: {run: touch a; sleep 600}\n  b: {needs: a, run: 'true'}\n"
    world.pawl("run", world.write("stop.yaml", flow), "--detach", "-q")
    world.until("it runs", lambda: os.path.exists(world.path("a")))
    equal(world.pawl("cancel", "last", "-q").code, 0)
    world.until_state("cancelled")
    recorded = world.pawl("test", "--record", "last")
    equal((recorded.code, recorded.err), (0, ""))
    world.write("stop.test.yaml", recorded.out)
    equal(world.pawl("test", "stop.yaml").code, 0)


@own_world
def test_what_cannot_be_recorded(world):
    """where the database lacks what the case needs, it is told"""
    flow = ("name: hooked\nsteps:\n  a:\n    run: echo 2\n    output: json\n"
            "    hooks: {after: return output * 2}\noutputs: {a: \"${{ steps.a.output }}\"}\n")
    equal(world.pawl("run", world.write("hooked.yaml", flow), "-q").code, 0)
    recorded = world.pawl("test", "--record", "last")
    equal((recorded.code, recorded.err), (1, "outputs.a: the run had 4, the case gives 8\n"))


def test_examples_pass(world):
    """every workflow that comes with Pawl has tests, and they pass"""
    folder = os.path.join(ROOT, "workflows")
    done = world.pawl("test", folder)
    equal((done.code, done.err), (0, ""))
    for name in os.listdir(folder):
        if name.endswith(".yaml") and not name.endswith(".test.yaml"):
            assert os.path.exists(os.path.join(folder, name[:-5] + ".test.yaml")), name


if __name__ == "__main__":
    main(__name__)
