"""What the practice fleet is doing right now."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from wizard.errors import PracticeError
from wizard.practice.cgroup import host_group
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import KNOWN, PracticeHost
from wizard.practice.namespace import inside
from wizard.practice.readiness import answers
from wizard.practice.record import read_record

MIB = 1024 * 1024
BLOCK = 512
"""Bytes in a block of ``st_blocks`` (stat(2))."""


@dataclass(frozen=True)
class HostStatus:
    """One host as it is now."""

    host: PracticeHost
    state: str
    """``up``, ``silent`` (running, no answer), ``off`` or ``not made``."""
    memory: int
    """Bytes this machine holds for it."""
    disk: int
    """Bytes its disk takes here, beyond the image it is based on."""


def fleet_status(directory: FleetDirectory) -> tuple[HostStatus, ...]:
    """Look at every known host."""
    return tuple(
        HostStatus(
            host,
            _state(directory, host),
            _memory(host_group(directory, host.name).process_ids()),
            disk_use(directory.host(host.name).path),
        )
        for host in KNOWN.hosts
    )


def _state(directory: FleetDirectory, host: PracticeHost) -> str:
    record = read_record(directory.host(host.name))
    if record is None:
        return "not made"
    if not record.alive:
        return "off"
    with contextlib.suppress(PracticeError):
        if inside(directory, lambda: answers(host)):
            return "up"
    return "silent"


def _memory(pids: set[int]) -> int:
    """The processes' memory, what they share counted once (Pss, proc(5))."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def disk_use(path: Path) -> int:
    """Bytes that a directory takes on the disk; holes in files take none."""
    total = 0
    for found in path.rglob("*"):
        with contextlib.suppress(OSError):
            total += found.lstat().st_blocks * BLOCK
    return total


def status_text(directory: FleetDirectory) -> str:
    """The fleet's state as a table, one host a line."""
    lines = [f"{'HOST':<8} {'ADDRESS':<12} {'KIND':<10} {'STATE':<9} {'MEMORY':>8} {'DISK':>8}"]
    statuses = fleet_status(directory)
    lines += [
        f"{one.host.name:<8} {one.host.address!s:<12} {one.host.kind:<10} {one.state:<9} "
        f"{one.memory // MIB:>4} MiB {one.disk // MIB:>4} MiB"
        for one in statuses
    ]
    memory = sum(one.memory for one in statuses) // MIB
    lines.append(
        f"{memory} MiB of memory; {disk_use(directory.path) // MIB} MiB of disk in {directory.path}"
    )
    return "\n".join(lines)
