"""The switch and the cable of each practice host."""

import contextlib
import os
import shutil
import signal
from pathlib import Path

from wizard.errors import PracticeError
from wizard.practice.cgroup import host_group
from wizard.practice.directory import FleetDirectory, fleet_directory
from wizard.practice.fleet import KNOWN, PracticeHost
from wizard.practice.launch import launch
from wizard.practice.network import set_link
from wizard.practice.readiness import wait_until_ready
from wizard.practice.record import read_record

DYING_SECONDS = 15.0
READY_SECONDS = 90.0


def power_cut(host: str, directory: FleetDirectory | None = None) -> None:
    """End a host as a power cut does: every process at once, nothing said to any of them.

    The disk keeps what was on it, for ``power_on``.

    Raises:
        PracticeError: a process of the host does not go away.
    """
    place = directory or fleet_directory()
    record = read_record(place.host(host))
    if record is not None and record.alive:
        # Its own session's leader since setsid: the group's id is its process id.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(record.pid, signal.SIGKILL)
    group = host_group(place, host)
    group.kill()
    if not group.wait_until_empty(DYING_SECONDS):
        raise PracticeError(
            f"Processes {sorted(group.process_ids())} were killed and are still there.",
            remedy="They wait for the kernel; look at 'dmesg', then run 'practice down' again.",
            host=host,
        )
    group.remove()


def power_on(host: str, directory: FleetDirectory | None = None, *, wait: bool = True) -> None:
    """Switch a host on again with the disk it has, and wait until it is up.

    Args:
        host: its name.
        directory: the fleet's directory.
        wait: return only when the host answers and its systemd has finished booting.

    Raises:
        PracticeError: the host was never started, or does not come up.
    """
    place = directory or fleet_directory()
    known = known_host(host)
    record = read_record(place.host(host))
    if record is None:
        raise PracticeError(
            "This host has no disk: it was never started.",
            remedy="Start it with: minusnow-setup practice up",
            host=host,
        )
    if not record.alive:
        power_cut(host, place)
        shutil.rmtree(place.host(host).path / host, ignore_errors=True)
        launch(place, known, image=Path(record.image), mirror=place.mirror.resolve())
    if wait:
        wait_until_ready(place, (known,), READY_SECONDS)


def cable(host: str, *, up: bool, directory: FleetDirectory | None = None) -> None:
    """Pull the host's network cable, or plug it in again.

    Raises:
        PracticeError: the host has no link, because it is not running.
    """
    set_link(directory or fleet_directory(), known_host(host), up=up)


def known_host(name: str) -> PracticeHost:
    """The practice host of that name.

    Raises:
        PracticeError: there is none.
    """
    try:
        return KNOWN[name]
    except KeyError:
        raise PracticeError(
            f"The practice fleet has no host '{name}'.",
            remedy=f"Its hosts are {', '.join(KNOWN.names)}.",
        ) from None
