"""kill -9 around every attempt: it is lost, and its step runs again."""

from crash_points import kill_at, points_of
from world import main


def test_attempts(world):
    """killed around an attempt: it is lost, and the next one has its key"""
    kill_at(world, points_of("attempt."))


if __name__ == "__main__":
    main(__name__)
