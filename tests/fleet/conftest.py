"""The practice fleet for the tests on real hosts: brought up once, entered while they run."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.detector import Detector
from tests.fleet.canaries import CANARIES, leak_canaries
from tests.fleet.leaks import ProcessWatch
from tests.fleet.workplace import Ended, Workplace
from wizard.practice.apt_sources import machine_sources
from wizard.practice.directory import FleetDirectory, fleet_directory
from wizard.practice.fleet import KNOWN, REFERENCE, Fleet, Kind
from wizard.practice.images import obtain_images
from wizard.practice.lifecycle import bring_up
from wizard.practice.namespace import entered
from wizard.practice.power import power_cut
from wizard.practice.readiness import on_host, ssh_command
from wizard.practice.release import build_release
from wizard.practice.site_file import site_text
from wizard.site.file import load
from wizard.site.model import Site

# A busy host may let a connection run out of time before anything was asked of it.
TRIES, NOT_CONNECTED = 3, 255

MACHINES = tuple(host.name for host in REFERENCE.hosts if host.kind is Kind.MACHINE)


@dataclass
class RunningFleet:
    """The fleet under the tests; this process is on its network."""

    directory: FleetDirectory
    unbuilt_release: Path
    bare: bool = field(default=False, init=False)
    """Whether the hosts are as they came from their images."""

    def run(
        self, host: str, script: str, *, seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell script on a host as the operator, by plain OpenSSH."""
        return on_host(self.directory, KNOWN[host], script, seconds=seconds)

    def read(self, host: str, script: str, *, seconds: float = 120) -> bytes:
        """Return what root's shell script writes on a host, byte for byte."""
        command = ssh_command(self.directory, KNOWN[host], "sudo", "sh", "-s")
        for _ in range(TRIES):
            done = subprocess.run(
                command, input=script.encode(), capture_output=True, timeout=seconds, check=False
            )
            if done.returncode != NOT_CONNECTED or b"timed out" not in done.stderr:
                break
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    def bring_up(self, fleet: Fleet = REFERENCE, *, fresh: bool = False) -> None:
        """Repair the fleet, or make its hosts anew."""
        bring_up(self.directory, fleet, fresh=fresh, report=print)

    def make_bare(self, fleet: Fleet = REFERENCE) -> None:
        """Make hosts on which nothing was installed yet, unless they are that already."""
        self.bring_up(fleet, fresh=not self.bare)
        self.bare = True

    def remake(self, *names: str) -> None:
        """Throw single hosts away and make them anew."""
        for name in names:
            power_cut(name, self.directory)
            shutil.rmtree(self.directory.host(name).path)
        self.bring_up()


@pytest.fixture(scope="package")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFleet]:
    """The eight hosts, whatever was left of an earlier fleet; healthy ones are kept as they are."""
    if os.geteuid() != 0:
        pytest.skip("the practice fleet needs root")
    directory = fleet_directory()
    bring_up(directory, REFERENCE, report=print)
    # Built now: from inside the fleet's network no package source can be reached.
    obtain_images(directory, machine_sources(), print, external_storage=True)
    build_release(directory.release, on_progress=print)
    unbuilt = tmp_path_factory.mktemp("unbuilt") / "minusnow-1.5.0.tar.gz"
    build_release(unbuilt, version="1.5.0", built=False, on_progress=print)
    with entered(directory):
        yield RunningFleet(directory, unbuilt)


@pytest.fixture(scope="module")
def fresh_fleet(fleet: RunningFleet) -> RunningFleet:
    """The eight hosts as they come from their images, nothing installed."""
    fleet.bare = False
    fleet.bring_up(fresh=True)
    return fleet


@dataclass(frozen=True)
class FirstInstall:
    """The first installation of the reference site, which later tests go on from."""

    place: Workplace
    site: Site
    watch: ProcessWatch
    """Over since the installation's end."""
    detector: Detector
    ended: Ended


@pytest.fixture(scope="package")
def first_install(fleet: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> FirstInstall:
    """The reference site installed on bare hosts, all processes watched; it may have failed."""
    place = Workplace(tmp_path_factory.mktemp("operator"))
    place.furnish(site_text(fleet.directory))
    fleet.make_bare()
    fleet.bare = False
    detector = Detector(
        {**place.secrets, **CANARIES, "ssh_key": fleet.directory.key_file.read_text()}
    )
    with ProcessWatch(fleet.directory, detector, MACHINES) as watch:
        ended = place.apply()
        leak_canaries(fleet.directory, watch)
    return FirstInstall(place, load(place.site_file).site, watch, detector, ended)


@pytest.fixture
def installed(first_install: FirstInstall) -> FirstInstall:
    """The same, and it went well."""
    assert first_install.ended.status == 0, first_install.ended.told()
    return first_install


@pytest.fixture
def workplace(fleet: RunningFleet, tmp_path: Path) -> Workplace:
    """The files of one operator who is about to install the reference site, and its secrets."""
    place = Workplace(tmp_path)
    place.furnish(site_text(fleet.directory))
    return place
