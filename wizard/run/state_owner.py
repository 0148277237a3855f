"""One run at a time: who works with a state file, since when and from where."""

from __future__ import annotations

import fcntl
import getpass
import os
import platform
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import StateError

if TYPE_CHECKING:
    import sqlite3


_ANCESTORS = 20  # processes between us and the login at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process that works with a state file."""

    pid: int
    machine: str
    boot_id: str
    since: str  # UTC
    operator: str
    ssh_client: str

    def __str__(self) -> str:
        origin = f" from {self.ssh_client}" if self.ssh_client else ""
        return f"{self.operator}{origin} on {self.machine} (process {self.pid}) since {self.since}"


def this_process() -> Owner:
    """Return who we are, as another installer would be told."""
    try:
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot_id = ""
    return Owner(
        pid=os.getpid(),
        machine=platform.node(),
        boot_id=boot_id,
        since=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        operator=login(),
        ssh_client=ssh_client(),
    )


def login() -> str:
    """Return the person's login, also behind sudo."""
    name = os.environ.get("SUDO_USER", "")
    if not name:
        with suppress(KeyError, OSError):
            name = getpass.getuser()
    return name or f"uid {os.getuid()}"


def person() -> str:
    """Return who works here, with the address they come from, as the record names them."""
    client = ssh_client()
    return f"{login()}@{client}" if client else login()


def ssh_client() -> str:
    """Return the address that the person's session comes from, "" at the console; also behind sudo.

    sudo takes it out of the environment, but the shell it was called from still has it.
    """
    said = os.environ.get("SSH_CLIENT") or os.environ.get("SSH_CONNECTION") or ""
    if not said and "SUDO_USER" in os.environ:
        said = _ancestors_ssh_client(os.getpid())
    return said.split(" ")[0]


def _ancestors_ssh_client(pid: int) -> str:
    """Return SSH_CLIENT of the nearest process above that has it, "" if none can be read."""
    for _ in range(_ANCESTORS):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            pid = int(stat.rpartition(")")[2].split()[1])
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except (OSError, ValueError, IndexError):
            return ""
        for entry in environment.split(b"\0"):
            name, _, value = entry.partition(b"=")
            if name == b"SSH_CLIENT":
                return value.decode("ascii", "replace")
    return ""


def process_start(pid: int) -> int | None:
    """Return when a process of this machine began, in clock ticks since boot; None: it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name in parentheses may hold anything
    return None if fields[0] in "ZX" else int(fields[19])  # proc(5): (22) starttime


def still_runs(machine: str, boot_id: str, pid: int, started: int) -> bool | None:
    """Return whether that process runs; None if it cannot be told from here.

    With another boot id it may be this machine before it was started again, or another one of the
    same name, on which it may well run.
    """
    we = this_process()
    if (machine, boot_id) != (we.machine, we.boot_id):
        return None
    return process_start(pid) == started


class RunLock:
    """The lock beside the state file, `FILE.lock`; the kernel frees it when its holder dies."""

    def __init__(self, state: Path) -> None:
        self.path = state.with_name(state.name + ".lock")
        self._descriptor = -1

    def acquire(self) -> bool:
        """Take the lock; False if a living process of this machine holds it. Raises OSError."""
        while True:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self.path, flags, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            except OSError:
                os.close(descriptor)
                raise
            # The holder before us removes the file as it lets go: then ours has no name any more.
            with suppress(FileNotFoundError):
                if self.path.stat().st_ino == os.fstat(descriptor).st_ino:
                    self._descriptor = descriptor
                    return True
            os.close(descriptor)

    def release(self) -> None:
        """Let go and remove the lock file."""
        if self._descriptor >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1


def lock_is_held(state: Path) -> bool | None:
    """Return whether a living process of this machine works with a state file; None: unknown."""
    holders = _holders(state)
    return None if holders is None else bool(holders)


def holder(state: Path) -> str:
    """Return the process of this machine that works with a state file, "" if there is none.

    It may be amid a write, so that who it is cannot be read from the file itself.
    """
    return "".join(f"process {pid} of this machine" for pid in (_holders(state) or ())[:1])


def _holders(state: Path) -> list[str] | None:
    """Return the numbers of the processes that hold the lock; None: unknown.

    The kernel is asked in a way that needs no rights and is in nobody's way: trying the lock would
    make a run that begins at that moment believe that the file is in use.
    """
    try:
        inode = RunLock(state).path.stat().st_ino
    except FileNotFoundError:
        return []
    except OSError:
        return None
    try:
        locks = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # proc(5): `1: FLOCK  ADVISORY  WRITE 1234 fd:00:2646191 0 EOF`
    fields = [line.split() for line in locks.splitlines()]
    return [
        each[4]
        for each in fields
        if each[1:2] == ["FLOCK"] and each[-3].rpartition(":")[2] == str(inode)
    ]


def read_owner(connection: sqlite3.Connection) -> Owner | None:
    """Return who works with the file, or did when its machine went down."""
    row = connection.execute(
        "SELECT pid, machine, boot_id, since, operator, ssh_client FROM owner"
    ).fetchone()
    if row is None:
        return None
    pid, *texts = row
    machine, boot_id, since, operator, client = map(str, texts)
    return Owner(
        pid=pid if isinstance(pid, int) else 0,
        machine=machine,
        boot_id=boot_id,
        since=since,
        operator=operator,
        ssh_client=client,
    )


def claim(connection: sqlite3.Connection, path: Path, *, take_over: bool) -> None:
    """Write down that this process works with the file; the lock must be held.

    Raises: StateError if a process of another machine may still work with it.
    """
    owner, we = read_owner(connection), this_process()
    # On this machine the lock has just proven that the earlier process is gone.
    if owner and owner.machine != we.machine and not take_over:
        raise StateError(
            f"{path} is in use by {owner}",
            remedy="If that run is certainly over, take the file over with --take-over.",
        )
    connection.execute(
        "INSERT OR REPLACE INTO owner VALUES"
        " (1, :pid, :machine, :boot_id, :since, :operator, :ssh_client)",
        asdict(we),
    )


def disclaim(connection: sqlite3.Connection) -> None:
    """Write down that nobody works with the file."""
    connection.execute("DELETE FROM owner")
