"""pawl fmt: which files it touches, how it writes them, what it says."""

import json
import os
import stat

from world import contains, equal, main

WIDE = "name:   x   # the name\nsteps:\n    a:\n        run:   'true'\n"
NEAT = "name: x   # the name\nsteps:\n  a:\n    run: 'true'\n"
WRONG = "name: x\nsteps:\n\ta: 1\n"


def read(world, name):
    with open(world.path(name), "rb") as file:
        return file.read().decode()


def test_writes_what_changes(world):
    """a file is laid out anew and its name printed; a neat one is neither written nor named"""
    world.write("wide.yaml", WIDE)
    neat = world.write("neat.yaml", NEAT)
    before = os.stat(neat)
    equal(world.pawl("fmt", "wide.yaml", "neat.yaml"), (0, "wide.yaml\n", ""))
    equal(read(world, "wide.yaml"), NEAT)
    equal((os.stat(neat).st_ino, os.stat(neat).st_mtime_ns), (before.st_ino, before.st_mtime_ns))
    equal(world.pawl("fmt", "wide.yaml", "neat.yaml"), (0, "", ""))


def test_folder(world):
    """a folder gives its workflows, at any depth: no other YAML, no hidden folder, no linked one"""
    for folder in ("deep/er", ".hidden", "linked", "other"):
        os.makedirs(world.path(folder))
    for name in ("b.yaml", "a.yml", "deep/er/c.yaml", ".hidden/d.yaml", "e.txt"):
        world.write(name, WIDE)
    world.write("config.yaml", "a:   b\n")
    world.write("list.yaml", "-   steps:\n")
    world.write("broken.yaml", "a: [\n")
    world.write("other/f.yaml", WIDE)
    os.symlink(world.path("other"), world.path("linked/folder"))
    os.symlink("nowhere.yaml", world.path("dangling.yaml"))
    equal(world.pawl("fmt"), (0, "a.yml\nb.yaml\ndeep/er/c.yaml\nother/f.yaml\n", ""))
    equal(read(world, ".hidden/d.yaml"), WIDE)
    equal(read(world, "e.txt"), WIDE)
    equal(read(world, "config.yaml"), "a:   b\n")
    world.write("deep/er/c.yaml", WIDE)
    equal(world.pawl("fmt", "deep", "deep/er/c.yaml").out, "deep/er/c.yaml\n")


def test_named_file(world):
    """a file that is named is laid out whatever it holds"""
    world.write("config.txt", "a:   b\n")
    equal(world.pawl("fmt", "config.txt"), (0, "config.txt\n", ""))
    equal(read(world, "config.txt"), "a: b\n")


def test_nothing_here(world):
    """looking at nothing does not pass for finding all in order"""
    os.makedirs(world.path("empty"))
    done = world.pawl("fmt", "--check", "empty")
    equal((done.code, done.out), (2, ""))
    contains(done.err, "error: there is no workflow in empty\n")


def test_stdin(world):
    """- reads a text from stdin and writes it to stdout"""
    equal(world.pawl("fmt", "-", stdin=WIDE), (0, NEAT, ""))
    equal(world.pawl("fmt", "-", stdin=NEAT), (0, NEAT, ""))
    done = world.pawl("fmt", "-", stdin=WRONG)
    equal((done.code, done.out), (2, ""))
    contains(done.err, "-:3:")
    equal(world.pawl("fmt", "-", "x.yaml").code, 2)


def test_check(world):
    """--check writes nothing, shows the lines that would change and exits 1"""
    world.write("wide.yaml", WIDE)
    world.write("neat.yaml", NEAT)
    done = world.pawl("fmt", "--check")
    equal(done.code, 1)
    equal(done.out, "--- wide.yaml\n+++ wide.yaml\tformatted\n@@ -1,4 +1,4 @@\n"
                    "-name:   x   # the name\n+name: x   # the name\n steps:\n"
                    "-    a:\n-        run:   'true'\n+  a:\n+    run: 'true'\n")
    equal(done.err, "1 of 2 files would change: pawl fmt\n")
    equal(read(world, "wide.yaml"), WIDE)
    equal(world.pawl("fmt", "--check", "-q"), (1, "wide.yaml\n", ""))
    equal(world.pawl("fmt", "--check", "neat.yaml"), (0, "", ""))
    equal(world.pawl("fmt", "--check", "-", stdin=NEAT), (0, "", ""))
    equal(world.pawl("fmt", "--check", "-", stdin=WIDE).code, 1)


def test_check_of_line_ends(world):
    """--check tells line ends once, empty lines one by one, and can be applied by patch"""
    world.write("windows.yaml", NEAT.replace("\n", "\r\n"))
    equal(world.pawl("fmt", "--check", "windows.yaml").out,
          "--- windows.yaml\n+++ windows.yaml\tformatted\nline ends: CRLF to LF\n")
    text = "name: x\n\n\n\nsteps:\n  a:\n    run: |\n      one\n\n\n      two\n\n\n  b:\n" \
           + "".join(f"    # {i}\n" for i in range(20)) + "    run:  x\n"
    world.write("gaps.yaml", text)
    diff = world.pawl("fmt", "--check", "gaps.yaml").out
    equal(diff.count("@@ -"), 3)
    world.write("copy.yaml", text)
    world.write("gaps.diff", diff)
    equal(world.shell("patch --quiet copy.yaml gaps.diff").code, 0)
    world.pawl("fmt", "gaps.yaml")
    equal(read(world, "copy.yaml"), read(world, "gaps.yaml"))


def test_mistakes(world):
    """a file that is no YAML is told with its place and left alone; the others are done"""
    world.write("wrong.yaml", WRONG)
    world.write("zwide.yaml", WIDE)
    done = world.pawl("fmt")
    equal((done.code, done.out), (2, "zwide.yaml\n"))
    contains(done.err, "wrong.yaml:3:1  error[yaml-syntax]")
    equal(read(world, "wrong.yaml"), WRONG)
    done = world.pawl("fmt", "nowhere.yaml", "zwide.yaml")
    equal(done.code, 2)
    contains(done.err, "error: cannot read the workflow 'nowhere.yaml'\n  No such file")


def test_keeps_mode_and_links(world):
    """the mode of a file stays, and a link stays a link to its file"""
    path = world.write("real.yaml", WIDE)
    os.chmod(path, 0o750)
    os.symlink("real.yaml", world.path("link.yaml"))
    equal(world.pawl("fmt", "link.yaml"), (0, "link.yaml\n", ""))
    equal(read(world, "real.yaml"), NEAT)
    assert os.path.islink(world.path("link.yaml"))
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o750)
    equal(sorted(os.listdir(world.folder)), ["link.yaml", "real.yaml"])


def test_read_only(world):
    """a file that is read only is refused with the reason; the others are done"""
    locked = world.write("a.yaml", WIDE)
    os.chmod(locked, 0o444)
    world.write("b.yaml", WIDE)
    done = world.pawl("fmt")
    equal((done.code, done.out), (4, "b.yaml\n"))
    contains(done.err, "error: cannot write 'a.yaml'\n  Permission denied\n")
    equal(read(world, "a.yaml"), WIDE)
    equal(world.pawl("fmt", "--check", "a.yaml").code, 1)
    equal(sorted(os.listdir(world.folder)), ["a.yaml", "b.yaml"])


def test_full_disk(world):
    """when the new text cannot be written, the old one is there"""
    world.write("a.yaml", WIDE + "".join(f"# {i}\n" for i in range(500)))
    before = read(world, "a.yaml")
    done = world.shell("trap '' XFSZ; ulimit -f 1; pawl fmt a.yaml 2>&1")
    equal(done.code, 4)
    contains(done.out, "error: cannot write 'a.yaml'\n  File too large")
    equal(read(world, "a.yaml"), before)
    equal(os.listdir(world.folder), ["a.yaml"])


def test_json(world):
    """--json gives one record a file"""
    world.write("a.yaml", WIDE)
    world.write("b.yaml", NEAT)
    world.write("c.yaml", WRONG)

    def records(*flags):
        done = world.pawl("fmt", "--json", *flags)
        listed = [json.loads(line) for line in done.out.splitlines()]
        assert all(record["v"] == 1 for record in listed), listed
        return done.code, [(record["file"], record["result"]) for record in listed
                           if record["kind"] == "format"]
    rest = [("b.yaml", "unchanged"), ("c.yaml", "invalid")]
    equal(records("--check"), (2, [("a.yaml", "would_change"), *rest]))
    equal(records(), (2, [("a.yaml", "changed"), *rest]))
    done = world.pawl("fmt", "--json", "nowhere.yaml")
    equal(json.loads(done.out)["why"], "No such file or directory")


if __name__ == "__main__":
    main(__name__)
