"""A terminal that a test can read: the real pawl in a pseudo-terminal, its output through pyte.

The same bytes go to a screen of the terminal's size and to one that is far wider, on which nothing
wraps: there a row that is too wide can be seen.
"""

import os
import re
import signal
import termios

import pexpect
import pyte

WIDE = 600
HEADER = re.compile(r"^\S run \d+  ")


class Screen:
    """bash, because at Ctrl-C it does what its child did: a client that asks is asked, and a list of
    commands goes on when it has left with a code."""

    def __init__(self, world, command, columns=80, rows=24, env=None):
        self.columns, self.rows = columns, rows
        self.screen = pyte.HistoryScreen(columns, rows, history=5000, ratio=0.001)
        self.wide = pyte.Screen(WIDE, rows)
        self.feeds = [pyte.ByteStream(self.screen), pyte.ByteStream(self.wide)]
        self.bytes = b""
        self.child = pexpect.spawn(
            "/bin/bash", ["-c", command], cwd=world.folder, dimensions=(rows, columns),
            env={**world.env, "TERM": "xterm-256color", "CI": "", **(env or {})}, timeout=600)
        self.modes = termios.tcgetattr(self.child.child_fd)

    def read(self):
        """Takes what comes next; False when the program has ended."""
        try:
            data = self.child.read_nonblocking(65536, timeout=600)
        except pexpect.EOF:
            return False
        self.bytes += data
        for feed in self.feeds:
            feed.feed(data)
        return True

    def until(self, holds):
        """Reads until `holds(rows of the screen)`; fails when the program ends before."""
        while not holds(self.display()):
            assert self.read(), f"ended before: {self.bytes[-2000:]!r}"

    def until_text(self, text):
        self.until(lambda rows: any(text in row for row in rows))

    def until_bytes(self, text):
        while text.encode() not in self.bytes:
            assert self.read(), f"ended before {text!r}: {self.bytes[-2000:]!r}"

    def end(self):
        """Reads to the end; the exit code, or minus the signal."""
        while self.read():
            pass
        self.last_modes = termios.tcgetattr(self.child.child_fd)
        self.child.close()
        if self.child.signalstatus is not None:
            return -self.child.signalstatus
        return self.child.exitstatus

    def keys(self, text):
        self.child.send(text)

    def display(self):
        return [row.rstrip() for row in self.screen.display]

    def lines(self):
        """Everything from the first line on, what has scrolled away included."""
        above = ["".join(row[column].data for column in range(self.columns)).rstrip()
                 for row in self.screen.history.top]
        return above + self.display()

    def wide_rows(self):
        return [row.rstrip() for row in self.wide.display]

    def headers(self):
        """Rows that begin a block."""
        return [row for row in self.display() if HEADER.match(row)]

    def program(self, world):
        """Process id of the pawl that follows."""
        return world.until("pawl runs", lambda: [
            pid for pid in world.processes("pawl", "run") + world.processes("pawl", "attach")
            if os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("pawl")
            and os.getsid(pid) == os.getsid(self.child.pid)])[0]

    def modes_now(self):
        if self.child.closed:
            return self.last_modes
        return termios.tcgetattr(self.child.child_fd)

    def signal(self, world, how=signal.SIGTERM):
        os.kill(self.program(world), how)
