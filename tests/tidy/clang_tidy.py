#!/usr/bin/env python3
"""Runs clang-tidy on what has changed since it last passed: clang_tidy.py BUILD_FOLDER [--all]

Most of its time goes into the headers of the system, once for each file. So by default the files
of a folder are read as one (what does not compile together is read apart), without the analyzer
(clang-analyzer-*), which follows each path of each function. --all reads each file alone, with the
analyzer, and the tests too. What has passed is remembered in BUILD_FOLDER/clang-tidy.
"""

import collections
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time

SHIPPED = ("engine", "dsl", "scripting")
ALL = SHIPPED + ("bench", "tests")
BATCH_FILES = 24
INCLUDE = re.compile(rb'^#include "([^"]+)"', re.MULTILINE)
# Of g++, or of no use to a reader of the code.
DROPPED = re.compile(r"-Wno-restrict|-Werror|-fno-sanitize-recover=.*|-fsanitize=.*|-g\d?|-O\d?|-fno-tree-.*")

Source = collections.namedtuple("Source", "path flags key")


class Includes:
    """The bytes a file stands for: its own and those of our headers below it."""

    def __init__(self, root):
        self.folders = [root, os.path.join(root, "engine"), os.path.join(root, "tests")]
        self.found = {}

    def below(self, path):
        closure, todo = set(), [path]
        while todo:
            now = todo.pop()
            if now not in closure:
                closure.add(now)
                todo += self.direct(now)[1]
        return closure

    def direct(self, path):
        if path not in self.found:
            with open(path, "rb") as file:
                text = file.read()
            names = [name.decode() for name in INCLUDE.findall(text)]
            folders = [os.path.dirname(path)] + self.folders
            places = (next((os.path.join(folder, name) for folder in folders
                            if os.path.isfile(os.path.join(folder, name))), None)
                      for name in names)
            self.found[path] = (hashlib.sha256(text).digest(), [p for p in places if p])
        return self.found[path]

    def digest(self, path, *more):
        whole = hashlib.sha256(repr(more).encode())
        for part in sorted(self.below(path)):
            whole.update(part.encode() + self.direct(part)[0])
        return whole.hexdigest()


def flags_of(command):
    words = [word for word in shlex.split(command) if not DROPPED.fullmatch(word)]
    first = next(i for i, word in enumerate(words) if word.startswith("-"))
    return tuple(words[first:words.index("-o")])


def sources(root, build, everything):
    """What there is to read, each file once."""
    with open(os.path.join(build, "compile_commands.json")) as file:
        commands = json.load(file)
    with open(os.path.join(root, ".clang-tidy")) as file:
        rules = file.read()
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True).stdout
    includes, seen = Includes(root), {}
    for command in commands:
        path = command["file"]
        if path in seen or os.path.relpath(path, root).split("/")[0] not in (
                ALL if everything else SHIPPED):
            continue
        flags = flags_of(command["command"])
        seen[path] = Source(path, flags, includes.digest(path, flags, rules, version))
    return list(seen.values())


class Pass:
    """One run of clang-tidy over all that is not remembered."""

    def __init__(self, root, build, everything):
        self.root, self.everything = root, everything
        self.memory = os.path.join(build, "clang-tidy")
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
        os.makedirs(self.memory, exist_ok=True)

    def stamps(self, source):
        """What passed with everything has passed with less."""
        kinds = ("all",) if self.everything else ("quick", "all")
        return [os.path.join(self.memory, f"{source.key}.{kind}") for kind in kinds]

    def stale(self, source):
        return not any(map(os.path.exists, self.stamps(source)))

    def batches(self, stale):
        if self.everything:
            return [[source] for source in stale]
        together = collections.defaultdict(list)
        for source in stale:
            together[os.path.dirname(source.path), source.flags].append(source)
        return [batch[i:i + BATCH_FILES] for batch in together.values()
                for i in range(0, len(batch), BATCH_FILES)]

    def read(self, batch):
        """The findings in these files; empty when there are none."""
        text = "".join(f'#include "{source.path}"\n' for source in batch)
        name = hashlib.sha256(text.encode()).hexdigest() + ".cpp"
        place = batch[0].path if len(batch) == 1 else os.path.join(self.memory, name)
        if len(batch) > 1:
            with open(place, "w") as file:
                file.write(text)
        less = [] if self.everything else ["--checks=-clang-analyzer-*,-bugprone-suspicious-include"]
        done = subprocess.run(
            ["clang-tidy", "--quiet", "--config-file=" + os.path.join(self.root, ".clang-tidy"),
             *less, place, "--", *batch[0].flags],
            cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if len(batch) > 1:
            os.unlink(place)
            if "[clang-diagnostic-" in done.stdout:  # two files share a name: read them apart
                middle = len(batch) // 2
                return self.read(batch[:middle]) + self.read(batch[middle:])
        if done.returncode == 0:
            for source in batch:
                open(self.stamps(source)[0], "w").close()
            return ""
        return done.stdout or done.stderr

    def run(self, found):
        stale = [source for source in found if self.stale(source)]
        findings = [text for text in self.pool.map(self.read, self.batches(stale)) if text]
        return len(stale), findings


def main():
    build = os.path.abspath(sys.argv[1])
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
    begun = time.monotonic()
    found = sources(root, build, "--all" in sys.argv)
    read, findings = Pass(root, build, "--all" in sys.argv).run(found)
    print("\n".join(findings), end="")
    print(f"clang-tidy: {read} of {len(found)} files read in {time.monotonic() - begun:.0f} s")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
