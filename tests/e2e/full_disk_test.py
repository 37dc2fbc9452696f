"""A full disk: the engine waits and says so, fails no run, and goes on when there is space."""

import os
import subprocess

from world import contains, equal, main, own_world


def mounted(world, folder, size):
    """Gives `folder` a small disk of its own; false, and said so, where that is not allowed."""
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", folder],
                          capture_output=True, text=True)
    if done.returncode != 0:
        world.not_run("full_disk", "mounting a tmpfs is not allowed here: " + done.stderr.strip())
        return False
    world.at_close(lambda: subprocess.run(["umount", "-l", folder], check=True))
    return True


def fill(path):
    """Takes all the space there is."""
    with open(path, "ab", buffering=0) as ballast:
        size = 1 << 20
        while size:
            try:
                ballast.write(b"x" * size)
            except OSError:
                size //= 2


@own_world
def test_full_disk_of_database(world):
    """a database without space: the run waits, the log says why, and space ends the wait"""
    if not mounted(world, world.home, "512m"):
        return
    equal(world.pawl("run", world.write("first.yaml", "name: first\nsteps: {a: {run: 'true'}}\n"),
                     "-q").code, 0)
    client = world.start("run", world.write("heavy.yaml", """
name: heavy
steps:
  - id: before
    run: echo before >> effects
  - id: during
    run: |
      echo during >> effects
      until [ -e gate ]; do sleep 0.05; done
      head -c 30000000 /dev/urandom | base64
  - id: after
    run: echo after >> effects
"""))
    world.until_line("effects", "during")
    ballast = os.path.join(world.home, "ballast")
    fill(ballast)
    world.write("gate", "")
    log = os.path.join(world.home, "worker.log")
    world.until("the worker says that it waits",
                lambda: "trying again" in open(log).read())
    contains(open(log).read(), "No space left on device")
    equal(client.poll(), None)
    os.unlink(ballast)
    out, err = client.communicate(timeout=600)
    equal((client.returncode, err), (0, ""))
    equal(world.lines("effects"), ["before", "during", "after"])


def test_full_disk_of_a_step(world):
    """a step that finds no space fails by itself, with its own words; no other run suffers"""
    disk = world.path("disk")
    if not mounted(world, disk, "1m"):
        return
    done = world.pawl("run", world.write("bad.yaml", f"""
name: greedy
steps:
  a:
    run: head -c 2000000 /dev/zero > '{disk}/all'
"""))
    equal(done.code, 1)
    contains(done.out, "a failed after ")
    contains(done.out, "No space left on device")
    other = world.write("other.yaml", "name: other\nsteps: {a: {run: 'true'}}\n")
    equal(world.pawl("run", other, "-q").code, 0)


@own_world
def test_full_disk_of_a_worker(world):
    """a worker without space: the step fails as `resource`, is retried, and ends when there is some"""
    small = world.path("small")
    if not mounted(world, small, "4m"):
        return
    equal(world.pawl("db", "start").code, 0)
    place = {"PAWL_DATABASE_URL": world.pawl("db", "url").out.strip(), "PAWL_HOME": small}
    client = world.start("run", world.write("squeezed.yaml", """
name: squeezed
steps:
  a:
    retry: {max_attempts: 1000, delay: 1s}
    run: |
      echo '{"checkpoint": {"at": 5}}' >> "$PAWL_REPORT"
      echo tried >> effects
      test -e space
"""), env=place)
    world.until_line("effects", "tried")
    ballast = os.path.join(small, "ballast")

    def failed_for_want_of_space():
        fill(ballast)  # Between two attempts: what one leaves makes room for the next.
        return "free some space" in world.pawl("events", "last", "--json").out

    world.until("the step fails for want of space", failed_for_want_of_space)
    contains(world.pawl("show", "last").out, "No space left on device")
    other = world.write("other.yaml", "name: other\nsteps: {a: {run: 'true'}}\n")
    equal(world.pawl("run", other, "-q", env=place).code, 0)
    world.write("space", "")
    os.unlink(ballast)
    out, err = client.communicate(timeout=600)
    equal((client.returncode, err), (0, ""))
    contains(out, "free some space in the worker's data folder")


if __name__ == "__main__":
    main(__name__)
