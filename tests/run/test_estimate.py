"""How long a run will still take."""

from __future__ import annotations

import pytest

from wizard.run.estimate import Todo, Took, expected, left, remaining


def todo(name: str, seconds: float, *after: str) -> Todo:
    """Return a step from `step@host`."""
    host = name.partition("@")[2]
    return Todo(id=name, host=host, after=frozenset(after), seconds=seconds)


def test_hosts_work_side_by_side_and_each_does_one_step_at_a_time() -> None:
    """The longest host decides."""
    steps = [todo("one@a", 10), todo("two@a", 5), todo("one@b", 12)]
    assert remaining(steps) == 15


def test_what_waits_for_another_host_starts_after_it() -> None:
    """A chain over hosts adds up; what is done already costs nothing."""
    steps = [todo("one@a", 10), todo("two@b", 5, "one@a", "gone@c"), todo("three@b", 1)]
    assert remaining(steps) == 15
    assert remaining(steps, {"one@a"}) == 6


def test_nothing_left_takes_no_time() -> None:
    """An empty list is done."""
    assert remaining([]) == 0


def test_earlier_runs_count_more_than_a_guess() -> None:
    """The median of what was seen; otherwise the first guess."""
    seen = [Took(seconds=10), Took(seconds=400), Took(seconds=12)]
    assert expected("packages", {"packages": seen}) == 12
    assert expected("packages", {}) == 60
    assert expected("something-new", {}) > 0


def test_what_is_larger_than_it_was_takes_longer() -> None:
    """By the pace of then; a first guess counts the bytes too."""
    seen = {"release": [Took(seconds=10, size=400_000_000)]}
    assert expected("release", seen, 400_000_000) == 10
    assert expected("release", seen, 800_000_000) == 20
    assert 1 <= expected("release", seen, 1) < 10
    assert expected("release", {}, 600_000_000) > expected("release", {}, 0) + 20


@pytest.mark.parametrize(
    ("full", "took", "share", "share_took", "wanted"),
    [
        (10, 4, 0.0, 0, 6),
        (10, 30, 0.0, 0, 1),  # longer than ever: nobody knows, soon
        (10, 4, 0.25, 4, 12),  # a quarter took four seconds
        (10, 4, 0.99, 4, 6),  # sent, and as much to do as ever
        (10, 1, 0.01, 1, 9),  # too early to tell
    ],
)
def test_a_step_that_says_how_far_it_is_is_believed(
    full: float, took: float, share: float, share_took: float, wanted: float
) -> None:
    """Its own pace counts if it is the slower one."""
    assert left(full, took, share=share, share_took=share_took) == pytest.approx(wanted)
