"""Which versions are out of support on a day."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from tests.site.example import site
from wizard.site.application import Application
from wizard.site.database import Database
from wizard.site.support import NODE_ENDS, POSTGRESQL_ENDS, out_of_support


@pytest.mark.parametrize(
    ("changes", "today", "expected"),
    [
        ({}, date(2026, 4, 30), []),
        ({}, date(2026, 5, 1), ["node-out-of-support"]),
        ({"application.node": 24}, date(2026, 11, 23), []),
        (
            {"application.node": 22, "database.version": 14},
            date(2026, 11, 23),
            ["postgresql-out-of-support"],
        ),
    ],
)
def test_a_version_is_noted_from_the_day_after_its_end(
    changes: dict[str, object], today: date, expected: list[str]
) -> None:
    """What is asked for is installed all the same."""
    assert [one.id for one in out_of_support(site(changes), today)] == expected


def test_every_version_that_may_be_asked_for_has_an_end() -> None:
    """The tables and the models agree."""
    assert set(NODE_ENDS) == set(get_args(Application.model_fields["node"].annotation))
    assert set(POSTGRESQL_ENDS) == set(get_args(Database.model_fields["version"].annotation))
