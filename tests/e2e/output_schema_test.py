"""`output_schema`: what a step gives is checked on the real engine, and what reads it before."""

import json

from world import contains, equal, main

FLAKY = """
name: rows
steps:
  - id: extract
    run: |
      echo x >> tries
      if [ "$(wc -l < tries)" -lt 2 ]; then
        echo '{"files": [{"rows": 1}, {"rows": "many"}]}'
      else
        echo '{"files": [{"rows": 1}, {"rows": 2}]}'
      fi
    output: json
    retry: {max_attempts: ATTEMPTS, delay: 10ms}
    output_schema:
      type: object
      required: [files]
      properties:
        files: {type: array, items: {properties: {rows: {type: integer}}}}
  - id: double
    foreach: steps.extract.output.files
    lua: return {rows = item.rows * 2}
    output_schema: {type: object, properties: {rows: {type: integer, maximum: MOST}}}
outputs:
  doubled: ${{ steps.double.output }}
  first: ${{ steps.double.output[1].rows }}
"""


def rows(world, attempts=2, most=100):
    text = FLAKY.replace("ATTEMPTS", str(attempts)).replace("MOST", str(most))
    return world.write("rows.yaml", text)


def test_wrong_output_is_tried_again(world):
    """an output that does not fit fails its attempt, which is tried again"""
    result = world.pawl("run", rows(world), "--result")
    equal(result.code, 0)
    equal(json.loads(result.out.splitlines()[-1]),
          {"doubled": [{"rows": 2}, {"rows": 4}], "first": 2})
    equal(len(world.lines("tries")), 2)


def test_failure_says_where(world):
    """the last failure names the place in the output, and what is wanted there"""
    result = world.pawl("run", rows(world, attempts=1))
    equal(result.code, 1)
    contains(result.out + result.err,
             "output.files[2].rows: the string 'many', and output_schema wants an integer")
    contains(world.pawl("show", "last", "extract").out, "output")


def test_each_item_has_the_schema(world):
    """the schema of a foreach is that of one item, and one item fails by itself"""
    result = world.pawl("run", rows(world, most=3))
    equal(result.code, 1)
    contains(result.out + result.err, "output.rows: 4, and output_schema wants at most 3")
    equal([world.step(f"double[{item}]")["state"] for item in (1, 2)], ["succeeded", "failed"])


def test_reading_what_is_not_there(world):
    """a field that the schema does not have is found before anything runs"""
    text = FLAKY.replace("ATTEMPTS", "1").replace("MOST", "9").replace("[1].rows }}", "[1].row }}")
    checked = world.pawl("check", world.write("rows.yaml", text))
    equal(checked.code, 2)
    contains(checked.out + checked.err, "has no field 'row' in steps.double.output[1]")
    contains(checked.out + checked.err, "did you mean 'rows'?")


if __name__ == "__main__":
    main(__name__)
