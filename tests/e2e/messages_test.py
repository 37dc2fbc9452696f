"""Every message of the command line, as it stands in messages.txt.

messages.txt is a script with what it prints: lines with `$` are run in order in one folder, below
stand what came on stdout (`>`), standard error and the exit code; lines with `%` prepare something and print nothing. With
PAWL_UPDATE_GOLDEN=1 the file is written anew, and review reads the difference.
"""

import glob
import os
import re
import socket

import schemas
from world import equal, main

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "messages.txt")

# What no test can bring about on any machine. The text of each was read by a person.
UNPROVOKED = {
    "cannot watch ": "the system's limit of watches is the machine's",
    "cannot start a worker": "the limit of processes is the user's",
    "out of memory": "the machine's",
    " is not there any more": "a row deleted between two statements",
    "no worker could be started; its log is ": "a worker that dies before it writes its row",
    "the recorded case cannot be read": "a run whose values are larger than a file may be",
    "cannot read the folder ": "who is root reads every folder",
}

FILES = {
    "one.yaml": "name: one\nsteps:\n  fetch: {run: 'true'}\n",
    "fails.yaml": "name: fails\nsteps:\n  good: {run: 'true'}\n  bad: {run: 'exit 3', needs: good}\n",
    "inputs.yaml": "name: report\ninputs:\n  region: {type: string, enum: [eu, us], required: true}\n"
                   "  rows: {type: integer, default: 1}\noutputs:\n  rows: ${{ inputs.rows }}\n"
                   "steps:\n  a: {run: 'true', env: {REGION: '${{ inputs.region }}'}}\n",
    "starts.yaml": "name: starts\ninputs:\n  day: {default: \"${{ error('no day') }}\"}\n"
                   "steps:\n  a: {run: 'true', env: {DAY: '${{ inputs.day }}'}}\n",
    "waits.yaml": "name: waits\nsteps:\n  a: {run: 'touch waits; sleep 600'}\n",
    "file.yaml": "name: file\ninputs:\n  data: {type: file, required: true}\n"
                 "  day: {type: date, default: 2026-11-20}\n"
                 "steps:\n  a: {run: \"cat -- ${{ inputs.data }}\", workdir: plain}\n"
                 "outputs: {day: '${{ inputs.day }}'}\n",
    "asks.yaml": "name: asks\nsteps:\n  a: {approval: {title: 'A?'}}\n"
                 "  b: {approval: {title: 'B?', form: {n: {type: integer, required: true}}}}\n"
                 "  c: {wait: {signal: paid}}\n",
    "plain/notes.yaml": "title: no workflow\n",
    "cases/one.test.yaml": "workflow: ../one.yaml\n"
                           "cases: [{name: it works, mock: {fetch: {}}}]\n",
    "empty/readme.txt": "",
    "ingest.yaml": "name: ingest\nsteps:\n  a: {run: 'true'}\n",
    "wide.yaml": "name: wide\nsteps:\n" + "".join(
        f"  a_step_with_a_long_name_{i}: {{run: 'true'}}\n" for i in range(4)),
    "many.yaml": "name: many\nsteps:\n" + "".join(
        f"  s{i}: {{run: 'true', needs: [{', '.join(f's{j}' for j in range(i))}]}}\n"
        for i in range(40)),
}


def entries(text):
    """(mark, command, expected) of each line that does something; comments in between."""
    mark, command, rest = "#", "", []
    for line in text.splitlines():
        if line[:2] in ("$ ", "% ", "# "):
            yield mark, command, rest
            mark, command, rest = line[0], line[2:], []
        elif line:
            rest.append(line)
    yield mark, command, rest


def plainly(world, text):
    """Without what differs between machines and times."""
    text = text.replace(world.folder, "FOLDER").replace(world.root, "ROOT")
    text = text.replace(socket.gethostname(), "HOST")
    text = re.sub(r"/tmp/pawl-[\w.-]+", "SOCKET", text)
    return re.sub(r"\b\d{15,}\b", "ID", text)


def perform(world, script):
    """The script with what it prints now."""
    out = []
    for mark, command, _ in entries(script):
        if mark == "#":
            out.append(f"# {command}\n" if command else "")
            continue
        done = world.shell(command)
        if mark == "%":
            assert done.code == 0, (command, done)
            out.append(f"% {command}\n\n")
            continue
        beside = "".join(f"> {line}\n" for line in done.out.splitlines())
        out.append(f"$ {command}\n{plainly(world, beside + done.err)}[{done.code}]\n\n")
    return "".join(out).rstrip("\n") + "\n"


def test_messages(world):
    """each mistake is answered as written down: what, why, and what to type"""
    for name, text in FILES.items():
        os.makedirs(os.path.dirname(world.path(name)), exist_ok=True)
        world.write(name, text)
    with open(SCRIPT, encoding="utf-8") as file:
        script = file.read()
    seen = perform(world, script)
    if os.environ.get("PAWL_UPDATE_GOLDEN"):
        with open(SCRIPT, "w", encoding="utf-8") as file:
            file.write(seen)
        return
    for old, new in zip(entries(script), entries(seen)):
        equal(new, old)


def test_shape(world):
    """a message begins with error:, then come indented lines; it neither begs nor shouts nor blames"""
    with open(SCRIPT, encoding="utf-8") as file:
        script = file.read()
    for mark, command, lines in entries(script):
        if mark != "$":
            continue
        lines = [line for line in lines if not line.startswith("> ")]
        assert lines and re.fullmatch(r"\[[24]\]", lines[-1]), (command, lines)
        assert lines[0].startswith("error: "), (command, lines)
        assert all(line.startswith("  ") for line in lines[1:-1]), (command, lines)
        assert len(lines) > 2, f"{command}: it says neither why nor what to do"
        text = "\n".join(lines)
        for word in ("please", "sorry", "oops", "fatal", "!", "illegal", "nullptr", "exception"):
            assert word not in text.lower().replace("!=", ""), (command, word)


def literals(source):
    """The first text of each error that a source file makes, without its placeholders."""
    begin = re.compile(r"(?:\bError(?: \w+)?\(|return \{|report\(\{)\s*ErrorKind::\w+,\s*|"
                       r"\busage_error\(\s*command,\s*|\bunknown_word\(")
    for match in begin.finditer(source):
        rest = source[match.end():match.end() + 300]
        text = re.search(r'"((?:[^"\\]|\\.)*)"', rest.split(";")[0])
        if text:
            pieces = re.split(r"\{[^}]*\}", text.group(1))
            yield max(pieces, key=len)


def test_every_message_is_tested(world):
    """every error that the sources of the command line can make stands in some test"""
    known = ""
    for pattern in ("messages.txt", "*_test.py", "../cli/*_test.cpp", "../cli/golden/*.txt",
                    "../cli/draw/*.cpp"):
        for path in glob.glob(os.path.join(HERE, pattern)):
            if path != os.path.abspath(__file__):
                with open(path, encoding="utf-8", errors="replace") as file:
                    known += file.read()
    missing = []
    sources = glob.glob(os.path.join(schemas.ROOT, "engine", "cli", "**", "*.cpp"), recursive=True)
    for path in sorted(sources):
        with open(path, encoding="utf-8") as file:
            for text in literals(file.read()):
                if len(text) > 3 and text not in known and text not in UNPROVOKED:
                    missing.append(f"{os.path.basename(path)}: {text!r}")
    assert not missing, "provoke them in tests/e2e/messages.txt:\n  " + "\n  ".join(missing)


if __name__ == "__main__":
    main(__name__)
