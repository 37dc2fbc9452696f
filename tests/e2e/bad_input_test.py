"""Bad input: each is told with its place, its cause and what to do; nothing else suffers."""

import json
import os

from world import contains, equal, main, own_world

ONE_STEP = "name: one\nsteps:\n  a: {run: 'true'}\n"


def refused(world, text, *parts, command="check"):
    """The file is refused with 2 and a message that holds all `parts`."""
    done = world.pawl(command, world.write("bad.yaml", text))
    equal(done.code, 2)
    for part in parts:
        contains(done.out + done.err, part)
    return done


def fails(world, text, *parts):
    """The run fails with 1, and its story holds all `parts`."""
    done = world.pawl("run", world.write("bad.yaml", text))
    equal(done.code, 1)
    for part in parts:
        contains(done.out, part)
    return done


def test_unknown_key(world):
    """an unknown key is named at its place, with the nearest one"""
    refused(world, "name: x\nsteps:\n  a:\n    run: 'true'\n    tiemout: 3s\n",
            "bad.yaml:5:5", "unknown-key", "tiemout", "timeout", "    ^")


def test_key_of_other_engines(world):
    """a key of another engine is answered with ours"""
    refused(world, "name: x\nsteps:\n  a: {run: 'true'}\n  b: {run: 'true', depends_on: a}\n",
            "bad.yaml:4:", "depends_on", "needs")


def test_duplicate_key(world):
    """a key that stands twice is named"""
    refused(world, "name: x\nname: y\nsteps:\n  a: {run: 'true'}\n", "bad.yaml:2:1", "name")


def test_cycle(world):
    """a cycle is named with its steps"""
    refused(world, "name: x\nsteps:\n  a: {run: 'true', needs: b}\n  b: {run: 'true', needs: a}\n",
            "bad.yaml:", "a", "b", "cycle")


def test_missing_step(world):
    """a need on a step that is not there is answered with the nearest one"""
    refused(world, "name: x\nsteps:\n  fetch: {run: 'true'}\n  b: {run: 'true', needs: fecth}\n",
            "bad.yaml:4:", "fecth", "fetch")


def test_wrong_type(world):
    """a value of the wrong type is named"""
    refused(world, "name: x\nsteps:\n  a: {run: 'true', needs: {b: 1}}\n", "bad.yaml:3:")


def test_bad_expression(world):
    """an expression that is not Lua is shown with its place"""
    refused(world, "name: x\nsteps:\n  a:\n    run: 'true'\n    when: inputs.x ==\n", "bad.yaml:5:")


def test_bad_duration(world):
    """a duration without a unit is answered with how to write it"""
    refused(world, "name: x\nsteps:\n  a: {run: 'true', timeout: 12}\n", "bad.yaml:3:", "12s")


def test_alias_bomb(world):
    """aliases that multiply are stopped at the limit"""
    lines = ["x-a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for i in range(1, 9):
        lines.append(f"x-a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]")
    refused(world, "\n".join(lines) + "\n" + ONE_STEP, "bad.yaml:")


def test_depth_bomb(world):
    """nesting beyond the limit is stopped"""
    refused(world, "x-deep: " + "[" * 5000 + "]" * 5000 + "\n" + ONE_STEP, "bad.yaml:", "64")


def test_too_large(world):
    """a file over 16 MiB is refused before it is read"""
    refused(world, ONE_STEP + "#" * (16 << 20), "16 MiB")


def test_binary_file(world):
    """a binary file is refused"""
    refused(world, b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20, "bad.yaml")


def test_no_file(world):
    """a file that is not there is named, by check and by run"""
    for command in ("check", "run"):
        done = world.pawl(command, "nowhere.yaml")
        equal(done.code, 2)
        contains(done.err, "error: cannot read the workflow 'nowhere.yaml'\n  No such file")


def test_unreadable_file(world):
    """what cannot be read is refused with the reason"""
    os.makedirs(world.path("folder.yaml"), exist_ok=True)
    done = world.pawl("run", world.path("folder.yaml"))
    equal(done.code, 2)
    contains(done.err, "it is not a regular file")
    if os.geteuid() != 0:
        locked = world.write("locked.yaml", ONE_STEP)
        os.chmod(locked, 0)
        contains(world.pawl("check", locked).err, "Permission denied")


def test_all_mistakes_at_once(world):
    """check tells all mistakes at once, as lines for people and records for programs"""
    text = "name: x\nsteps:\n  a:\n    run: 'true'\n    tiemout: 3s\n    retry: many\n"
    done = refused(world, text, "bad.yaml:5:5", "bad.yaml:6:", "1 file, 2 errors")
    file = world.path("bad.yaml")
    records = [json.loads(line) for line in world.pawl("check", file, "--json").out.splitlines()]
    equal([(record["v"], record.get("line")) for record in records], [(1, 5), (1, 6), (1, None)])
    equal((records[2]["kind"], records[2]["errors"]), ("checked", 2))


def test_run_refuses_what_check_refuses(world):
    """run of a wrong file exits 2, tells it on stderr and starts nothing"""
    done = refused(world, "name: x\nsteps:\n  a: {rnu: 'true'}\n", "bad.yaml:3:", command="run")
    equal(done.out, "")


def test_missing_input(world):
    """a required input that is not given is named with the command to type"""
    text = "name: report\ninputs:\n  region: {type: string, enum: [eu, us], required: true}\n" \
           "steps:\n  a: {run: 'true'}\n"
    done = world.pawl("run", world.write("in.yaml", text))
    equal(done.code, 2)
    contains(done.err, "report needs the input 'region'")
    contains(done.err, "-i region=")


def test_wrong_inputs(world):
    """an input that is unknown, of the wrong type or no pair is refused by its name"""
    text = "name: report\ninputs:\n  rows: {type: integer, default: 1, minimum: 1}\n" \
           "steps:\n  a: {run: 'true'}\n"
    file = world.write("in.yaml", text)
    for given, part in (("rows=many", "rows"), ("rows=0", "rows"), ("rosw=1", "rosw"),
                        ("rows", "'rows' is not a pair")):
        done = world.pawl("run", file, "-i", given)
        equal(done.code, 2)
        contains(done.err, part)
    for text in ("[1]", "{", ""):
        done = world.pawl("run", file, "--inputs", "-", stdin=text)
        equal(done.code, 2)
        contains(done.err, "the inputs in '-' cannot be used")


def test_bytes_in_output(world):
    """NUL and invalid UTF-8 in a step's output fail that step by name, or are kept as logs"""
    fails(world, """
name: bytes
steps:
  a:
    run: printf '"\\377\\000"'
    output: json
""", "a failed after ")


def test_output_is_not_json(world):
    """output that is not the JSON it should be fails the step and says where"""
    done = fails(world, "name: x\nsteps:\n  a:\n    run: echo '{\"a\":'\n    output: json\n",
                 "a failed after ", "JSON")


def test_huge_output(world):
    """1 GB of stdout passes; the log keeps its head and tail, and says what is left out"""
    done = world.pawl("run", world.write("huge.yaml", """
name: huge
steps:
  a:
    run: |
      echo first
      yes 0123456789012345678901234567890123456789012345678901234567890123 | head -c 1000000000
      echo last
"""), "-q")
    equal(done.code, 0)
    log = world.pawl("logs", "last", "a", "--raw").out
    assert log.startswith("first\n") and log.endswith("last\n"), (log[:80], log[-80:])
    assert len(log) < 200_000_000, len(log)


def test_step_that_ignores_term(world):
    """a step that ignores TERM is killed after its timeout; nothing of it is left"""
    fails(world, """
name: stubborn
steps:
  a:
    timeout: 200ms
    run: |
      trap '' TERM
      while :; do sleep 0.1; done
""", "a failed after ", "timed out after 0.2s")
    world.until("nothing is left", lambda: not world.processes("trap"))


def test_lua_loop(world):
    """a Lua loop ends at the timeout of its step, or at a hook's cap of CPU time with its place"""
    fails(world, "name: x\nsteps:\n  a:\n    timeout: 500ms\n    lua: while true do end\n",
          "a failed after ", "timed out after 0.5s")
    fails(world, """name: x
steps:
  a:
    run: 'true'
    hooks:
      after: |
        while true do end
""", "a failed after ", "bad.yaml:7")


def test_lua_allocation(world):
    """a Lua allocation of 10 GB ends at the cap of memory"""
    fails(world, """
name: x
steps:
  a:
    lua: |
      local t = {}
      for i = 1, 10240 do t[i] = string.rep("x", 1024 * 1024) .. i end
""", "a failed after ", "memory")


def test_lua_pattern(world):
    """a pattern that never ends is stopped, with its place"""
    fails(world, """name: x
steps:
  a:
    run: 'true'
    hooks:
      after: |
        return string.find(string.rep("a", 40), string.rep("a?", 40) .. string.rep("a*", 40) .. "b")
""", "a failed after ", "bad.yaml:7")


def test_no_database(world):
    """a database that is away is told with who named it: exit 4"""
    for arguments in (("runs",), ("run", world.write("one.yaml", ONE_STEP))):
        done = world.pawl(*arguments, "--database", "postgresql:///x?host=/nonexistent")
        equal((done.code, done.out), (4, ""))
        contains(done.err, "error: cannot reach the database: ")
        contains(done.err, "set by --database")
    done = world.pawl("runs", "--json",
                      env={"PAWL_DATABASE_URL": "postgresql:///x?host=/nonexistent"})
    equal(done.code, 4)
    contains(json.loads(done.err)["why"], "set by PAWL_DATABASE_URL")


def test_full_disk_for_output(world):
    """output that cannot be written ends the client with 4; the run goes on"""
    file = world.write("one.yaml", ONE_STEP)
    done = world.shell(f"pawl run {file} > /dev/full")
    equal((done.code, done.out), (4, ""))
    contains(done.err, "error: cannot write to standard output\n  the disk may be full")
    world.until_state("succeeded")


def test_unknown_run(world):
    """an unknown run is answered with the newest one"""
    world.pawl("run", world.write("one.yaml", ONE_STEP), "-q")
    newest = world.show()["run"]
    for command in ("show", "logs", "events", "attach", "pause", "resume", "cancel", "retry"):
        done = world.pawl(command, "99999999")
        equal((done.code, done.out), (2, ""))
        contains(done.err, f"error: no run 99999999 in namespace default; the newest is {newest}\n")
        contains(done.err, "\n  pawl runs\n")


def test_unknown_step(world):
    """an unknown step is answered with the nearest one"""
    world.pawl("run", world.write("one.yaml", "name: one\nsteps:\n  fetch: {run: 'true'}\n"), "-q")
    for command in ("show", "logs"):
        done = world.pawl(command, "last", "fetsh")
        equal(done.code, 2)
        contains(done.err, "has no step 'fetsh'\n  did you mean 'fetch'?")


def test_ambiguous_key(world):
    """a key of two workflows is not guessed at"""
    for name in ("ingest", "report"):
        file = world.write(f"{name}.yaml", f"name: {name}\nsteps:\n  a: {{run: 'true'}}\n")
        equal(world.pawl("run", file, "--key", "twice", "-q").code, 0)
    done = world.pawl("show", "twice")
    equal(done.code, 2)
    contains(done.err, "the key 'twice' belongs to runs of 2 workflows: ")
    contains(done.err, "(report)")


def test_unknown_command(world):
    """a mistyped command is answered, never corrected and run"""
    for word, part in (("shwo", "show ("), ("status", "show ("), ("ls", "runs ("),
                       ("kill", "cancel ("), ("validate", "check (")):
        done = world.pawl(word)
        equal((done.code, done.out), (2, ""))
        contains(done.err, f"error: pawl has no command '{word}'\n  did you mean: {part}")


def test_reading_starts_nothing(world):
    """a reading command on a stopped private PostgreSQL says what to type and starts nothing"""
    for command in (("runs",), ("show", "last"), ("logs", "last"), ("events", "last")):
        done = world.pawl(*command)
        equal((done.code, done.out), (4, ""))
        contains(done.err, "pawl ")
    equal(world.processes("postgres"), [])


test_reading_starts_nothing = own_world(test_reading_starts_nothing)


def test_newer_database(world):
    """a database of a newer version is left alone, with both numbers: exit 4"""
    equal(world.pawl("run", world.write("one.yaml", ONE_STEP), "-q").code, 0)
    added = world.pawl("db", "psql", "-Atc",
                       "insert into pawl_migration(number, name, sha256) "
                       "values (9999, 'later', '')")
    equal(added.code, 0)
    for command in (("runs",), ("run", world.path("one.yaml")), ("serve", "--idle-exit", "1s")):
        done = world.pawl(*command)
        equal(done.code, 4)
        contains(done.err, "newer")
        contains(done.err, "9999")


test_newer_database = own_world(test_newer_database)

if __name__ == "__main__":
    main(__name__)
