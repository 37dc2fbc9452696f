#!/usr/bin/env python3
"""Checks what the compiler does not: tidy.py SOURCE_FOLDER [COMPILER [INCLUDE_FOLDER…]]

Each rule is a function that yields "file:line: what is wrong". A convention that no machine checks
is a wish. With COMPILER each header that no build compiles alone is compiled so.
"""

import concurrent.futures
import os
import re
import subprocess
import sys

CODE = ("engine", "dsl", "json_schema", "scripting", "workflows", "bench", "tests")

# What a folder may include, of ours; docs/architecture.md draws the same arrows.
ARROWS = {
    "base": {"base"},
    "scripting": {"base", "scripting"},
    "json_schema": {"base", "json_schema"},
    "dsl": {"base", "dsl", "json_schema", "scripting"},
    "schemas": {"schemas"},
    "workflows": {"workflows"},
    "settings": {"base", "dsl", "settings"},
    "core": {"base", "core", "dsl"},
    "store": {"base", "store", "core", "dsl", "schemas"},
    "steps": {"base", "steps", "core", "dsl", "json_schema", "scripting", "store"},
    "trial": {"base", "trial", "steps", "core", "dsl", "scripting"},
    "runtime": {"base", "runtime", "steps", "store", "core", "dsl", "scripting"},
    "cli": {"base", "cli", "runtime", "schemas", "settings", "steps", "store", "core", "dsl",
            "scripting", "trial", "workflows"},
}
# Of another folder, only these.
ONLY = {("dsl", "scripting"): {"scripting/syntax.hpp"}}

FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100
CMAKE_LINES_MAX = 500

# Words that say nothing, as parts of names of files and types.
EMPTY_NAMES = re.compile(r"\b(?:class|struct|namespace)\s+\w*(?:[Mm]anager|[Hh]elper|[Uu]til)\w*")
EMPTY_FILES = re.compile(r"(?:manager|util|helpers)")
OPEN_ENDS = re.compile(r"\b(?:TODO(?!\((?:perf|cleanup|someday)\): )|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'^#include "([^"]+)"')
FUNCTION_END = re.compile(r"^\s{0,2}\}\s*$")


class Source:
    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), encoding="utf-8") as file:
            self.lines = file.read().split("\n")

    @property
    def folder(self):
        parts = self.path.split("/")
        return parts[1] if parts[0] == "engine" else parts[0]

    @property
    def is_header(self):
        return self.path.endswith((".hpp", ".h"))


def tracked(root):
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split("\n")
            if path and os.path.exists(os.path.join(root, path))]


def rule_include_direction(sources):
    for source in sources:
        allowed = ARROWS.get(source.folder)
        if allowed is None:
            continue
        for number, line in enumerate(source.lines, 1):
            found = INCLUDE.match(line)
            if not found or "/" not in found[1]:
                continue
            target = found[1].split("/")[0]
            only = ONLY.get((source.folder, target))
            if target not in allowed or (only and found[1] not in only):
                yield f"{source.path}:{number}: {source.folder} may not include {found[1]}"


def rule_lines(sources):
    for source in sources:
        for number, line in enumerate(source.lines, 1):
            # clang-format keeps a long text in one piece; so do we, in tests only.
            is_text = source.path.startswith("tests/") and '"' in line
            if len(line) > LINE_COLUMNS_MAX and not is_text:
                yield f"{source.path}:{number}: {len(line)} columns; {LINE_COLUMNS_MAX} at most"
            if line.endswith((" ", "\t", "\r")):
                yield f"{source.path}:{number}: white space at the end"


def rule_function_lines(sources):
    """By the layout of clang-format: a body opens at the end of a line that holds a `)`, and its
    brace closes at the same indentation."""
    for source in sources:
        if source.path.startswith("tests/"):
            continue  # A TEST_CASE is a list of sections.
        begin, indent = None, 0
        for number, line in enumerate(source.lines, 1):
            if begin is None:
                is_body = line.endswith("{") and ")" in line
                depth = len(line) - len(line.lstrip())
                if is_body and depth <= 2 and not re.match(r"\s*(if|for|while|switch)\b", line):
                    begin, indent = number, depth
            elif line.startswith(" " * indent + "}"):
                if number - begin > FUNCTION_LINES_MAX:
                    yield (f"{source.path}:{begin}: a function of {number - begin} lines; "
                           f"{FUNCTION_LINES_MAX} at most")
                begin = None


def rule_words(sources):
    for source in sources:
        if EMPTY_FILES.search(os.path.basename(source.path)):
            yield f"{source.path}:1: a file name that says nothing"
        for number, line in enumerate(source.lines, 1):
            if EMPTY_NAMES.search(line):
                yield f"{source.path}:{number}: a name that says nothing: {line.strip()}"


def rule_every_header_is_included(sources):
    included = set()
    for source in sources:
        for line in source.lines:
            found = INCLUDE.match(line)
            if found:
                included.add(found[1].split("/")[-1])
    for source in sources:
        if source.is_header and os.path.basename(source.path) not in included:
            yield f"{source.path}:1: nobody includes it"


def rule_pragma_once(sources):
    for source in sources:
        if source.path.endswith(".hpp") and "#pragma once" not in source.lines:
            yield f"{source.path}:1: no #pragma once"


def rule_every_source_is_built(root, sources, paths):
    text = ""
    for path in paths:
        if path.endswith("CMakeLists.txt"):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text += file.read()
    for source in sources:
        # A loop over names may add the ending.
        stem = re.sub(r"(_fuzz|_test)?\.c(pp)?$", "", os.path.basename(source.path))
        if source.path.endswith((".cpp", ".c")) and not re.search(rf"\b{re.escape(stem)}", text):
            yield f"{source.path}:1: no CMakeLists.txt builds it"


def rule_texts(root, paths):
    """In every text of ours, not only in code: nothing may depend on where this checkout lies."""
    checkout = os.path.realpath(root) + "/"
    for path in paths:
        if path == "tests/tidy/tidy.py":
            continue
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                lines = file.read().split("\n")
        except UnicodeDecodeError:
            continue  # Bytes for a test.
        for number, line in enumerate(lines, 1):
            if OPEN_ENDS.search(line):
                yield f"{path}:{number}: an open end: {line.strip()[:60]}"
            if checkout in line:
                yield f"{path}:{number}: a path of one machine: {line.strip()[:60]}"


def rule_scripts_run(root, paths):
    for path in paths:
        full = os.path.join(root, path)
        with open(full, "rb") as file:
            is_script = file.read(2) == b"#!"
        if is_script and not os.access(full, os.X_OK):
            yield f"{path}:1: a script that cannot be run: chmod +x"


def rule_cmake_is_short(root, paths):
    total = 0
    for path in paths:
        if path.endswith((".cmake", "CMakeLists.txt")):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                total += len(file.readlines())
    if total > CMAKE_LINES_MAX:
        yield f"CMakeLists.txt:1: the CMake files have {total} lines; {CMAKE_LINES_MAX} at most"


def rule_headers_compile_alone(root, sources, compiler, folders):
    def compile_one(path):
        words = [compiler, "-std=c++20", "-fsyntax-only", "-x", "c++", "-I.", "-Iengine", "-Itests",
                 '-DPAWL_SOURCE_DIR=""', '-DPAWL_BINARY_DIR=""', "-include", path, "/dev/null"]
        words += [f"-I{folder}" for folder in folders]
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
        return path, done.returncode, done.stderr

    # A header that some source includes before all else is compiled alone by every build.
    first = set()
    for source in sources:
        found = next(filter(None, map(INCLUDE.match, source.lines)), None)
        is_before_all = found and source.lines.index(found[0]) == min(
            n for n, line in enumerate(source.lines) if line.startswith("#include"))
        if is_before_all and not source.is_header:
            first.add(found[1])
    headers = [s.path for s in sources if s.path.endswith(".hpp")
               and not any(s.path.endswith("/" + name) or s.path == name for name in first)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for path, code, errors in pool.map(compile_one, headers):
            if code != 0:
                fault = next((line for line in errors.split("\n") if "error" in line), errors[:200])
                yield f"{path}:1: does not compile alone: {fault}"


def main(root, compiler=None, *folders):
    paths = tracked(root)
    sources = [Source(root, path) for path in paths
               if path.split("/")[0] in CODE and path.endswith((".hpp", ".h", ".cpp", ".c"))]
    wrongs = []
    for rule in (rule_include_direction, rule_lines, rule_function_lines, rule_words,
                 rule_every_header_is_included, rule_pragma_once):
        wrongs += rule(sources)
    wrongs += rule_every_source_is_built(root, sources, paths)
    for rule in (rule_texts, rule_scripts_run, rule_cmake_is_short):
        wrongs += rule(root, paths)
    if compiler:
        wrongs += rule_headers_compile_alone(root, sources, compiler, folders)
    for wrong in wrongs:
        print(wrong)
    print(f"{len(sources)} sources read, {len(wrongs)} faults")
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
