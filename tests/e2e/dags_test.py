"""Real graphs of up to 16,540 tasks run in order, also when the worker is killed on the way."""

import os
import subprocess
import sys

from world import main

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
GRAPHS = os.path.join(ROOT, "..", "shared", "data", "dags")
# The release build where there is one: the size of the graphs is the point, not the sanitizer.
RELEASE = os.path.join(ROOT, "build", "release", "pawl")
PATIENCE = 900


def run_graphs(world, *options):
    binary = RELEASE if os.path.exists(RELEASE) else world.binary
    subprocess.run([binary, "db", "start"], env=world.env, check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "bench", "dag"), GRAPHS, "--pawl", binary, *options],
        env=world.env, capture_output=True, text=True, timeout=PATIENCE)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_graph_runs_in_order(world):
    """no task starts before its last parent has ended, and each runs once"""
    lines = run_graphs(world, "--mode", "noop")
    assert len(lines) == 22, lines


def test_every_graph_runs_in_order_though_its_worker_is_killed(world):
    """killed up to twice on the way, each task of each graph has exactly one end that counts"""
    lines = run_graphs(world, "--mode", "noop", "--kill", "2")
    assert len(lines) == 22, lines


def test_tasks_that_take_time_are_killed_in_the_middle(world):
    """lost attempts run again, and each task has exactly one end that counts"""
    for name in ("montage-2mass-03d", "soykb-20fastq-10ch"):
        lines = run_graphs(world, "--mode", "sleep", "--kill", "3", "--only", name)
        assert len(lines) == 1, lines


if __name__ == "__main__":
    if os.path.isdir(GRAPHS):
        main(__name__)
    elif os.environ.get("CI") == "true":
        sys.exit("the graphs of ../shared are not here")
    else:
        print("NOT RUN: e2e_dags: ../shared is not here")
