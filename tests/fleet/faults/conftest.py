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
    """Have tests that go on from the first installation run right after its own.

    Without those they come before all others on the fleet: these begin with bare hosts.
    """
    mine = [item for item in items if _goes_on(item)]
    others = [item for item in items if not _goes_on(item)]
    first = [place for place, item in enumerate(others, 1) if FIRST in item.nodeid]
    fleet = [place for place, item in enumerate(others) if item.get_closest_marker("fleet")]
    place = max(first, default=min(fleet, default=len(others)))
    items[:] = [*others[:place], *mine, *others[place:]]


def _goes_on(item: pytest.Item) -> bool:
    return "first_install" in getattr(item, "fixturenames", ()) and FIRST not in item.nodeid
