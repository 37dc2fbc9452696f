"""The reply of a COMMIT is lost: nothing is lost and nothing is done twice."""

import os
import re

from proxy import Proxy
from torture import (WORKFLOW, check_run, finish, prepare, serve, serve_all, sql, submit,
                     until_killed)
from world import equal, main

STEPS = ["left", "right", "flaky", "long", "last"]
NTHS = range(1, 1_000) if os.environ.get("PAWL_TORTURE") else (1, 3)


def socket_of(url):
    """The Unix socket that the private PostgreSQL listens on."""
    folder = re.search(r"host=([^&]+)", url)[1].replace("%2F", "/")
    port = re.search(r"port=(\d+)", url)[1]
    return os.path.join(folder, f".s.PGSQL.{port}")


def through(world, how, nth):
    """A proxy, and the environment of a worker behind it."""
    upstream = socket_of(world.url)
    proxy = Proxy(world.folder, upstream, how, nth)
    url = world.url.replace(os.path.dirname(upstream).replace("/", "%2F"),
                            world.folder.replace("/", "%2F"))
    url = url.replace(os.path.dirname(upstream), world.folder)
    assert url != world.url, url
    return proxy, {"PAWL_DATABASE_URL": url}


def lose(world, how):
    """Each commit in turn; the worker must go on by itself."""
    for nth in NTHS:
        prepare(world, f"{how}.{nth}")
        number = submit(world, WORKFLOW)
        proxy, env = through(world, how, nth)
        worker = serve(world, "--idle-exit", "300ms", env=env)
        code = finish(worker)
        assert code == 0, worker.err
        proxy.close()
        check_run(world, number, STEPS)
        equal([attempt for (attempt,) in sql(world, f"""
            select attempt from step_instance join run_info using (run_id)
            where number = {number} and inst > 0 and path <> 'flaky' and attempt <> 1""")], [])
        if not proxy.lost.is_set():
            assert nth > 3, f"a run has only {nth - 1} commits"
            break
        if how == "late":
            assert proxy.over.wait(60), "the late statement had no answer"


def test_swallowed_reply(world):
    """F-05 the COMMIT happens and its reply is lost: found to have happened, nothing runs twice"""
    lose(world, "swallow")


def test_cut_before_the_server(world):
    """F-05 the COMMIT is lost on its way: found not to have happened, and sent again"""
    lose(world, "cut")


def test_late_statement(world):
    """F-05 the COMMIT arrives after its sender has settled: refused, its number was burnt"""
    lose(world, "late")


def test_killed_between_sending_and_reading(world):
    """F-05 kill -9 while COMMIT is in flight: the next worker goes on from what the rows say"""
    prepare(world, "test_killed_between_sending_and_reading")
    number = submit(world, WORKFLOW)
    for _ in range(3):
        until_killed(serve(world, crash="journal.sent:2"))
    serve_all(world)
    check_run(world, number, STEPS)


def test_killed_after_settling(world):
    """killed when the fate of a lost reply is known and nothing was made of it yet"""
    for how in ("swallow", "cut"):
        prepare(world, f"settled.{how}")
        number = submit(world, WORKFLOW)
        proxy, env = through(world, how, 2)
        until_killed(serve(world, crash="journal.settled", env=env))
        proxy.close()
        serve_all(world)
        check_run(world, number, STEPS)


if __name__ == "__main__":
    main(__name__)
