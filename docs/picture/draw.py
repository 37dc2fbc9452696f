#!/usr/bin/env python3
"""Draws docs/picture/run.svg: `pawl run` in a real terminal of 80 columns, at one moment.

    docs/picture/draw.py build/release/pawl [FILE]

The program runs in a pseudo-terminal; what it wrote is read by a terminal emulator (pyte), and the
cells of its screen become text in an SVG. Nothing is drawn by hand.
"""

import html
import os
import shutil
import signal
import sys
import tempfile

import pexpect
import pyte

COLUMNS, ROWS = 80, 24
CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 18, 14
COMMAND = "pawl run nightly.yaml -i region=eu"
HERE = os.path.dirname(os.path.abspath(__file__))
COLOURS = {"default": "#d8dee9", "black": "#4c566a", "red": "#f0717c", "green": "#a3d389",
           "brown": "#ebcb8b", "blue": "#81a9e1", "magenta": "#b48ead", "cyan": "#88c0d0",
           "white": "#eceff4"}
# What stands on the screen at the moment of the picture.
SIGNS = ("retrying, try 2 of 5", "reading part 48", "part 48 of 120", "3 of 6 steps")


def screen_of(pawl):
    """The screen as soon as all SIGNS are on it."""
    root = tempfile.mkdtemp(prefix="pawl-picture-")
    os.chmod(root, 0o755)  # the database may have an OS user of its own
    shutil.copy(os.path.join(HERE, "nightly.yaml"), root)
    env = {"PATH": os.path.dirname(os.path.abspath(pawl)) + ":" + os.environ["PATH"],
           "HOME": root, "USER": os.environ.get("USER", "root"), "LANG": "C.UTF-8", "TZ": "UTC",
           "TERM": "xterm-256color", "PAWL_HOME": os.path.join(root, "home")}
    for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    pexpect.run("pawl db start", cwd=root, env=env, timeout=600)
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    child = pexpect.spawn("pawl", COMMAND.split()[1:], cwd=root, env=env, timeout=600,
                          dimensions=(ROWS, COLUMNS))
    try:
        while not all(any(sign in row for row in screen.display) for sign in SIGNS):
            stream.feed(child.read_nonblocking(65536, timeout=600))
    finally:
        child.kill(signal.SIGKILL)
        pexpect.run("pawl cancel last", cwd=root, env=env, timeout=600)
        pexpect.run("pawl db stop", cwd=root, env=env, timeout=600)
        shutil.rmtree(root, ignore_errors=True)
    return screen


def spans(row):
    """(column, text, colour, weight) of the stretches of one look."""
    found = []
    for column in range(COLUMNS):
        cell = row[column]
        look = (COLOURS.get(cell.fg, COLOURS["default"]), cell.bold)
        if found and found[-1][2] == look and found[-1][0] + len(found[-1][1]) == column:
            found[-1][1] += cell.data
        else:
            found.append([column, cell.data, look])
    return [(column, text.rstrip(), *look) for column, text, look in found if text.strip()]


def svg(screen):
    used = max(number for number, row in enumerate(screen.display) if row.strip()) + 1
    width = COLUMNS * CELL_WIDTH + 2 * MARGIN
    height = (used + 1) * CELL_HEIGHT + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
           f'font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" '
           f'font-size="14">',
           f'<title>{html.escape(COMMAND)}</title>',
           f'<rect width="100%" height="100%" rx="8" fill="#20242c"/>']

    def text(row, column, words, colour, bold):
        x, y = MARGIN + column * CELL_WIDTH, MARGIN + (row + 0.8) * CELL_HEIGHT
        weight = ' font-weight="bold"' if bold else ""
        out.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{weight} xml:space="preserve" '
                   f'textLength="{len(words) * CELL_WIDTH:.1f}">{html.escape(words)}</text>')

    text(0, 0, "$ " + COMMAND, COLOURS["white"], True)
    for number in range(used):
        for column, words, colour, bold in spans(screen.buffer[number]):
            text(number + 1, column, words, colour, bold)
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    path = sys.argv[2] if len(sys.argv) == 3 else os.path.join(HERE, "run.svg")
    drawn = svg(screen_of(sys.argv[1]))
    with open(path, "w") as file:
        file.write(drawn)


if __name__ == "__main__":
    main()
