"""The contract of an idempotent building block.

A resource is what should be true of one host. Its `look` is shell that prints what is there and
changes nothing; its `change` is a pure function from what was printed to what would have to be
done, or None. Plan, apply, skip, verify and drift detection are all made of these two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.vault.secret import Secrets
    from wizard.vault.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A local file that has to be on the host before the script of a change runs."""

    source: Path
    destination: str
    sha256: str
    mode: int = 0o600
    owner: str = "root:root"
    size: int = 0  # bytes, 0 if nobody has looked


BY_OTHERS = "by others"  # in the place of when we wrote a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one resource would change, to be shown before and run after consent."""

    resource: str  # the resource's key
    summary: str  # one line for people: "create file /etc/redis/redis.conf (0640 root:redis)"
    # bash, run as root with `set -euo pipefail`, each change in a subshell of its own; only those
    # with a PlacingScript share one.
    script: Text
    diff: str = ""  # unified diff with secrets masked, or ""
    uploads: tuple[Upload, ...] = ()
    timeout: float = 120.0  # seconds for the whole change
    silence: float | None = None  # seconds without output before it counts as hung
    waiting_for: str = ""  # "apt-get install (dpkg lock, postgresql-15)"; default: the resource key
    # When we wrote the file that somebody has edited by hand since (UTC), BY_OTHERS if we never did
    # and it is somebody's work, "" if it is nobody's: it is replaced only with a person's consent.
    edited: str = ""
    detached: bool = False  # long work that must outlive the connection: runs as a unit of its own


class Resource(Protocol):
    """Something that should be true of one host."""

    @property
    def key(self) -> str:
        """Its kind and name, unique on the host: `file /etc/redis/redis.conf`."""

    def look(self) -> str:
        """Return shell (bash, root) that prints what is there; it must not change anything.

        It runs in a subshell with `set +e`, standard input closed and standard error dropped.
        """

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Return what would have to be done given what `look` printed, None if nothing.

        Pure. Raises RefusedOnHost if going on would overwrite something of value.
        """
