"""The schemas of schemas/cli, and what the tests of records need of them."""

import copy
import json
import os

import jsonschema

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FOLDER = os.path.join(ROOT, "schemas", "cli")


def load():
    """By kind of record."""
    found = {}
    for name in sorted(os.listdir(FOLDER)):
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            found[name.removesuffix(".json")] = json.load(file)
    return found


def parts(schema, path=""):
    """The schema and all in it, each with its path: "", ".steps[]", ".steps[].error"."""
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from parts(part, f"{path}.{name}")
    if "items" in schema:
        yield from parts(schema["items"], path + "[]")


def closed(schema):
    """The same, but a property that it does not name is refused."""
    schema = copy.deepcopy(schema)
    for _, part in parts(schema):
        if "properties" in part:
            part.setdefault("additionalProperties", False)
    return schema


def properties(schema):
    """The paths of all properties that it names."""
    return {f"{path}.{name}" for path, part in parts(schema) for name in part.get("properties", {})}


def printed(schema, value, path=""):
    """The paths of those that `value` has."""
    found = set()
    if isinstance(value, list):
        for item in value:
            found |= printed(schema.get("items", {}), item, path + "[]")
    elif isinstance(value, dict):
        for name, part in schema.get("properties", {}).items():
            if name in value:
                found.add(f"{path}.{name}")
                found |= printed(part, value[name], f"{path}.{name}")
    return found


def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def mistakes(schema, record):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in validator(schema).iter_errors(record)]


def with_new_fields(schema, value):
    """A record of a later build: wherever a schema names properties, there is one more."""
    if isinstance(value, list):
        return [with_new_fields(schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict) or "properties" not in schema:
        return value
    later = {name: with_new_fields(schema["properties"].get(name, {}), member)
             for name, member in value.items()}
    later["of_a_later_build"] = {"any": ["thing"]}
    return later


def required(schema, value):
    """What a consumer of version 1 reads: the required fields and nothing else."""
    if isinstance(value, list):
        return [required(schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict) or "properties" not in schema:
        return value
    return {name: required(schema["properties"][name], value[name]) for name in schema["required"]}
