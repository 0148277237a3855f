"""The site that the faults are tried on: the reference site, with somebody's work in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.standing import Standing
from tests.fleet.person import Person

if TYPE_CHECKING:
    from tests.fleet.conftest import FirstInstall, RunningFleet

FIRST = "test_first_install.py"


@pytest.fixture(scope="package")
def standing(fleet: RunningFleet, first_install: FirstInstall) -> Standing:
    """The installed site; a person has a ticket and a file in it."""
    assert first_install.ended.status == 0, first_install.ended.told()
    person = Person(first_install.site, first_install.place.secrets["ca_certificate"])
    person.begin("before anything went wrong")
    return Standing(fleet, first_install.place, first_install.site, person)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have these tests run right after those of the installation that they go on from."""
    mine = [item for item in items if "standing" in getattr(item, "fixturenames", ())]
    others = [item for item in items if item not in mine]
    places = [
        place
        for place, item in enumerate(others, 1)
        if "first_install" in getattr(item, "fixturenames", ()) and FIRST in item.nodeid
    ]
    place = max(places, default=0)
    if places:
        items[:] = [*others[:place], *mine, *others[place:]]
