"""A transport to this very machine, for tests: the script runs in a bash of its own, no SSH."""

from __future__ import annotations

import subprocess
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.remote.transport import Result, Stream

if TYPE_CHECKING:
    from collections.abc import Callable


class LocalTransport:
    """Runs scripts on this machine as whoever runs the tests."""

    def __init__(self, host: str = "local") -> None:
        self._host = host
        self._trips = 0

    @property
    def host(self) -> str:
        """The name it was given."""
        return self._host

    @property
    def trips(self) -> int:
        """How many scripts were run."""
        return self._trips

    def run(
        self,
        script: str,
        *,
        waiting_for: str,  # noqa: ARG002 - part of the contract
        timeout: float,
        silence: float | None = None,  # noqa: ARG002 - as above
        root: bool = True,  # noqa: ARG002 - as above
        on_line: Callable[[Stream, str], None] | None = None,  # noqa: ARG002 - as above
        job: str | None = None,  # noqa: ARG002 - as above
    ) -> Result:
        """Run the script with bash, which reads it from standard input as over SSH."""
        self._trips += 1
        done = subprocess.run(
            ["bash", "-s"],
            input=script.encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Result(
            status=done.returncode,
            out=done.stdout.decode(errors="replace"),
            err=done.stderr.decode(errors="replace"),
        )

    def upload(
        self,
        source: Path | bytes,
        destination: str,
        *,
        mode: int = 0o600,
        owner: str = "root:root",  # noqa: ARG002 - the tests' own account owns it
        on_progress: Callable[[int, int], None] | None = None,  # noqa: ARG002 - small files
    ) -> None:
        """Write the file."""
        content = source.read_bytes() if isinstance(source, Path) else source
        target = Path(destination)
        target.write_bytes(content)
        target.chmod(mode)

    def forward(self, address: str, port: int) -> AbstractContextManager[tuple[str, int]]:
        """Lead straight to the address."""
        return nullcontext((address, port))

    def abort(self) -> None:
        """Nothing runs between calls."""

    def at_close(self, script: str) -> None:
        """Nothing is left for the end by these tests."""

    def close(self) -> None:
        """Nothing is open."""
