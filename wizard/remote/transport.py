"""What the engine needs of a way to reach a host; ssh.py is the real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

Stream = Literal["out", "err"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a script ended: its exit status and what it wrote."""

    status: int
    out: str  # standard output, whole
    err: str  # standard error, its last 64 KiB


# The status of a job that was not started: one of its name with another script ran until now.
ANOTHER_ENDED = 76


class Transport(Protocol):
    """One open way to one host, kept for the whole run; safe to use from several threads."""

    @property
    def host(self) -> str:
        """The host's name in the site file."""

    @property
    def trips(self) -> int:
        """How many requests were sent and waited for since the connection was opened."""

    def run(
        self,
        script: str,
        *,
        waiting_for: str,
        timeout: float,
        silence: float | None = None,
        root: bool = True,
        on_line: Callable[[Stream, str], None] | None = None,
        job: str | None = None,
    ) -> Result:
        """Run a bash script that travels over standard input; return how it ended.

        A non-zero status is returned, not raised. `timeout` and `silence` are seconds (whole run;
        without a byte heard). With `job` the script is a detached unit of that name on the host:
        a lost connection does not end it, and running the same job again attaches to it.

        Raises: ConnectionLost, CommandSilent (naming `waiting_for`), Cancelled.
        """

    def upload(
        self,
        source: Path | bytes,
        destination: str,
        *,
        mode: int = 0o600,
        owner: str = "root:root",
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Place a file on the host atomically, as root; its SHA-256 is compared before the rename.

        Raises: ConnectionLost, CommandFailed, Cancelled.
        """

    def forward(self, address: str, port: int) -> AbstractContextManager[tuple[str, int]]:
        """Give a local (address, port) that leads to (address, port) as seen from the host.

        Raises: ConnectionLost, also in the place of what fails in the block because of it.
        """

    def abort(self) -> None:
        """End what is running on the host now (its whole process group); from any thread."""

    def at_close(self, script: str) -> None:
        """Have a script run on the host, as root, when the connection is ended in order.

        Also after a cancellation, but not once the connection is lost; it says nothing and
        nobody hears whether it failed.
        """

    def close(self) -> None:
        """End the connection."""
