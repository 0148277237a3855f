"""The last look at the installed site: what all the faults have left on its hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fleet.traces import leaked

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.faults.standing import Standing

pytestmark = [pytest.mark.fleet, pytest.mark.complete]


def test_no_fault_has_left_a_secret_on_any_host(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """Searched is what all runs since the first installation have left, of old values as well."""
    with faults.tried("all of these: every host and the operator's files searched") as fault:
        found = leaked(fleet, standing.place, secrets=standing.at_first, since=standing.since)
        fault.leak(f"{name} on {', '.join(sorted(places))}" for name, places in found.items())
        fault.said(
            f"{len(standing.at_first)} secrets looked for on {len(standing.site.hosts)} hosts"
        )
