"""The events of a state file as a hash chain: each one's hash covers the one before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.run.canonical import canonical, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

START = sha256("minusnow-setup state file, version 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One event as it is kept; its hash covers everything here and the output before it."""

    seq: int
    run: int
    time: str
    kind: str
    host: str
    task: str
    body: str  # canonical JSON of the event's own fields
    output_lines: int  # lines of output since the event before
    output_sha256: str  # over those lines, see OutputDigest; "" without any
    previous_hash: str
    stored_hash: str = ""  # what the file says

    def hash(self) -> str:
        """Return the SHA-256 over all other fields."""
        return sha256(canonical({name: getattr(self, name) for name in COLUMNS}))


COLUMNS = tuple(name for name in Link.__slots__ if name != "stored_hash")


class OutputDigest:
    """A digest over lines of output, in their order."""

    def __init__(self) -> None:
        self.lines = 0
        self._sha256 = hashlib.sha256()

    def add(self, *row: str) -> None:
        """Add one line: its time, host, task, resource, stream and text."""
        self.lines += 1
        self._sha256.update(("\x1f".join(row) + "\x1e").encode())

    def hash(self) -> str:
        """Return the SHA-256 over all lines, "" without any."""
        return self._sha256.hexdigest() if self.lines else ""


def body_of(event: Mapping[str, object]) -> str:
    """Return the canonical JSON of what an event says beyond kind, time, host and task."""
    return canonical({k: v for k, v in event.items() if k not in {"kind", "time", "host", "task"}})
