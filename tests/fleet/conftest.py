"""The practice fleet for the tests on real hosts: brought up once, entered while they run."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from wizard.practice.apt_sources import machine_sources
from wizard.practice.directory import FleetDirectory, fleet_directory
from wizard.practice.fleet import KNOWN, REFERENCE, Fleet
from wizard.practice.images import obtain_images
from wizard.practice.lifecycle import bring_up
from wizard.practice.namespace import entered
from wizard.practice.readiness import on_host


@dataclass(frozen=True)
class RunningFleet:
    """The fleet under the tests; this process is on its network."""

    directory: FleetDirectory

    def run(
        self, host: str, script: str, *, seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell script on a host as the operator, by plain OpenSSH."""
        return on_host(self.directory, KNOWN[host], script, seconds=seconds)

    def bring_up(self, fleet: Fleet = REFERENCE, *, fresh: bool = False) -> None:
        """Repair the fleet, or make its hosts anew."""
        bring_up(self.directory, fleet, fresh=fresh, report=print)


@pytest.fixture(scope="package")
def fleet() -> Iterator[RunningFleet]:
    """The eight hosts, whatever was left of an earlier fleet; healthy ones are kept as they are."""
    if os.geteuid() != 0:
        pytest.skip("the practice fleet needs root")
    directory = fleet_directory()
    bring_up(directory, REFERENCE, report=print)
    # Built now: from inside the fleet's network no package source can be reached.
    obtain_images(directory, machine_sources(), print, external_storage=True)
    with entered(directory):
        yield RunningFleet(directory)


@pytest.fixture(scope="module")
def fresh_fleet(fleet: RunningFleet) -> RunningFleet:
    """The eight hosts as they come from their images, nothing installed."""
    fleet.bring_up(fresh=True)
    return fleet
