"""What is on file about a host that was started, enough to know its process again for certain."""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from wizard.practice.directory import HostDirectory

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
STATE_FIELD = 0
START_TIME_FIELD = 19
"""Fields of /proc/PID/stat, counted after the process's name (proc(5))."""


@dataclass(frozen=True)
class Record:
    """The process that runs a host, and the image its disk is based on."""

    pid: int
    start_time: int
    """Clock ticks since this machine's boot: tells the process from a later one of the same id."""
    boot_id: str
    image: str
    """The directory of the root file system or image that the disk is based on."""

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return self.boot_id == boot_id() and start_time_of(self.pid) == self.start_time


def boot_id() -> str:
    """Identifies this boot of this machine."""
    return BOOT_ID.read_text().strip()


def start_time_of(pid: int) -> int | None:
    """A live process's start time, or nothing when there is none or it only awaits its burial."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[STATE_FIELD] in "ZX" else int(fields[START_TIME_FIELD])


def read_record(host: HostDirectory) -> Record | None:
    """The host's record, or nothing when there is no whole one."""
    with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
        return Record(**json.loads(host.record.read_text()))
    return None


def write_record(host: HostDirectory, record: Record) -> None:
    """Put the record on file in one step."""
    beside = host.record.with_suffix(".new")
    beside.write_text(json.dumps(asdict(record)))
    beside.replace(host.record)
