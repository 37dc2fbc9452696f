"""Settings: pawl.yaml and PAWL_*, what `pawl config` says of them, and that commands obey."""

import json
import os

from world import contains, equal, main


def test_sources(world):
    """config tells each value and its source; a key alone, its value alone with -q"""
    world.write("pawl.yaml", "worker:\n  slots: 4\nui:\n  color: never\n")
    env = {"PAWL_WORKER_SLOTS": "8"}
    out = world.pawl("config", env=env).out
    contains(out, "env PAWL_WORKER_SLOTS (pawl.yaml:2 says 4)")
    contains(out, "pawl.yaml:4")
    contains(out, world.home)
    equal(world.pawl("config", "worker.slots", "-q", env=env).out, "8\n")
    record = json.loads(world.pawl("config", "worker.slots", "--json").out)
    equal((record["kind"], record["value"], record["source"]), ("setting", "4", "file"))
    done = world.pawl("config", "worker.slotz")
    equal(done.code, 2)
    contains(done.err, "did you mean 'worker.slots'?")


def test_parents(world):
    """a pawl.yaml of a folder above counts, one that is nearer wins"""
    os.mkdir(world.path("deep"))
    world.write("pawl.yaml", "ui: {tail: 5, rows: 9}\n")
    world.write("deep/pawl.yaml", "ui: {tail: 6}\n")
    done = world.shell("cd deep && pawl config ui.tail -q && pawl config ui.rows -q")
    equal(done.out, "6\n9\n")


def test_check(world):
    """config check tells all mistakes with their places, and refuses what is for later"""
    world.write("pawl.yaml", "worker: {slotz: 4}\npolicy: {}\n")
    done = world.pawl("config", "check")
    equal(done.code, 2)
    contains(done.out, "pawl.yaml:1:10  error[setting-unknown]")
    contains(done.out, "did you mean 'worker.slots'?")
    contains(done.out, "'policy' is not available in this version")
    contains(done.out, "1 file, 2 errors")
    records = [json.loads(line) for line in world.pawl("config", "check", "--json").out.splitlines()]
    equal([record["kind"] for record in records], ["diagnostic", "diagnostic", "checked"])
    world.write("pawl.yaml", "worker: {slots: 4}\n")
    equal(world.pawl("config", "check").code, 0)


def test_mistakes_stop_who_acts(world):
    """a command that acts by the settings refuses mistakes in them; one that does not goes on"""
    world.write("pawl.yaml", "worker: {slotz: 4}\n")
    world.write("a.yaml", "steps:\n  a: {run: 'true'}\n")
    done = world.pawl("runs")
    equal(done.code, 2)
    contains(done.err, "the settings have mistakes")
    contains(done.err, "pawl config check")
    equal(world.pawl("check", "a.yaml").code, 0)
    equal(world.pawl("version").code, 0)
    assert not os.path.exists(os.path.join(world.home, "postgres")), "nothing was started"


def test_database_of_a_file(world):
    """database.url of pawl.yaml is used, by commands and by the worker that a run starts"""
    world.write("a.yaml", "steps:\n  a: {run: 'true'}\n")
    equal(world.pawl("db", "start").code, 0)
    url = world.pawl("db", "url").out.strip()
    other = {"PAWL_HOME": world.path("elsewhere")}
    world.write("pawl.yaml", f"database:\n  url: \"{url}\"\n")
    equal(world.pawl("run", "a.yaml", env=other).code, 0)
    contains(world.pawl("runs", env=other).out, "succeeded")
    assert not os.path.exists(world.path("elsewhere/postgres")), "no private one was made"
    world.write("pawl.yaml", "database:\n  url: \"postgresql:///x?host=/nonexistent\"\n")
    done = world.pawl("runs", env=other)
    equal(done.code, 4)
    contains(done.err, "set by ")
    contains(done.err, "pawl.yaml:2")


if __name__ == "__main__":
    main(__name__)
