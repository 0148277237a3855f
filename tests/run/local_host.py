"""A way to "hosts" that are folders of this machine: real bash, no network, no root."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from wizard.errors import CommandFailed, CommandSilent
from wizard.remote.transport import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO

    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Stream


class LocalHost:
    """Runs scripts with bash in a folder of this machine, as the user who runs the tests."""

    def __init__(self, host: str, root: Path, stop: Cancellation | None = None) -> None:
        self.host = host
        self.root = root
        self.stop = stop
        self.trips = 0
        self.scripts: list[str] = []
        self.jobs: list[str] = []
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._farewells: list[str] = []
        root.mkdir(parents=True, exist_ok=True)

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
        """Run the script over standard input and hand out its lines as they come."""
        del silence, root
        self.trips += 1
        self.scripts.append(script)
        if job:
            self.jobs.append(job)
        process = subprocess.Popen(
            ["bash", "-s"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.root,
            start_new_session=True,
        )
        self._processes.add(process)
        kept: dict[Stream, list[str]] = {"out": [], "err": []}
        pipes: dict[Stream, IO[bytes] | None] = {"out": process.stdout, "err": process.stderr}
        threads = [
            threading.Thread(target=_read, args=(name, pipe, kept[name], on_line), daemon=True)
            for name, pipe in pipes.items()
        ]
        for thread in threads:
            thread.start()
        stdin = cast("IO[bytes]", process.stdin)
        with suppress(BrokenPipeError):
            stdin.write(script.encode())
            stdin.close()
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.abort()
            raise CommandSilent(f"gave up waiting for {waiting_for}", host=self.host) from None
        for thread in threads:
            thread.join()
        self._processes.discard(process)
        return Result(status=status, out="".join(kept["out"]), err="".join(kept["err"]))

    def upload(
        self,
        source: Path | bytes,
        destination: str,
        *,
        mode: int = 0o600,
        owner: str = "root:root",
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Copy the bytes to the folder and compare their hash."""
        del owner
        self.trips += 1
        data = source if isinstance(source, bytes) else source.read_bytes()
        path = self.root / destination.lstrip("/")
        path.write_bytes(data)
        path.chmod(mode)
        if hashlib.sha256(path.read_bytes()).digest() != hashlib.sha256(data).digest():
            raise CommandFailed("the copy differs", status=1, host=self.host)
        if on_progress:
            on_progress(len(data), len(data))

    @contextmanager
    def forward(self, address: str, port: int) -> Iterator[tuple[str, int]]:
        """Lead to the same place: this machine is the host."""
        yield address, port

    def abort(self) -> None:
        """End the process groups of what is running."""
        for process in list(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def at_close(self, script: str) -> None:
        """Keep the script for the end."""
        self._farewells.append(script)

    def close(self) -> None:
        """Run what was left for the end; nothing is kept open."""
        while self._farewells:
            self.run(self._farewells.pop(), waiting_for="the end", timeout=60)
            self.trips -= 1


def _read(
    name: Stream, pipe: IO[bytes], kept: list[str], on_line: Callable[[Stream, str], None] | None
) -> None:
    for raw in pipe:
        line = raw.decode(errors="replace")
        kept.append(line)
        if on_line:
            on_line(name, line.rstrip("\n"))
