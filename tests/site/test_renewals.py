"""When a licence that comes to its end is pointed out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.site.example import site
from wizard.site.renewals import due, renewals

_TODAY = date(2026, 11, 24)
_AT = "licensing.components.database"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (91, ""),
        (90, "within 90 days"),
        (31, "within 90 days"),
        (30, "within 30 days"),
        (8, "within 30 days"),
        (7, "within 7 days"),
        (0, "within 7 days"),
        (-1, "ended on 2026-11-23"),
    ],
)
def test_a_renewal_is_warned_of_in_three_steps(left: int, words: str) -> None:
    """90, 30 and 7 days ahead, and once the day is over."""
    told = due(_TODAY + timedelta(days=left), _TODAY)
    assert told.endswith(words)
    assert bool(told) == bool(words)


def test_the_next_one_comes_first_with_its_owner() -> None:
    """Only licences that come to their end are told of."""
    found = renewals(
        site(
            {
                f"{_AT}.renewal": "2026-12-20",
                f"{_AT}.owner": "Jane",
                "licensing.components.certificates.renewal": "2026-11-20",
                "licensing.components.load_balancer.renewal": "2028-01-01",
            }
        ),
        _TODAY,
    )
    assert [one.component for one in found] == ["certificates", "database"]
    assert [one.ended for one in found] == [True, False]
    assert found[1].sentence == (
        "licence of database: to be renewed on 2026-12-20, within 30 days (Jane)"
    )


def test_minusnows_own_licence_is_warned_of_as_the_others_are() -> None:
    """By its name, in its turn, with its owner."""
    own = {"licensing.minusnow": {"renewal": "2026-11-30", "owner": "Ana"}}
    found = renewals(site({**own, f"{_AT}.renewal": "2026-12-20"}), _TODAY)
    assert [one.component for one in found] == ["MinusNow", "database"]
    assert found[0].sentence == (
        "licence of MinusNow: to be renewed on 2026-11-30, within 7 days (Ana)"
    )
    assert not renewals(site({"licensing.minusnow": {"vendor": "MinusNow"}}), _TODAY)
