"""kill -9 while runs get an owner, change it or lose it."""

from crash_points import kill_at, points_of
from world import main


def test_owning(world):
    """killed while runs come, go, or are taken over: another worker finishes"""
    kill_at(world, points_of("worker.", "claim.", "takeover."))


if __name__ == "__main__":
    main(__name__)
