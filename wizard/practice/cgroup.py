"""The control group of each practice host: holds all its processes and can end them at once.

Without a group of its own, every container's systemd would manage the same one.
"""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from wizard.practice.directory import FleetDirectory

MOUNTS = Path("/sys/fs/cgroup")
POLL = 0.05


@dataclass(frozen=True)
class HostGroup:
    """One host's directory in each hierarchy that systemd uses."""

    unified: Path
    named: Path | None
    """In systemd's own version 1 hierarchy, where this machine still has one."""

    @property
    def directories(self) -> tuple[Path, ...]:
        """The directories, unified first."""
        return (self.unified, self.named) if self.named else (self.unified,)

    def create(self) -> None:
        """Make the group in every hierarchy."""
        for directory in self.directories:
            directory.mkdir(parents=True, exist_ok=True)

    def process_ids(self) -> set[int]:
        """Every process of the host, those of its own services included."""
        found: set[int] = set()
        for listing in (self.unified / "cgroup.procs", *self.unified.rglob("cgroup.procs")):
            with contextlib.suppress(OSError):
                found.update(int(line) for line in listing.read_text().split())
        return found - {0}

    def kill(self) -> None:
        """End every process of the host at once, as a power cut would."""
        with contextlib.suppress(FileNotFoundError):
            (self.unified / "cgroup.kill").write_text("1")

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until no process is left; false when the time is over."""
        deadline = time.monotonic() + seconds
        while self.process_ids():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL)
        return True

    def remove(self) -> None:
        """Remove the empty group."""
        for top in self.directories:
            below = (path for path in top.rglob("*") if path.is_dir())
            for directory in (*sorted(below, reverse=True), top):
                with contextlib.suppress(OSError):
                    directory.rmdir()


def host_group(directory: FleetDirectory, host: str) -> HostGroup:
    """The control group of one host of the fleet."""
    place = Path(directory.name, host)
    if (MOUNTS / "cgroup.controllers").exists():
        return HostGroup(MOUNTS / place, None)
    named = MOUNTS / "systemd"
    return HostGroup(MOUNTS / "unified" / place, named / place if named.is_dir() else None)
