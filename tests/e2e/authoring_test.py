"""Writing workflows: what explain, check, new and preview say and do, with the real program."""

import json
import os
import signal

from world import PATIENCE, contains, equal, main, own_world


def pages(world):
    listed = world.pawl("explain", "--json")
    equal(listed.code, 0)
    return [json.loads(line) for line in listed.out.splitlines()]


# ---- explain -----------------------------------------------------------------------------------

def test_explain_lists(world):
    """pawl explain lists every code with a line, -q the codes alone"""
    listed = world.pawl("explain")
    equal(listed.code, 0)
    for page in pages(world):
        contains(listed.out, f"  {page['code']} ")
        contains(listed.out, page["summary"])
        equal(page["v"], 1)
    equal(world.pawl("explain", "-q").out.splitlines(), [page["code"] for page in pages(world)])


def test_explain_pasted(world):
    """a code can be pasted as the message shows it"""
    equal(world.pawl("explain", "error[unknown-key]"), world.pawl("explain", "unknown-key"))


def test_explain_mistyped(world):
    """a code that does not exist is answered with the nearest one"""
    done = world.pawl("explain", "unknown-kye")
    equal(done, (2, "", "error: there is no code 'unknown-kye'\n"
                        "  did you mean: unknown-key\n  pawl explain\n"))


def test_failures_fail_as_they_say(world):
    """the examples of a failure's page fail with that kind, and succeed when mended"""
    shown = [page for page in pages(world) if page["severity"] == "failure" and page["wrong"]]
    assert len(shown) >= 7, shown
    for page in shown:
        wrong = world.pawl("run", world.write(page["code"] + "-wrong.yaml", page["wrong"]))
        equal(wrong.code, 1)
        failed = [step for step in world.show()["steps"] if step["state"] == "failed"]
        equal([step["error"]["kind"] for step in failed], [page["code"]])
        right = world.pawl("run", world.write(page["code"] + "-right.yaml", page["right"]))
        equal((page["code"], right.code), (page["code"], 0))


# ---- check -------------------------------------------------------------------------------------

GOOD = "steps:\n  a: {run: echo}\n"
BAD = "steps:\n  a: {run: echo, tiemout: 1m}\n"


def test_check_folder(world):
    """check looks through folders, skips what is no workflow, and exits 2 with an error"""
    world.write("good.yaml", GOOD)
    world.write("compose.yaml", "services: {}\n")
    equal(world.pawl("check"),
          (0, "1 file, no mistakes; skipped 1 YAML file without 'steps'\n", ""))
    world.write("bad.yaml", BAD)
    done = world.pawl("check", ".")
    equal(done.code, 2)
    contains(done.out, "bad.yaml:2:18  error[unknown-key]  a step has no key 'tiemout'\n")
    equal(done.out.splitlines()[-2:], ["2 files, 1 error; skipped 1 YAML file without 'steps'",
                                       "  pawl explain unknown-key"])
    equal(world.pawl("check", "-q"), (2, "bad.yaml\n", ""))


def test_check_nothing(world):
    """a folder without a workflow is no success"""
    world.write("compose.yaml", "services: {}\n")
    equal(world.pawl("check"), (2, "", "error: there is no workflow in .\n"
                                       "  its YAML files have no root key 'steps'\n"
                                       "  pawl new hello\n"))


def test_check_some_unreadable(world):
    """one path that cannot be read does not hide the mistakes of the others"""
    world.write("bad.yaml", BAD)
    done = world.pawl("check", "nowhere.yaml", "bad.yaml")
    equal(done.code, 2)
    contains(done.err, "error: cannot read the workflow 'nowhere.yaml'")
    contains(done.out, "error[unknown-key]")
    contains(done.out, "2 files, 2 errors\n")


def next_report(watch):
    """The lines up to the counts, without the hint."""
    lines = []
    while True:
        line = watch.stdout.readline()
        assert line, lines
        lines.append(line)
        if " file" in line and ("no mistakes" in line or " error" in line):
            return lines


def test_check_watch(world):
    """--watch checks again when a file is written, renamed over, made or removed; SIGINT ends it"""
    world.write("flow.yaml", GOOD)
    watch = world.start("check", "--watch")
    equal(next_report(watch), ["1 file, no mistakes\n"])
    world.write("flow.yaml", BAD)
    equal(next_report(watch)[-1], "1 file, 1 error\n")
    # As editors do: a new file, moved over the old one.
    os.rename(world.write("flow.yaml.tmp", GOOD), world.path("flow.yaml"))
    equal(next_report(watch)[-1], "1 file, no mistakes\n")
    os.mkdir(world.path("deep"))
    world.write("deep/other.yaml", BAD)
    equal(next_report(watch)[-1], "2 files, 1 error\n")
    os.remove(world.path("deep/other.yaml"))
    equal(next_report(watch)[-1], "1 file, no mistakes\n")
    watch.send_signal(signal.SIGINT)
    equal(watch.wait(PATIENCE), -signal.SIGINT)
    equal(watch.stdout.read(), "")
    equal(watch.stderr.read(), "watching; Ctrl-C ends\n")


def test_check_watch_named(world):
    """--watch of one file sees that it goes and comes, and nothing of its neighbours"""
    world.write("flow.yaml", GOOD)
    watch = world.start("check", "--watch", "--json", "flow.yaml")
    def counts():
        while True:
            record = json.loads(watch.stdout.readline())
            if record["kind"] == "checked":
                return record["files"], record["errors"]
    equal(counts(), (1, 0))
    world.write("other.yaml", BAD)
    os.remove(world.path("flow.yaml"))
    equal(counts(), (1, 1))
    world.write("flow.yaml", GOOD)
    equal(counts(), (1, 0))
    watch.send_signal(signal.SIGINT)
    equal(watch.wait(PATIENCE), -signal.SIGINT)
    contains(watch.stderr.read(), "No such file or directory")


def test_check_watch_reader_left(world):
    """--watch ends when nobody reads it any more"""
    world.write("flow.yaml", GOOD)
    watch = world.start("check", "--watch")
    next_report(watch)
    watch.stdout.close()
    equal(watch.wait(PATIENCE), -signal.SIGPIPE)


# ---- new ---------------------------------------------------------------------------------------

def test_new(world):
    """new writes a workflow, makes its folder, and says what to type next; that works as printed"""
    done = world.pawl("new", "flows/first")
    equal(done, (0, "wrote flows/first.yaml\n  pawl run flows/first.yaml\n"
                    "  pawl check --watch flows/first.yaml\n", ""))
    equal(world.shell("pawl run flows/first.yaml -i who=ana").code, 0)
    equal(world.show()["workflow"], "first")
    equal(world.show()["outputs"], {"letters": 3})
    equal(world.pawl("new", "second", "-q"), (0, "second.yaml\n", ""))


def test_new_overwrites_nothing(world):
    """new refuses a file that is there, whatever it is"""
    world.write("mine.yaml", "precious")
    os.symlink("nowhere", world.path("link.yaml"))
    equal(world.pawl("new", "mine"),
          (2, "", "error: 'mine.yaml' exists\n  what exists is never overwritten\n"
                  "  choose another name, or move that file away\n"))
    equal(world.lines("mine.yaml"), ["precious"])
    equal(world.pawl("new", "link").code, 2)
    assert not os.path.exists(world.path("nowhere"))


def test_new_refused(world):
    """a name or a template that cannot be is answered, and nothing is written"""
    done = world.pawl("new", "flows/Nightly Report")
    equal(done.code, 2)
    contains(done.err, "'Nightly Report'")
    contains(done.err, "nightly-report")
    equal(world.pawl("new", "x", "--template", "jbo"),
          (2, "", "error: there is no template 'jbo'\n  did you mean 'job'?\n"))
    equal(world.pawl("new").code, 2)
    equal(os.listdir(world.folder), [])
    world.write("file", "")
    equal(world.pawl("new", "file/x").code, 4)


def test_every_template_runs(world):
    """each template checks clean, and its run succeeds and gives outputs"""
    listed = [json.loads(line) for line in world.pawl("new", "--list", "--json").out.splitlines()]
    assert len(listed) >= 4, listed
    for template in listed:
        name = "my-" + template["name"]
        equal(world.pawl("new", name, "--template", template["name"]).code, 0)
        equal(world.pawl("check", name + ".yaml"), (0, "1 file, no mistakes\n", ""))
        done = world.pawl("run", name + ".yaml")
        equal((name, done.code), (name, 0))
        assert all(value is not None for value in world.show()["outputs"].values()), world.show()


# ---- preview -----------------------------------------------------------------------------------

REPORT = """
name: report
inputs:
  day: {type: string, default: "${{ time.today() }}"}
  region: {type: string, enum: [eu, us], required: true}
steps:
  extract:
    run: echo '{"rows":3}' "$DAY" > /dev/null; echo ${{ inputs.region }} >> effects.txt
    env: {DAY: "${{ inputs.day }}"}
    retry: {max_attempts: 3, delay: 2s}
    output: json
  review:
    needs: extract
    when: inputs.region == "eu"
    lua: return {url = "x"}
  publish:
    when: steps.extract.state == "succeeded"
    needs: review
    run: ./publish --day=${{ inputs.day }} --rows "${{ steps.extract.output.rows }}"
outputs:
  url: ${{ steps.review.output }}
"""


@own_world
def test_preview(world):
    """preview tells what would run, and neither runs it nor needs a database"""
    world.write("report.yaml", REPORT)
    done = world.pawl("preview", "report.yaml", "-i", "region=us", "-i", "day=it's time")
    equal((done.code, done.err), (0, ""))
    equal(done.out.splitlines(), [
        "  inputs  day='it'\\''s time' given   region=us given",
        "  1 extract   would run   echo '{\"rows\":3}' \"$DAY\" > /dev/null; echo 'us' >> effects.txt",
        "                          env DAY='it'\\''s time'; 3 tries, 2s apart",
        "  2 review    skipped     inputs.region == \"eu\" is false",
        "  3 publish   skipped     review would be skipped",
        "  outputs url would be null: review would be skipped",
        "  asks nobody, changes nothing"])
    equal(world.lines("effects.txt"), [])
    assert not os.path.exists(world.home), os.listdir(world.home)


@own_world
def test_preview_json(world):
    """preview --json is one document, -q the paths of what would run"""
    world.write("report.yaml", REPORT)
    world.write("inputs.json", '{"region": "eu"}')
    preview = json.loads(world.pawl("preview", "report.yaml", "--json",
                                    "--inputs", "inputs.json").out)
    equal((preview["v"], preview["kind"], preview["workflow"]), (1, "preview", "report"))
    equal([(one["name"], one["source"]) for one in preview["inputs"]],
          [("day", "default"), ("region", "given")])
    equal([(one["step"], one["forecast"]) for one in preview["steps"]],
          [("extract", "would_run"), ("review", "would_run"), ("publish", "unknown")])
    equal(preview["outputs"], [{"name": "url", "known": False, "value": None,
                                "reason": "until review ended"}])
    equal(world.pawl("preview", "report.yaml", "-q", "-i", "region=eu").out,
          "extract\nreview\n")


def test_preview_refused(world):
    """preview refuses what run would refuse, and says what to type"""
    world.write("report.yaml", REPORT)
    done = world.pawl("preview", "report.yaml")
    equal(done.code, 2)
    contains(done.err, "report needs the input 'region' (eu or us)")
    equal(world.pawl("preview", "report.yaml", "-i", "region=de").code, 2)
    world.write("bad.yaml", BAD)
    done = world.pawl("preview", "bad.yaml")
    equal((done.code, done.out), (2, ""))
    contains(done.err, "error[unknown-key]")


if __name__ == "__main__":
    main(__name__)
