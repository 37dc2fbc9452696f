"""Writing workflows: what explain, check, new and preview say and do, with the real program."""

import json

from world import contains, equal, main


def pages(world):
    listed = world.pawl("explain", "--json")
    equal(listed.code, 0)
    return [json.loads(line) for line in listed.out.splitlines()]


# ---- explain -----------------------------------------------------------------------------------

def test_explain_lists(world):
    """pawl explain lists every code with a line, -q the codes alone"""
    listed = world.pawl("explain")
    equal(listed.code, 0)
    for page in pages(world):
        contains(listed.out, f"  {page['code']} ")
        contains(listed.out, page["summary"])
        equal(page["v"], 1)
    equal(world.pawl("explain", "-q").out.splitlines(), [page["code"] for page in pages(world)])


def test_explain_pasted(world):
    """a code can be pasted as the message shows it"""
    equal(world.pawl("explain", "error[unknown-key]"), world.pawl("explain", "unknown-key"))


def test_explain_mistyped(world):
    """a code that does not exist is answered with the nearest one"""
    done = world.pawl("explain", "unknown-kye")
    equal(done, (2, "", "error: there is no code 'unknown-kye'\n"
                        "  did you mean: unknown-key\n  pawl explain\n"))


def test_failures_fail_as_they_say(world):
    """the examples of a failure's page fail with that kind, and succeed when mended"""
    shown = [page for page in pages(world) if page["severity"] == "failure" and page["wrong"]]
    assert len(shown) >= 7, shown
    for page in shown:
        wrong = world.pawl("run", world.write(page["code"] + "-wrong.yaml", page["wrong"]))
        equal(wrong.code, 1)
        failed = [step for step in world.show()["steps"] if step["state"] == "failed"]
        equal([step["error"]["kind"] for step in failed], [page["code"]])
        right = world.pawl("run", world.write(page["code"] + "-right.yaml", page["right"]))
        equal((page["code"], right.code), (page["code"], 0))


if __name__ == "__main__":
    main(__name__)
