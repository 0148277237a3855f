"""How long a run will still take."""

from __future__ import annotations

from wizard.run.estimate import Todo, expected, remaining


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
    assert expected("packages", {"packages": [10, 400, 12]}) == 12
    assert expected("packages", {}) == 60
    assert expected("something-new", {}) > 0
