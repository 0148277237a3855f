"""The practice fleet and one operator's place on it, for the parts that need real hosts."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.bench.measured_process import Measured, measured
from tests.fleet.workplace import PROGRAM, Workplace
from wizard.practice.directory import FleetDirectory, fleet_directory
from wizard.practice.fleet import REFERENCE
from wizard.practice.lifecycle import bring_up
from wizard.practice.namespace import entered
from wizard.practice.release import build_release
from wizard.practice.site_file import site_text

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Ground:
    """The fleet, whose network this process is on, and where the site file and keyring are."""

    directory: FleetDirectory
    place: Workplace

    def make_bare(self) -> None:
        """Make all hosts anew, nothing installed."""
        bring_up(self.directory, REFERENCE, fresh=True)
        self.place.state.unlink(missing_ok=True)

    def apply(self) -> Measured:
        """Run `minusnow-setup apply` as a program, events in JSON; the drills are left out."""
        place = self.place
        return measured(
            [
                PROGRAM,
                *("apply", str(place.site_file), "--state", str(place.state)),
                *("--yes", "--json", "--drills=never"),
                f"--keyring-file={place.keyring}",
                f"--keyring-passphrase-file={place.passphrase_file}",
            ],
            seconds=INSTALL_SECONDS,
            env={"PATH": os.environ["PATH"], "HOME": str(place.folder), "LANG": "C.UTF-8"},
        )


@contextmanager
def ground() -> Iterator[Ground]:
    """Give the fleet, up and reachable; what was installed on it by others may be anything."""
    directory = fleet_directory()
    bring_up(directory, REFERENCE)
    build_release(directory.release)
    folder = directory.path / "bench"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    place = Workplace(folder)
    if not place.keyring.exists():
        place.furnish(site_text(directory))
    place.site_file.write_text(site_text(directory))
    with entered(directory):
        yield Ground(directory, place)


def events(run: Measured, kind: str) -> list[dict[str, Any]]:
    """Return the events of one kind that a run told."""
    told = [json.loads(line) for line in run.out.splitlines() if line.startswith("{")]
    return [event for event in told if event["kind"] == kind]


def finished(run: Measured) -> dict[str, Any]:
    """Return how carrying out the plan ended; AssertionError with the run's last words if badly."""
    ends = events(run, "run-finished")
    failures = [json.dumps(event) for event in events(run, "task-failed")]
    assert run.status == 0, "\n".join(
        [f"apply ended with {run.status}", *failures, run.out[-3000:]]
    )
    return ends[-1]
