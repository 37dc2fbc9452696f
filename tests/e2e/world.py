"""A world for the tests of a file: a home of its own, so a private PostgreSQL of its own, and the
real pawl. Each test has a folder of its own in it; some have a whole world.

Tests are functions named test_*; the first line of their docstring is the specification. `main`
runs those of one file, prints a line for each, and keeps the folder of a failed one.
"""

import collections
import inspect
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import pexpect

PATIENCE = 600  # seconds; only a broken pawl, or a machine with far too much to do, waits so long
Result = collections.namedtuple("Result", "code out err")


class World:
    def __init__(self):
        self.binary = os.environ["PAWL"]
        self.root = self.folder = tempfile.mkdtemp(prefix="pawl-e2e-")
        os.chmod(self.root, 0o755)  # the database may have an OS user of its own
        self.home = os.path.join(self.root, "home")
        self.env = {
            "PATH": os.path.dirname(self.binary) + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": self.root,
            "USER": pwd.getpwuid(os.geteuid()).pw_name,
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PAWL_HOME": self.home,
        }
        self.closers = []
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def enter(self, name):
        """An empty folder for one test, in which all its files are."""
        self.folder = os.path.join(self.root, name)
        os.mkdir(self.folder)

    # ---- files -------------------------------------------------------------------------------

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def lines(self, name):
        """What steps have appended so far."""
        try:
            with open(self.path(name)) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    # ---- pawl --------------------------------------------------------------------------------

    def pawl(self, *arguments, stdin="", env=None):
        """Runs pawl to its end."""
        done = subprocess.run(
            [self.binary, *map(str, arguments)], input=stdin, capture_output=True, text=True,
            errors="replace", timeout=PATIENCE, cwd=self.folder, env={**self.env, **(env or {})})
        return Result(done.returncode, done.stdout, done.stderr)

    def shell(self, command, shell="sh"):
        """Runs a line as a user types it."""
        done = subprocess.run([shell, "-c", command], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=PATIENCE, cwd=self.folder,
                              env=self.env)
        return Result(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments, env=None):
        """Starts pawl in a session of its own, its output in pipes."""
        return subprocess.Popen(
            [self.binary, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=self.folder, env={**self.env, **(env or {})},
            start_new_session=True)

    def terminal(self, *arguments):
        """Starts pawl in a pseudo-terminal."""
        return pexpect.spawn(self.binary, list(map(str, arguments)), cwd=self.folder, env=self.env,
                             encoding="utf-8", timeout=PATIENCE, dimensions=(24, 80))

    def show(self, run="last"):
        shown = self.pawl("show", run, "--json")
        assert shown.code == 0, shown
        return json.loads(shown.out)

    def step(self, path, run="last"):
        return next(step for step in self.show(run)["steps"] if step["step"] == path)

    def events(self, run="last"):
        listed = self.pawl("events", run, "--json")
        assert listed.code == 0, listed
        return [json.loads(line) for line in listed.out.splitlines()]

    # ---- waiting -----------------------------------------------------------------------------

    def until_stopped(self, pid):
        """The process stands still (SIGSTOP)."""
        def is_stopped():
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "T"
        self.until(f"process {pid} is stopped", is_stopped)

    def until(self, what, holds):
        """Polls until `holds()` is true; fails the test when it never is."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            value = holds()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"never happened: {what}")

    def until_state(self, state, run="last"):
        return self.until(f"run {run} is {state}", lambda: self.show(run)["state"] == state)

    def until_line(self, name, text):
        return self.until(f"{name} has {text!r}", lambda: text in self.lines(name))

    # ---- processes ---------------------------------------------------------------------------

    def processes(self, *words):
        """Ids of this world's processes whose command line holds all `words`."""
        mark = f"PAWL_HOME={self.home}".encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = mark in file.read().split(b"\0")
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    command = file.read().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if ours and command and all(word in command for word in words):
                found.append(int(pid))
        return found

    def workers(self):
        return self.processes("pawl", "serve")

    def kill(self, pids, how=signal.SIGKILL):
        for pid in pids:
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass

    def postmaster(self):
        """Process id of the private PostgreSQL, from its own file."""
        for root, _, names in os.walk(self.home):
            if "postmaster.pid" in names:
                with open(os.path.join(root, "postmaster.pid")) as file:
                    return int(file.readline())
        return None

    def at_close(self, undo):
        self.closers.append(undo)

    def not_run(self, name, why):
        """Says that a test could not run; under CI that is a failure."""
        print(f"NOT RUN: {name}: {why}", flush=True)
        assert os.environ.get("CI") != "true", why

    def close(self, keep=False):
        pids = self.processes()
        self.kill(pids)
        try:
            self.pawl("db", "stop")
        except subprocess.TimeoutExpired:
            pass
        self.kill(self.processes())
        for undo in reversed(self.closers):
            undo()
        if keep:
            print(f"    kept: {self.root}")
        else:
            shutil.rmtree(self.root, ignore_errors=True)


def equal(seen, expected):
    assert seen == expected, f"\n      saw      {seen!r}\n      expected {expected!r}"


def contains(text, part):
    assert part in text, f"\n      no   {part!r}\n      in   {text!r}"


def main(module_name):
    """Runs the tests of a file; with arguments only those that are named."""
    module = sys.modules[module_name]
    tests = [(name, test) for name, test in inspect.getmembers(module, inspect.isfunction)
             if name.startswith("test_") and (len(sys.argv) == 1 or name in sys.argv[1:])]
    tests.sort(key=lambda named: named[1].__code__.co_firstlineno)
    failed = 0
    shared = None
    for name, test in tests:
        own = getattr(test, "own_world", False)
        if own:
            world = World()
        else:
            world = shared = shared or World()
        world.enter(name)
        begun = time.monotonic()
        try:
            test(world)
            good = True
        except Exception:
            good = False
            traceback.print_exc()
        failed += not good
        title = (test.__doc__ or name).strip().splitlines()[0]
        word = "ok  " if good else "FAIL"
        print(f"{word} {time.monotonic() - begun:6.1f}s  {name}: {title}", flush=True)
        if own:
            world.close(keep=not good)
    if shared:
        shared.close(keep=failed > 0)
    print(f"{len(tests) - failed} of {len(tests)} passed")
    sys.exit(1 if failed else 0)


def own_world(test):
    """The test kills what others need, so it gets a world of its own."""
    test.own_world = True
    return test
