"""pawl run: from a file to outputs, and how the end is told."""

import json
import os
import signal
import subprocess

from world import contains, equal, main

GREET = """
name: greet
inputs:
  who: {type: string, required: true}
  times: {type: integer, default: 1}
steps:
  shout:
    run: |
      echo "hello ${{ inputs.who }}"
      echo "to stderr" >&2
  count:
    needs: shout
    lua: return inputs.times + 1
outputs:
  next: ${{ steps.count.output }}
  who: ${{ inputs.who }}
"""

FAILS = """
name: fails
steps:
  good:
    run: echo fine
  bad:
    needs: good
    run: |
      echo "disk full" >&2
      exit 3
  after:
    needs: bad
    run: echo never
"""


def test_success(world):
    """a run that succeeds exits 0 and prints lines, output and outputs"""
    file = world.write("greet.yaml", GREET)
    done = world.pawl("run", file, "-i", "who=you and me", "-i", "times=41")
    equal(done.code, 0)
    contains(done.out, "shout | hello you and me\n")
    contains(done.out, "shout ! to stderr\n")
    contains(done.out, "shout succeeded in ")
    contains(done.out, "greet  succeeded in ")
    contains(done.out, "  next  42\n")
    contains(done.out, "  who   you and me\n")
    assert "\x1b" not in done.out, "a pipe gets no escapes"
    equal(world.show()["inputs"], {"who": "you and me", "times": 41})
    equal(world.show()["outputs"], {"next": 42, "who": "you and me"})


BLOCK = """
name: block
steps:
  build:
    retry: {max_attempts: 3, delay: 10ms}
    steps:
      - {id: count, run: "echo x >> tries"}
      - {id: judge, run: 'test "$(wc -l < tries)" -ge 2'}
  slow:
    timeout: 200ms
    on_error: continue
    steps:
      - {id: wait, run: [sleep, "600"]}
"""


def test_block(world):
    """a block is tried again as a whole, and its timeout ends its steps"""
    done = world.pawl("run", world.write("block.yaml", BLOCK))
    equal(done.code, 0)
    equal(world.lines("tries"), ["x", "x"])
    equal(world.step("build")["state"], "succeeded")
    equal(world.step("slow")["state"], "failed")
    equal(world.step("slow")["error"]["kind"], "timeout")
    equal(world.step("slow.wait")["state"], "cancelled")


INHERITED = """
name: inherited
env: {WHERE: root}
steps:
  region: {lua: return "eu"}
  deploy:
    env: {REGION: "${{ steps.region.output }}", WHERE: block}
    workdir: site
    steps:
      inner:
        env: {WHERE: "${{ env.WHERE }} inside"}
        steps:
          show: {run: 'echo "$REGION $WHERE" > shown', env: {REGION: "${{ env.REGION }}-1"}}
          script: {lua: 'fs.write("script", env.REGION .. " " .. env.WHERE)'}
"""


def test_block_env(world):
    """steps get the env and the workdir of the blocks around them"""
    os.makedirs(world.path("site"), exist_ok=True)
    done = world.pawl("run", world.write("inherited.yaml", INHERITED))
    equal(done.code, 0)
    equal(world.lines("site/shown"), ["eu-1 block inside"])
    equal(world.lines("site/script"), ["eu block inside"])


def test_order_of_output(world):
    """the output of a step stands before the line that tells its end"""
    file = world.write("greet.yaml", GREET)
    out = world.pawl("run", file, "-i", "who=you").out
    assert out.index("shout started") < out.index("| hello you") < out.index("shout succeeded")


def test_failure(world):
    """a run that fails exits 1, names the step, why, what did not run and the next command"""
    file = world.write("fails.yaml", FAILS)
    done = world.pawl("run", file)
    equal(done.code, 1)
    contains(done.out, "bad failed after ")
    contains(done.out, "exit 3")
    contains(done.out, "1 of 3 steps failed, 1 did not run")
    contains(done.out, "did not run: after")
    number = world.show()["run"]
    contains(done.out, f"pawl retry {number} ")
    equal(world.pawl("logs", number, "bad", "--raw").out, "disk full\n")


def test_json(world):
    """--json prints one record a line, each with v, and ends with the result"""
    file = world.write("greet.yaml", GREET)
    done = world.pawl("run", file, "-i", "who=you", "--json")
    equal(done.code, 0)
    records = [json.loads(line) for line in done.out.splitlines()]
    assert all(record["v"] == 1 for record in records)
    equal(records[0]["kind"], "started")
    events = [record for record in records if record["kind"] == "event"]
    equal([event["seq"] for event in events], list(range(1, len(events) + 1)))
    logs = [record["text"] for record in records if record["kind"] == "log"]
    assert "hello you" in logs and "to stderr" in logs, logs
    equal(records[-1]["kind"], "result")
    equal(records[-1]["outputs"], {"next": 2, "who": "you"})


def test_json_of_failure(world):
    """--json of a run that fails holds its error"""
    file = world.write("fails.yaml", FAILS)
    done = world.pawl("run", file, "--json")
    equal(done.code, 1)
    result = json.loads(done.out.splitlines()[-1])
    equal(result["state"], "failed")
    equal(result["error"]["step"], "bad")
    equal(result["error"]["exit_code"], 3)


def test_quiet(world):
    """-q prints the number of the run and nothing else"""
    file = world.write("greet.yaml", GREET)
    done = world.pawl("run", file, "-i", "who=you", "-q")
    equal((done.code, done.out.strip(), done.err), (0, world.show()["run"], ""))


def test_inputs_from_a_file(world):
    """--inputs reads an object from a file or stdin; -i wins"""
    file = world.write("greet.yaml", GREET)
    given = world.write("in.json", '{"who": "file", "times": 6}')
    equal(world.pawl("run", file, "--inputs", given, "-i", "times=1", "-q").code, 0)
    equal(world.show()["outputs"], {"next": 2, "who": "file"})
    equal(world.pawl("run", file, "--inputs", "-", "-q", stdin='{"who": "stdin"}').code, 0)
    equal(world.show()["outputs"], {"next": 2, "who": "stdin"})


def test_input_from_text_file(world):
    """-i k=@FILE reads the text of a file; k=@@x is a literal @x"""
    file = world.write("greet.yaml", GREET)
    text = world.write("who.txt", "from a file")
    equal(world.pawl("run", file, "-i", f"who=@{text}", "-q").code, 0)
    equal(world.show()["outputs"]["who"], "from a file")
    equal(world.pawl("run", file, "-i", "who=@@home", "-q").code, 0)
    equal(world.show()["outputs"]["who"], "@home")


def test_labels(world):
    """--label stays with the run"""
    file = world.write("greet.yaml", GREET)
    equal(world.pawl("run", file, "-i", "who=you", "--label", "team=data", "-q").code, 0)
    equal(world.show()["labels"], {"team": "data"})


def test_detach(world):
    """--detach leaves at once with 0; the run goes on and ends"""
    file = world.write("slow.yaml", """
name: slow
steps:
  wait:
    run: |
      while [ ! -e gate ]; do sleep 0.05; done
      echo opened
""")
    done = world.pawl("run", file, "--detach")
    equal(done.code, 0)
    number = world.show()["run"]
    contains(done.out, f"pawl attach {number}\n")
    world.write("gate", "")
    world.until_state("succeeded", number)


def test_key(world):
    """--key twice with the same inputs attaches; with other inputs it is refused"""
    file = world.write("greet.yaml", GREET)
    first = world.pawl("run", file, "-i", "who=ana", "--key", "daily", "-q")
    equal(first.code, 0)
    again = world.pawl("run", file, "-i", "who=ana", "--key", "daily")
    equal(again.code, 0)
    contains(again.out, f"key 'daily' is run {first.out.strip()} already\n")
    contains(again.out, "succeeded in ")
    other = world.pawl("run", file, "-i", "who=ben", "--key", "daily")
    equal(other.code, 2)
    number = first.out.strip()
    contains(other.err, f"key 'daily' is taken by run {number} with other inputs: who=ana")
    contains(other.err, f"pawl attach {number}\n")
    equal(world.pawl("show", "daily", "-q").out, first.out)
    equal(world.pawl("show", "key:daily", "-q").out, first.out)


def test_same_key_while_running(world):
    """the second run with a key follows the first one while it runs"""
    file = world.write("gated.yaml", """
name: gated
steps:
  wait:
    run: |
      echo started >> effects
      while [ ! -e gate2 ]; do sleep 0.05; done
""")
    first = world.start("run", file, "--key", "g")
    world.until_line("effects", "started")
    second = world.start("run", file, "--key", "g")
    equal(second.stdout.readline(), f"key 'g' is run {world.show('g')['run']} already\n")
    world.write("gate2", "")
    equal((first.wait(), second.wait()), (0, 0))
    equal(world.lines("effects"), ["started"])


def test_interrupt(world):
    """SIGINT ends the client by SIGINT with one line on stderr; the run goes on"""
    file = world.write("int.yaml", """
name: interrupted
steps:
  wait:
    run: |
      echo started >> int
      while [ ! -e gate3 ]; do sleep 0.05; done
""")
    client = world.start("run", file)
    world.until_line("int", "started")
    number = world.show()["run"]
    client.send_signal(signal.SIGINT)
    _, err = client.communicate()
    equal(client.returncode, -signal.SIGINT)
    equal(err, f"run {number} goes on: pawl attach {number}\n")
    client = world.start("run", file, "--json")
    number = json.loads(client.stdout.readline())["run"]
    world.until("it is followed", lambda: len(world.lines("int")) == 2)
    client.send_signal(signal.SIGINT)
    said = json.loads(client.communicate()[1])
    equal((said["kind"], said["text"], said["command"]),
          ("notice", f"run {number} goes on", f"pawl attach {number}"))
    world.write("gate3", "")
    equal(world.pawl("attach", number).code, 0)
    equal(world.lines("int"), ["started"] * 2)


def test_interrupt_at_once(world):
    """SIGINT as soon as the start is told: the client says that the run goes on, and it does"""
    file = world.write("soon.yaml", """
name: soon
steps:
  wait:
    run: while [ ! -e gate4 ]; do sleep 0.05; done
""")
    numbers = []
    for _ in range(5):
        client = world.start("run", file, "--json")
        numbers.append(json.loads(client.stdout.readline())["run"])
        client.send_signal(signal.SIGINT)
        said = client.communicate()[1]
        equal(client.returncode, -signal.SIGINT)
        equal(json.loads(said)["command"], f"pawl attach {numbers[-1]}")
    world.write("gate4", "")
    for number in numbers:
        equal(world.pawl("attach", number).code, 0)


def test_reader_goes_away(world):
    """pawl run | head -1 ends silently; the run goes on"""
    file = world.write("greet.yaml", GREET)
    done = subprocess.run(
        ["bash", "-c", f"pawl run {file} -i who=you | head -1"], capture_output=True, text=True,
        cwd=world.folder, env=world.env)
    equal((len(done.stdout.splitlines()), done.stderr), (1, ""))
    world.until_state("succeeded")


def test_output_that_is_hostile(world):
    """escapes and NUL in output cannot steer a terminal; --raw gives the bytes"""
    file = world.write("hostile.yaml", r"""
name: hostile
steps:
  noise:
    run: |
      printf 'a\033]0;title\007b\tc\000d \377 e\n'
""")
    done = world.pawl("run", file)
    equal(done.code, 0)
    assert "\x1b" not in done.out and "\x00" not in done.out, done.out
    raw = subprocess.run([world.binary, "logs", "last", "noise", "--raw"], capture_output=True,
                         env=world.env, cwd=world.folder)
    equal(raw.stdout, b"a\033]0;title\007b\tc\0d \377 e\n")


def test_runs_and_filters(world):
    """runs lists newest first and filters by state and workflow"""
    world.pawl("run", world.write("greet.yaml", GREET), "-i", "who=you", "-q")
    good = world.show()["run"]
    world.pawl("run", world.write("fails.yaml", FAILS), "-q")
    bad = world.show()["run"]
    listed = world.pawl("runs", "-q").out.split()
    equal(listed[:2], [bad, good])
    equal(world.pawl("runs", "--limit", "1", "-q").out.split(), [bad])
    assert good not in world.pawl("runs", "state=failed", "-q").out.split()
    assert bad not in world.pawl("runs", "workflow=greet", "-q").out.split()
    contains(world.pawl("runs").out, "✕ failed")
    records = [json.loads(line) for line in world.pawl("runs", "--json").out.splitlines()]
    equal(records[0]["state"], "failed")
    equal(world.pawl("runs", "--sort", "run", "-q").out.split(), sorted(listed, key=int))
    equal(world.pawl("runs", "--sort", "-run", "-q").out.split(), listed)
    lost = world.pawl("runs", "failed")
    equal((lost.code, lost.out), (0, ""))
    contains(lost.err, "pawl runs state=failed\n")
    more = world.pawl("runs", "--limit", "1", "--columns", "run,state", "workflow=greet,fails")
    contains(more.err, f"pawl runs --limit 1 --columns run,state workflow=greet,fails --after {bad}")
    contains(world.pawl("runs", "--limit=1", "--sort", "-took").err,
             "there are more: pawl runs --sort -took --limit 2")
    for wrong, why in ((("--sort", "cost"), "cannot be sorted by 'cost'"),
                       (("--sort", "run", "--after", "9"), "--after goes on")):
        refused = world.pawl("runs", *wrong)
        equal(refused.code, 2)
        contains(refused.err, why)
    refused = world.pawl("runs", "state=sleeping")
    equal(refused.code, 2)
    contains(refused.err, "no run is ever 'sleeping'")


def test_show_and_events_of_a_run_that_ended(world):
    """show, logs and events tell of a run that has ended"""
    world.pawl("run", world.write("fails.yaml", FAILS), "-q")
    shown = world.pawl("show", "last:fails")
    equal(shown.code, 0)
    contains(shown.out, "✓ good")
    contains(shown.out, "✕ bad")
    contains(shown.out, "– after")
    contains(world.pawl("show", "last", "bad").out, "exit 3")
    contains(world.pawl("logs", "last").out, "bad")
    lines = world.pawl("events", "last").out
    contains(lines, "start")
    contains(lines, "bad failed, attempt 1")
    equal(world.events()[-1]["state"], "failed")


def test_checkpoint_at_the_last_moment(world):
    """what an attempt reports just before it fails is there for the next one, however soon it is"""
    steps = "".join(f"""
  - id: s{n}
    needs: []
    retry: {{max_attempts: 2, delay: 0s}}
    run: |
      echo "$(cat "$PAWL_CHECKPOINT" 2>/dev/null)" >> seen.{n}
      echo '{{"checkpoint": {n}}}' >> "$PAWL_REPORT"
      test "$PAWL_ATTEMPT" = 2
""" for n in range(40))
    equal(world.pawl("run", world.write("hasty.yaml", f"name: hasty\nsteps:{steps}"), "-q").code, 0)
    equal([world.lines(f"seen.{n}") for n in range(40)], [["", str(n)] for n in range(40)])


def test_block_that_did_not_run(world):
    """the steps of a block that did not run did not run either, and a repair runs them"""
    world.write("nested.yaml", """
name: nested
steps:
  first: {run: test -e mended}
  block:
    needs: first
    steps:
      inner: {steps: {one: {run: 'true'}}}
      two: {run: 'true'}
""")
    done = world.pawl("run", world.path("nested.yaml"))
    equal(done.code, 1)
    contains(done.out, "did not run: block.inner.one, block.two")
    states = {step["step"]: step["state"] for step in world.show()["steps"]}
    equal(states["block.inner.one"], "not_run")
    equal(states["block.two"], "not_run")
    world.write("mended", "")
    equal(world.pawl("retry", "last").code, 0)
    equal({step["state"] for step in world.show()["steps"]}, {"succeeded"})


def test_file_input(world):
    """a file is named from where the command is typed, wherever the step runs"""
    os.mkdir(world.path("below"))
    world.write("data.csv", "1,2\n")
    world.write("count.yaml", """
name: count
inputs: {data: {type: file, required: true}}
steps:
  a: {run: "cat -- ${{ inputs.data }}", workdir: below, output: text}
""")
    equal(world.pawl("run", "count.yaml", "-i", "data=data.csv", "-q").code, 0)
    equal(world.step("a")["output"], "1,2")


if __name__ == "__main__":
    main(__name__)
