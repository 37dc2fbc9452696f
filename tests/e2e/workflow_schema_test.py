"""schemas/workflow.schema.json against the compiler, in both directions."""

import ast
import collections
import json
import os
import re
import subprocess

import jsonschema

import schema_views
import schemas
from schema_views import DEFINITIONS, SCHEMA, VALIDATOR, is_valid, places, resolved
from world import contains, equal, main

PROBE = os.path.join(os.path.dirname(os.environ["PAWL"]), "dsl_probe")

# What a schema can see: a file with such a mistake is refused by it.
STRUCTURAL = set("""
    duration empty-block empty-code enum id loop name no-id no-kind no-steps not-available
    required-default switch two-kinds unknown-key unknown-value wait wrong-kind wrong-type
    """.split())
# What it cannot: text that is no YAML, names, code, values that hang on others.
SEMANTIC = set("""
    action approval binary-file bundle control-character cycle cyclic-alias default duplicate-id duplicate-key effects
    dynamic-steps empty-file expression expression-empty expression-end file-too-big foreach
    missing-file require with
    invalid-utf8 join lua-spelling lua-syntax merge-key needs-outside no-steps-here not-needed
    number pattern race schema self shell-context shell-wrapper too-deep too-many-aliases too-many-nodes
    too-many-steps unknown-field unknown-input unknown-name unknown-state unknown-step
    unknown-variable value-too-big yaml-anchor yaml-comment yaml-documents yaml-expression
    yaml-folded yaml-key yaml-syntax yaml-tag""".split())

# Values of every type, and texts of every form that the language knows.
VALUES = [None, True, False, 0, 1, 5, -1, 300, 2.5, 10**7, "", " ", "text", "two words", "1x", "end",
          "a" * 64, "PAWL_X", "${{ 1 }}", "at ${{ 1 }}", "5m", "0s", "7d", "1.5h", "500ms",
          "PT1H", "P1D", "P", "1h 30m", "5%", "101%", "2026-11-20", "2026-13-20",
          "2026-11-20T09:00:00Z", "rejected", "role:ops",
          [], ["a"], ["a", "a"], [1], [None], [["a"]], [{}], [{"a": 1}], {}, {"a": 1}, {"a": None},
          {"a": {}}, {"a": {"run": "true"}}, [{"run": "true"}], [{"id": "a", "run": "true"}]]
FEW = [None, True, 5, "text", [], {}]  # where a key has been tried before, at another place
NAMES = ["a", "A_1", "1a", "a-b", "a.b", "end", "PAWL_X", "x" * 63, "x" * 64, "ä", ""]

Answer = collections.namedtuple("Answer", "values plan mistakes")


def compiled(texts):
    """What the compiler says of each text, in their order."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run([PROBE], input=lines, capture_output=True, text=True, check=True)
    answers = [Answer(**json.loads(line)) for line in done.stdout.splitlines()]
    equal(len(answers), len(texts))
    return answers


def of(answer):
    """The rules by which the compiler refuses it."""
    return {each["rule"] for each in answer.mistakes if each["is_error"]}


def compiled_values(documents):
    """The same, written as JSON, but nothing for null: the word is a text where one is taken."""
    def text_of(value):
        if isinstance(value, dict):
            members = (f"{json.dumps(key)}: {text_of(part)}" for key, part in value.items())
            return "{" + ", ".join(members) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(text_of(one) or "~" for one in value) + "]"
        if value is None:
            return ""
        return json.dumps(value, ensure_ascii=False)
    return compiled([text_of(each) for each in documents])


def tables():
    done = subprocess.run([PROBE, "--keys"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def why_not(document):
    return "; ".join(f"{list(each.absolute_path)}: {each.message}"[:200]
                     for each in VALIDATOR.iter_errors(document))


# ---- the schema by itself ------------------------------------------------------------------------

def test_printed(world):
    """pawl schema prints the schema of this repository, and needs nothing around it"""
    with open(schema_views.PATH, encoding="utf-8") as file:
        text = file.read()
    equal(world.pawl("schema"), (0, text, ""))
    record = json.loads(world.pawl("schema", "--json").out)
    equal((record["v"], record["kind"], record["schema"]), (1, "schema", SCHEMA))


def parts(schema, path="#"):
    """Every schema in the schema."""
    yield path, schema
    if not isinstance(schema, dict):
        return
    for word in ("properties", "patternProperties", "definitions"):
        for key, part in schema.get(word, {}).items():
            yield from parts(part, f"{path}/{word}/{key}")
    for word in ("additionalProperties", "propertyNames", "items", "not", "if", "then", "else"):
        if word in schema:
            yield from parts(schema[word], f"{path}/{word}")
    for word in ("anyOf", "allOf"):
        for number, part in enumerate(schema.get(word, [])):
            yield from parts(part, f"{path}/{word}/{number}")


def test_schema(world):
    """it is a schema of draft 7; each key is described, each choice explained, each example fits"""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    wrong = []
    used = set(re.findall(r'"#/definitions/(\w+)"', json.dumps(SCHEMA)))
    equal(sorted(set(DEFINITIONS) - used), [])
    for path, schema in parts(SCHEMA):
        if not isinstance(schema, dict):
            continue
        if "enumDescriptions" in schema and len(schema["enumDescriptions"]) != len(schema["enum"]):
            wrong.append(f"{path}: choices are not explained one by one")
        if "default" in schema or "examples" in schema:
            check = jsonschema.Draft7Validator({**SCHEMA, "required": [], **{
                "type": ["object", "array", "string", "number", "boolean", "null"]},
                "properties": {}, "additionalProperties": True, "allOf": [schema]})
            for value in schema.get("examples", []) + [schema.get("default", "")] * ("default" in schema):
                if not check.is_valid(value):
                    wrong.append(f"{path}: {value!r} does not fit it")
    for place in places():
        for key, found in place.view.allowed.items():
            told = [part for one in found for part in (one, resolved(one)[0]) if "description" in part]
            if place.view.is_closed and not told:
                wrong.append(f"{place.name}.{key} has no description")
    assert not wrong, "\n".join(wrong)


# ---- what compiles is valid ----------------------------------------------------------------------

def texts_of_yaml(folder, *ends):
    for root, _, names in os.walk(os.path.join(schemas.ROOT, folder)):
        for name in sorted(names):
            if name.endswith(ends):
                path = os.path.join(root, name)
                with open(path, encoding="utf-8", errors="replace") as file:
                    yield os.path.relpath(path, schemas.ROOT), file.read()


def corpus():
    """(where, text) of everything in this repository that may be a workflow."""
    yield from texts_of_yaml("workflows", ".yaml")
    yield from texts_of_yaml("tests", ".yaml")
    for folder in ("docs", "."):
        for where, page in texts_of_yaml(folder, ".md"):
            if "build" not in where:
                yield from ((where, block) for block in re.findall(r"```yaml\n(.*?)```", page, re.S))
    for where, source in texts_of_yaml("tests", ".cpp", ".hpp"):
        yield from ((where, text) for text in re.findall(r'R"\w*\((.*?)\)\w*"', source, re.S))
    for where, source in texts_of_yaml("dsl", ".cpp"):
        yield from ((where, text) for text in re.findall(r'R"\w*\((.*?)\)\w*"', source, re.S))
    for where, source in texts_of_yaml("tests", ".py"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield where, node.value


def test_what_compiles_is_valid(world):
    """every workflow of this repository that compiles is valid: examples, templates, docs, tests"""
    found = [(where, text) for where, text in corpus() if "steps:" in text or '"steps"' in text]
    count = collections.Counter()
    wrong = []
    for (where, text), answer in zip(found, compiled([text for _, text in found])):
        if of(answer) or not answer.plan:
            continue
        count[where.split(os.sep)[0]] += 1
        if not is_valid(answer.values):
            wrong.append(f"{where}: {why_not(answer.values)}\n{text[:300]}")
    assert not wrong, f"{len(wrong)} of {count}\n" + "\n".join(wrong[:10])
    assert count["workflows"] >= 5 and count["docs"] >= 15 and count["tests"] >= 100, count


# ---- what is valid compiles ----------------------------------------------------------------------

def test_examples_compile(world):
    """each key at each place has an example in the schema, and a file with it compiles"""
    wrong, tried = [], []
    for place in places():
        for key in place.view.allowed:
            good = list(place.candidates(key))
            tried += [(f"{place.name}.{key} [{place.view.name}]: {value!r}", file)
                      for value, file in good]
            if not good:
                wrong.append(f"{place.name}.{key} [{place.view.name}] has no example that is valid")
    for (what, file), answer in zip(tried, compiled_values([file for _, file in tried])):
        if not answer.plan:
            wrong.append(f"{what} does not compile: {answer.mistakes}")
    assert not wrong, f"{len(wrong)} of {len(tried)}\n" + "\n".join(wrong[:30])
    assert len(tried) > 900, len(tried)


def words():
    """{key: a value that it takes somewhere}, of the schema and of the compiler's tables."""
    found = {key: "x" for table in tables().values() for word in table.values() for key in word}
    for place in places():
        for key, found_parts in place.view.allowed.items():
            found[key] = schema_views.samples(found_parts[0])[0]
    return {**found, "odd_key": "x"}


def test_other_keys_are_refused(world):
    """a key that the schema does not have at a place is refused there, by both; also one that a
    later version will have"""
    refusals = {"unknown-key", "not-available", "wrong-kind", "two-kinds", "join", "wait"}
    tried = []
    for place in places():
        if not place.view.is_closed:
            continue
        tried += [(f"{place.name}.{key} [{place.view.name}]", place.with_key(key, value))
                  for key, value in words().items() if key not in place.view.allowed]
    wrong = [f"{what} is valid" for what, file in tried if is_valid(file)]
    for (what, file), answer in zip(tried, compiled_values([file for _, file in tried])):
        if not of(answer) & refusals:
            wrong.append(f"{what} is no wrong key for the compiler: {answer.mistakes}")
    assert not wrong, f"{len(wrong)} of {len(tried)}\n" + "\n".join(wrong[:30])
    assert len(tried) > 4000, len(tried)


def variants():
    """(what, file): values of all types and forms at each key, each item and each name."""
    seen = set()
    for place in places():
        for key in place.view.allowed:
            parts_there = json.dumps(place.view.allowed[key])
            for value in VALUES if parts_there not in seen else FEW:
                yield f"{place.name}.{key} [{place.view.name}]: {value!r}", place.with_key(key, value)
            seen.add(parts_there)
        for name, _, wrap in place.inner():
            if name.endswith(("*", "[]")):
                for value in VALUES:
                    yield f"{name}: {value!r}", schema_views.whole(wrap(value))
        if isinstance(place.view.rest, dict):
            value = schema_views.samples(place.view.rest)[0]
            for name in NAMES:
                yield f"{place.name} named {name!r}", place.file({name: value})


def disagreements(tried):
    wrong = []
    for (what, file), answer in zip(tried, compiled_values([file for _, file in tried])):
        valid = is_valid(file)
        if answer.plan and not valid:
            wrong.append(f"{what} compiles: {why_not(file)[:300]}")
        if valid and of(answer) - SEMANTIC:
            wrong.append(f"{what} is valid: {answer.mistakes}")
    return wrong


def test_values(world):
    """a value that the schema refuses is refused by the compiler, and what the compiler refuses is
    refused by the schema, or it is a mistake that no schema can see"""
    tried = list(variants())
    wrong = disagreements(tried)
    assert not wrong, f"{len(wrong)} of {len(tried)}\n" + "\n".join(wrong[:60])


def test_inputs(world):
    """what an input of each type takes as default, choice, bound and pattern, by both"""
    tried = []
    for kind in DEFINITIONS["input"]["properties"]["type"]["enum"]:
        choices = {"enum": ["a", "b"]} if kind == "enum" else {}
        for key in ("default", "minimum", "maximum", "pattern", "required", "enum"):
            for value in VALUES + [[one] for one in VALUES] * (key == "enum"):
                more = {"default": "a"} if key == "required" and value is True else {}
                tried.append((f"{kind}, {key}: {value!r} {more}", {
                    "inputs": {"a": {"type": kind, **choices, **more, key: value}},
                    "steps": {"a": {"run": "true"}}}))
    wrong = disagreements(tried)
    assert not wrong, f"{len(wrong)} of {len(tried)}\n" + "\n".join(wrong[:30])


# ---- the compiler's own words --------------------------------------------------------------------

# Where the tables of dsl/keys.cpp hold: names of places, as far as a file meets them first.
PLACES = {"root": r"", "input": r"\.inputs\.\*", "defaults": r"\.defaults",
          "retry": r".*\.retry", "join": r".*\.join", "foreach": r".*\.foreach",
          "switch": r".*\.switch", "loop": r".*\.loop", "wait": r".*\.wait",
          "approval": r".*\.approval", "verify": r".*\.verify", "undo": r".*\.undo", "uses": r".*\.uses", "cancel_when": r".*\.cancel_when",
          "step_hooks": r"\.steps.*\.hooks", "run_hooks": r"\.hooks", "step": r"\.steps\[\]",
          "block": r"\.steps\[\]", "waiting": r"\.steps\[\]"}
KINDS = {"block": {"steps", "switch", "loop", "race"}, "waiting": {"wait", "approval"}}


def test_tables(world):
    """each key that the compiler knows stands in the schema at that place, and no other; keys and
    kinds of later versions stand nowhere"""
    known = tables()
    kinds = known.pop("kinds")
    equal(sorted(known), sorted(PLACES))
    for name, table in known.items():
        views = [place.view for place in places()
                 if re.fullmatch(PLACES[name], place.name) and place.view.is_closed]
        if name in KINDS:
            views = [view for view in views if KINDS[name] & set(view.required)]
        equal((name, sorted({key for view in views for key in view.allowed})),
              (name, sorted(table["known"])))
        equal((name, set(table["known"]) & set(table["later"])), (name, set()))
    equal(sorted(part["$ref"].rsplit("/", 1)[1] for part in DEFINITIONS["step"]["anyOf"]),
          sorted(f"{kind}_step" for kind in kinds["known"]))
    equal(set(kinds["later"]) & {key for place in places() for key in place.view.allowed}, set())


def choices(schema):
    """The words of which it takes one."""
    if "$ref" in schema:
        return choices(resolved(schema)[0])
    return schema.get("enum") or sum((choices(part) for part in schema.get("anyOf", [])), [])


def test_choices(world):
    """where one of some words is expected, the compiler's message lists those of the schema"""
    asked = [(f"{place.name}.{key}", choices(found[0]), place.with_key(key, "odd_word"))
             for place in places() for key, found in place.view.allowed.items()]
    count = 0
    for (what, words_of_schema, _), answer in zip(asked, compiled_values([each[2] for each in asked])):
        listed = [re.fullmatch(r"'\w+' takes (.*), not 'odd_word'", each["message"])
                  for each in answer.mistakes if each["rule"] == "unknown-value"]
        words_of_compiler = re.split(", | or ", listed[0][1]) if listed and listed[0] else []
        equal((what, sorted(words_of_compiler)), (what, sorted(words_of_schema)))
        count += bool(words_of_compiler)
    assert count > 60, count


def blanked(with_it, without):
    """`without`, with blanks where the key was, so that all else stays where it is."""
    begin = len(os.path.commonprefix([with_it, without]))
    if without[begin] not in ",}":
        begin = without.rindex(" ", 0, begin) + 1  # in the next key, which begins alike
    return without[:begin] + " " * (len(with_it) - len(without)) + without[begin:]


def test_defaults(world):
    """what the schema calls a default is what the compiler takes without the key"""
    tried = []
    for place in places():
        for key, found in place.view.allowed.items():
            for part in (found[0], resolved(found[0])[0]):
                if "default" not in part or key not in place.bases and not list(place.objects(key)):
                    continue
                with_it = json.dumps(place.with_key(key, part["default"]))
                without = json.dumps(place.without(key))
                tried.append((f"{place.name}.{key}: {part['default']!r}", with_it,
                              blanked(with_it, without)))
    given = compiled([each[1] for each in tried])
    left = compiled([each[2] for each in tried])
    wrong = [f"{what}: {one.mistakes} {other.mistakes}" for (what, _, _), one, other
             in zip(tried, given, left) if not one.plan or one.plan != other.plan]
    assert not wrong, f"{len(wrong)} of {len(tried)}\n" + "\n".join(wrong[:30])
    assert len(tried) > 100, len(tried)


# ---- mistakes ------------------------------------------------------------------------------------

def test_rules(world):
    """each rule of the compiler is one that a schema can see, or one that it cannot"""
    pages = map(json.loads, world.pawl("explain", "--json").out.splitlines())
    equal(sorted(STRUCTURAL | SEMANTIC),
          sorted({page["code"] for page in pages if page["severity"] == "error"}))
    equal(STRUCTURAL & SEMANTIC, set())


# Whose one mistake is not what its rule says, for a schema.
OTHERWISE = {
    "needs_text.yaml": "id",  # 'a, b' is no step, and no id either
    "trap_comment.yaml": "empty-code",  # what YAML leaves of `when: #inputs.list > 0`
    "not_available_names.yaml": "unknown-name",  # in expressions
}


def test_errors(world):
    """a file with a mistake that a schema can see is refused by it, and one with others only is not"""
    found = list(texts_of_yaml("tests/dsl/errors", ".yaml"))
    wrong = []
    for (where, _), answer in zip(found, compiled([text for _, text in found])):
        rules = of(answer)
        if where.rsplit("/", 1)[1] in OTHERWISE:
            rules = {OTHERWISE[where.rsplit("/", 1)[1]]}
        if answer.values is None:
            assert rules & SEMANTIC, where  # nothing that JSON can hold
        elif rules & STRUCTURAL and is_valid(answer.values):
            wrong.append(f"{where} is valid: {rules & STRUCTURAL}")
        elif rules <= SEMANTIC and not is_valid(answer.values):
            wrong.append(f"{where} is refused: {rules} {why_not(answer.values)}")
    assert not wrong, f"{len(wrong)} of {len(found)}\n" + "\n".join(wrong)
    assert len(found) > 100, len(found)


if __name__ == "__main__":
    main(__name__)
