"""A way to a simulated host: it reads the engine's scripts and answers as bash would."""

from __future__ import annotations

import json
import re
import shlex
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.errors import Cancelled, HostError
from wizard.remote.transport import Result
from wizard.run.simulated import output
from wizard.run.simulated.resource import CHANGE, LOOK

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Stream
    from wizard.run.simulated.hosts import SimulatedFleet, SimulatedHost

_TRIP = 0.15  # seconds of one request and its answer
_BYTES_A_SECOND = 40_000_000
_PIECES = 20  # in which an upload arrives
_STEP = 0.05  # seconds between two looks whether to stop

_TOKEN = re.compile(r'minusnow_mark\(\) \{ echo "([^:"]+):')
_MARK = re.compile(r"minusnow_mark (\d+):(begin|end)")
_SEEN = re.compile(r"printf '%s\\n' (\S+:(?:look|seen))")
_SECTION = re.compile(r"printf '\\n%s\\n' (\S+)")


@dataclass(slots=True, kw_only=True)
class SimulatedTransport:
    """An open way to a simulated host; nothing leaves this process."""

    host: str
    machine: SimulatedHost
    fleet: SimulatedFleet
    stop: Cancellation
    trips: int = 0
    _aborted: bool = False

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
        """Answer a script of looks, changes or questions; what it does not know prints nothing.

        Raises: Cancelled.
        """
        del waiting_for, timeout, silence, root, job
        self.trips += 1
        self._aborted = False
        self.wait(_TRIP)
        return _Reading(self, on_line or (lambda _stream, _text: None)).answer(script)

    def upload(
        self,
        source: Path | bytes,
        destination: str,
        *,
        mode: int = 0o600,
        owner: str = "root:root",
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Take as long as the file would; a file that is not there counts as a large one.

        Raises: Cancelled.
        """
        del destination, mode, owner
        self.trips += 1
        there = isinstance(source, bytes) or source.is_file()
        size = 60_000_000
        if there:
            size = len(source) if isinstance(source, bytes) else source.stat().st_size
        for piece in range(1, _PIECES + 1):
            self.wait(size / _BYTES_A_SECOND / _PIECES)
            if on_progress:
                on_progress(size * piece // _PIECES, size)

    def forward(self, address: str, port: int) -> AbstractContextManager[tuple[str, int]]:
        """Lead nowhere. Raises: HostError."""
        raise HostError(
            f"{self.host} is simulated: nothing listens at {address}:{port}", host=self.host
        )

    def wait(self, seconds: float) -> None:
        """Let time pass as on a real host, at the fleet's pace. Raises: Cancelled."""
        end = time.monotonic() + seconds * self.fleet.pace
        while True:
            self.stop.raise_if_cancelled()
            if self._aborted:
                raise Cancelled("what ran on the simulated host was ended", host=self.host)
            left = end - time.monotonic()
            if left <= 0:
                return
            self.stop.wait(min(left, _STEP))

    def abort(self) -> None:
        """End what is running."""
        self._aborted = True

    def at_close(self, script: str) -> None:
        """Nothing is left on a simulated host that would have to be cleared away."""

    def close(self) -> None:
        """Nothing is kept open."""


@dataclass(slots=True)
class _Reading:
    """One script, read line by line; what it prints is collected and handed out."""

    way: SimulatedTransport
    on_line: Callable[[Stream, str], None]
    token: str = ""
    number: str = ""  # of the change that was begun last
    status: int = 0
    printed: dict[Stream, list[str]] = field(default_factory=lambda: {"out": [], "err": []})

    def answer(self, script: str) -> Result:
        for line in script.splitlines():
            if self._read(line):
                break
        out, err = ("".join(f"{text}\n" for text in self.printed[s]) for s in ("out", "err"))
        return Result(status=self.status, out=out, err=err)

    def _read(self, line: str) -> bool:
        """Act on one line of a script; whether the script ends with it."""
        if found := _TOKEN.match(line):
            self.token = found[1]
        elif found := _MARK.match(line):
            self.number = found[1]
            self._mark("begin" if found[2] == "begin" else "end:0")
        elif line.startswith(CHANGE):
            self._change(json.loads(line.removeprefix(CHANGE)))
            if self.status:
                self._mark(f"end:{self.status}")
                return True
        elif line.startswith(LOOK):
            place = json.loads(line.removeprefix(LOOK))
            if made := self.way.machine.made.get(place):
                self._print("out", made)
        elif found := _SEEN.match(line):
            self._print("out", found[1])
        else:
            self._question(line)
        return False

    def _question(self, line: str) -> None:
        """Answer what preflight asks: connections to try, package sources to reach."""
        if found := _SECTION.match(line):
            self._print("out", "")
            self._print("out", found[1])
        elif line.startswith("attempt ") and line.endswith(" &"):
            key = shlex.split(line)[1]
            # Nobody is to answer at the virtual address; elsewhere nothing listens yet.
            words = "timeout" if key.startswith("virtual:") else "Connection refused"
            self._print("out", f"reach\t{key}\t{words}")
        elif line.startswith("uris=("):
            uris = shlex.split(line.removeprefix("uris=(").removesuffix(")"))
            for uri in uris or ["http://packages.simulated.invalid/debian"]:
                self._print("out", f"source\t{uri}\tok")

    def _change(self, told: dict[str, Any]) -> None:
        """Make a change, or fail at it, with the words and in the time of a real host."""
        task, place, summary = told["task"], told["place"], told["summary"]
        resource = place.removeprefix(f"{task} ")
        words = list(output.lines(task, resource, summary))
        fails = told["breaks"] and self.way.fleet.fails(task)
        if fails:
            self.status, last = output.failure(task, resource)
            words = [*words[: len(words) // 2 + 1], *last]
        pause = output.seconds(task, resource) / len(words)
        for stream, text in words:
            self._print(stream, text)
            self.way.wait(pause)
        if not fails:
            self.way.machine.remember(task, place, told["made"])

    def _mark(self, what: str) -> None:
        """Announce on both streams where the change that runs begins or ends."""
        for stream in self.printed:
            self._print(stream, f"{self.token}:{self.number}:{what}")

    def _print(self, stream: Stream, text: str) -> None:
        self.printed[stream].append(text)
        self.on_line(stream, text)
