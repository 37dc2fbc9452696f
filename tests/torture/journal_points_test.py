"""kill -9 around every commit: the run ends as if nothing had happened."""

from crash_points import ELSEWHERE, kill_at, points_of
from torture import crash_points
from world import equal, main


def test_every_point_has_its_test(world):
    """no point of the table is left out"""
    covered = points_of("journal.") + points_of("attempt.")
    covered += points_of("worker.", "claim.", "takeover.")
    equal(sorted([*covered, *ELSEWHERE]), sorted(crash_points()))


def test_unknown_point(world):
    """a name that is no point is refused"""
    for text in ("nowhere", "claim.made:0", "claim.made:x", "claim.made:1:go", ""):
        refused = world.pawl("version", env={"PAWL_CRASH_AT": text})
        equal((text, refused.code), (text, 2))


def test_journal(world):
    """killed around a commit: what was decided happens once or not at all"""
    kill_at(world, points_of("journal."))


if __name__ == "__main__":
    main(__name__)
