"""What simulated hosts write while they work, and how long real ones would take; pure.

The words are those of the real programs, so that the log and the failure card look as they will.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.remote.transport import Stream

Written = tuple["Stream", str]

# Seconds of a change on a real host, by the step it belongs to: `packages` has one that is long.
_SECONDS = {
    "packages": 40.0,
    "node": 12.0,
    "build": 30.0,
    "release": 6.0,
    "postgres": 2.0,
    "standby": 4.0,
    "migrate": 5.0,
    "mounts": 3.0,
    "firewall": 4.0,
    "service": 2.0,
}
_NO_ENTRY = (
    "pg_basebackup: error: connection to server at the primary, port 5432 failed: FATAL:  no"
    ' pg_hba.conf entry for replication connection from this host, user "replicator", SSL'
    " encryption"
)
_QUICK = 0.3  # a file, a directory, an account


def seconds(task: str, resource: str) -> float:
    """Return how long a change would take on a real host; the same whenever it is asked."""
    step = task.partition("@")[0]
    kind = resource.partition(" ")[0]
    if kind in {"file", "directory", "account", "link", "block"}:
        return _QUICK
    whole = _SECONDS.get(step, 1.0)
    # Hosts differ: 80 to 120 in a hundred, by name.
    return whole * (80 + zlib.crc32(f"{task} {resource}".encode()) % 41) / 100


def lines(task: str, resource: str, summary: str) -> Iterator[Written]:
    """Return what is written while a change is made."""
    yield "out", f"simulated: {summary}"
    kind = resource.partition(" ")[0]
    if kind == "packages":
        names = summary.removeprefix("install ").split(", ")
        yield "out", "Reading package lists..."
        yield "out", "Building dependency tree..."
        yield "out", f"0 upgraded, {len(names)} newly installed, 0 to remove."
        for name in names:
            yield "out", f"Selecting previously unselected package {name}."
            yield "out", f"Unpacking {name} ..."
        for name in names:
            yield "out", f"Setting up {name} ..."
    elif task.startswith("standby@") and kind not in {"file", "directory", "unit"}:
        yield "err", "pg_basebackup: initiating base backup, waiting for checkpoint to complete"
        for percent in range(20, 101, 20):
            yield "err", f"{24117 * percent // 100}/24117 kB ({percent}%), 0/1 tablespace"
        yield "err", "pg_basebackup: base backup completed"
    elif task.startswith("migrate@"):
        yield "out", "[✓] Pulling schema from database..."
        yield "out", "[✓] Changes applied"


def failure(task: str, resource: str) -> tuple[int, tuple[Written, ...]]:
    """Return the exit status and the last words of a change that fails."""
    kind, step = resource.partition(" ")[0], task.partition("@")[0]
    if kind == "packages":
        return 100, (
            ("out", "Err:1 http://packages.simulated.invalid/debian bookworm InRelease"),
            ("err", "E: Failed to fetch http://packages.simulated.invalid/debian/InRelease"),
            ("err", "E: Some index files failed to download."),
        )
    if step in {"standby", "streaming"}:
        return 1, (("err", _NO_ENTRY),)
    if kind == "unit":
        return 1, (("err", f"{resource.partition(' ')[2]}: bind: Address already in use"),)
    if step == "mounts":
        return 32, (("err", "mount.nfs4: Connection timed out"),)
    return 1, (("err", "write error: No space left on device"),)
