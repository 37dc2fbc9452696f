"""schemas/workflow.schema.json as places: what can stand where, and a file around each place."""

import itertools
import json
import os

import jsonschema

import schemas

PATH = os.path.join(schemas.ROOT, "schemas", "workflow.schema.json")
with open(PATH, encoding="utf-8") as opened:
    SCHEMA = json.load(opened)
DEFINITIONS = SCHEMA["definitions"]
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

# What examples speak of.
HELPERS = {"region": {"default": "eu"}, "day": {"type": "date", "default": "2026-11-20"},
           "rows": {"type": "integer", "default": 3}, "files": {"type": "list", "default": ["a"]},
           "patience": {"type": "duration", "default": "1h"}}
NEEDED = ("fetch", "check")


def is_valid(document):
    return VALIDATOR.is_valid(document)


def resolved(schema):
    """(the schema that a `$ref` means, its name); what stands beside `$ref` is for people."""
    if isinstance(schema, dict) and "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return DEFINITIONS[name], name
    return schema, ""


class View:
    """One way to read a schema: an alternative of each anyOf."""

    def __init__(self, name="", schema=()):
        schema = dict(schema)
        self.name = name
        self.keys = {key: [part] for key, part in schema.get("properties", {}).items()}
        self.required = list(schema.get("required", []))
        self.rest = schema.get("additionalProperties")
        self.items = schema.get("items")
        self.examples = [one for one in schema.get("examples", []) if isinstance(one, dict)]
        self.is_object = "properties" in schema or "additionalProperties" in schema

    def __add__(self, other):
        both = View(" ".join(filter(None, (self.name, other.name))))
        for view in (self, other):
            for key, parts in view.keys.items():
                both.keys.setdefault(key, []).extend(parts)
        both.required = self.required + other.required
        both.rest = other.rest if self.rest is None else self.rest
        both.items = other.items if self.items is None else self.items
        both.examples = self.examples + other.examples
        both.is_object = self.is_object or other.is_object
        return both

    @property
    def is_closed(self):
        return self.rest is False

    @property
    def allowed(self):
        """A key that one of the parts forbids is not there."""
        return {key: parts for key, parts in self.keys.items() if False not in parts}

    def least(self):
        """What it cannot be without."""
        return {key: samples(self.keys[key][0])[0] for key in self.required}


def views(schema):
    schema, name = resolved(schema)
    if not isinstance(schema, dict):
        return [View()]
    found = [View(name, schema)]
    for part in schema.get("allOf", []):
        found = [one + more for one in found for more in views(part)]
    if "anyOf" in schema:
        each = [(number, view) for number, part in enumerate(schema["anyOf"]) for view in views(part)]
        named = []
        for number, view in each:
            view.name = view.name or f"[{number}]"
            named.append(view)
        found = [one + more for one in found for more in named]
    return found


def samples(schema):
    """Values that the schema itself names: examples, choices; else the simplest of its type."""
    if not isinstance(schema, dict):
        return ["x"]
    given = schema.get("examples", []) + schema.get("enum", [])
    given += [schema[word] for word in ("const", "default") if word in schema]
    if given:
        return given
    if "$ref" in schema:
        return samples(resolved(schema)[0])
    if "anyOf" in schema:
        return list(itertools.chain(*(samples(part) for part in schema["anyOf"])))
    if "allOf" in schema:
        return samples(schema["allOf"][0])
    kind = schema.get("type")
    if kind == "boolean":
        return [True, False]
    if kind == "object" or isinstance(kind, list) and "object" in kind:
        return [views(schema)[0].least()]
    return [1] if kind == "integer" else [[]] if kind == "array" else ["x"]


def with_needs(step):
    """A join of two needs them."""
    if isinstance(step, dict) and "join" in step and "needs" not in step:
        return {"needs": list(NEEDED), **step}
    return step


def with_effects(part):
    """What has a `verify` happens once."""
    if isinstance(part, list):
        return [with_effects(each) for each in part]
    if not isinstance(part, dict):
        return part
    whole_part = {key: with_effects(each) for key, each in part.items()}
    return {"effects": "once", **whole_part} if "verify" in part else whole_part


def whole(document):
    """With what its examples speak of."""
    document = with_effects(document)
    inputs = document.get("inputs", {})
    if isinstance(inputs, dict):
        document["inputs"] = {**HELPERS, **inputs}
    steps = document.get("steps")
    if isinstance(steps, dict):
        document["steps"] = {**{name: {"run": "true"} for name in NEEDED},
                             **{name: with_needs(step) for name, step in steps.items()}}
    if isinstance(steps, list):
        document["steps"] = [{"id": name, "run": "true"} for name in NEEDED]
        document["steps"] += [with_needs(step) for step in steps]
    return document


class Place:
    """A view, and how a value of it becomes a file."""

    def __init__(self, view, name, depth, wrap):
        self.view, self.name, self.depth, self.wrap = view, name, depth, wrap
        self.bases = {}  # by key: what stands beside it

    def file(self, value):
        return whole(self.wrap(value))

    def objects(self, key):
        """(value, object) in which `key` stands here, made of the schema's examples."""
        for part in self.view.allowed[key]:
            for value in samples(part):
                yield value, {**self.view.least(), key: value}
        for example in self.view.examples:
            if key in example:
                yield example[key], {**self.view.least(), **example}

    def candidates(self, key):
        """The same as files, those that are valid."""
        for value, found in self.objects(key):
            file = self.file(found)
            if is_valid(file):
                yield value, file

    def base(self, key):
        """An object with `key` and what has to stand beside it."""
        if key not in self.bases:
            found = [one for _, one in self.objects(key)] if key in self.view.allowed else []
            self.bases[key] = next((one for one in found if is_valid(self.file(one))),
                                   self.view.least())
        return self.bases[key]

    def with_key(self, key, value):
        """A file with another value there."""
        return self.file({**self.base(key), key: value})

    def without(self, key):
        """The same without it."""
        return self.file({name: value for name, value in self.base(key).items() if name != key})

    def inner(self):
        """(name, schemas, wrap) of what stands in it."""
        for key, parts in self.view.allowed.items():
            def at_key(value, key=key):
                return self.wrap({**self.view.least(), key: value})
            yield f"{self.name}.{key}", parts, at_key
        name = f"n{self.depth}"
        if isinstance(self.view.rest, dict):
            yield self.name + ".*", [self.view.rest], lambda value: self.wrap({name: value})
        if self.view.items is not None:
            yield self.name + "[]", [self.view.items], lambda value: self.wrap([value])


def places():
    """Each object and list of the schema, once, where a file meets it first."""
    seen, found = set(), []
    todo = [Place(view, "", 0, lambda value: value) for view in views(SCHEMA)]
    while todo:
        place = todo.pop(0)
        # A part without a name of its own is known by where it stands.
        known = (place.view.name if place.view.name[:1] not in ("", "[") else
                 (place.name, place.view.name))
        if known in seen or not (place.view.is_object or place.view.items is not None):
            continue
        seen.add(known)
        found.append(place)
        for name, parts, wrap in place.inner():
            for part in parts:
                todo += [Place(view, name, place.depth + 1, wrap) for view in views(part)]
    return found
