"""Stops a service for a drill so that it starts again whatever happens to this program."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from wizard.errors import HostError, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from wizard.checks.proof_ground import Ground
    from wizard.remote.transport import Transport

STARTS_AGAIN = 120  # seconds after which the host itself starts what a drill has stopped
TIMEOUT = 90.0  # seconds for a service to stop or to start


def stop_script(unit: str) -> str:
    """Return bash that makes the host promise to start the unit again, and then stops it."""
    timer = _timer(unit)
    return f"""\
systemctl stop {timer}.timer 2>/dev/null || true
systemd-run --quiet --collect --unit={timer} --on-active={STARTS_AGAIN} \\
  --timer-property=AccuracySec=1s systemctl start {unit}.service
systemctl stop {unit}.service
"""


def start_script(unit: str) -> str:
    """Return bash that starts the unit and then takes the promise back."""
    return f"""\
systemctl start {unit}.service
systemctl is-active --quiet {unit}.service
systemctl stop {_timer(unit)}.timer
"""


def _timer(unit: str) -> str:
    return f"minusnow-setup-restore-{unit}"


@contextmanager
def halted(transport: Transport, unit: str) -> Iterator[None]:
    """Keep a unit stopped during the block; it is started whatever happens in there.

    Without a connection, or when a person asks to stop, nothing more can be sent: the host starts
    the unit by itself then, within STARTS_AGAIN seconds. Raises: HostError.
    """
    running = (
        f"systemctl is-active --quiet {unit}.service || {{ echo 'it does not run' >&2; exit 3; }}\n"
    )
    _run(transport, running, f"the state of {unit}")
    try:
        _run(transport, stop_script(unit), f"{unit} to stop")
        yield
    except BaseException as first:
        # What went wrong first is what counts; the host's own timer is the second way.
        if _start(transport, unit) is not None and isinstance(first, SetupError):
            first.remedy = (
                f"{transport.host} starts {unit} again by itself, {STARTS_AGAIN} s after it was"
                " stopped."
            )
        raise
    problem = _start(transport, unit)
    if problem is not None:
        raise HostError(
            f"{unit} could not be started again: {problem.seen}; the host tries by itself"
            f" {STARTS_AGAIN} s after it was stopped",
            remedy=f"See `systemctl status {unit}` there.",
            host=transport.host,
        )


def _start(transport: Transport, unit: str) -> SetupError | None:
    try:
        _run(transport, start_script(unit), f"{unit} to start")
    except SetupError as error:
        return error
    return None


def _run(transport: Transport, script: str, waiting_for: str) -> None:
    result = transport.run(script, waiting_for=waiting_for, timeout=TIMEOUT)
    if result.status:
        words = (result.err.strip().splitlines() or [f"status {result.status}"])[-1]
        raise HostError(f"waiting for {waiting_for}: {words}", host=transport.host)


def wait_until(
    ground: Ground, condition: Callable[[], bool], *, within: float, pause: float = 0.25
) -> float | None:
    """Return the seconds until the condition holds, None if it does not; raises Cancelled."""
    begin = time.monotonic()
    while True:
        ground.stop.raise_if_cancelled()
        if condition():
            return time.monotonic() - begin
        if time.monotonic() - begin > within:
            return None
        ground.stop.wait(pause)


@dataclass(frozen=True, slots=True)
class Sample:
    """One request of a watch: when it began and ended, who answered, or what went wrong."""

    begin: float
    end: float
    node: str
    problem: str


class Watch:
    """Asks again and again in a thread of its own, as a user who clicks, and keeps the answers."""

    def __init__(self, ask: Callable[[], str], pause: float = 0.1) -> None:
        self._ask = ask
        self._pause = pause
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="proof-watch", daemon=True)
        self.samples: list[Sample] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join(timeout=30)

    def _work(self) -> None:
        while not self._done.is_set():
            begin = time.monotonic()
            node = problem = ""
            try:
                node = self._ask()
            except SetupError as error:
                problem = error.seen
            self.samples.append(Sample(begin, time.monotonic(), node, problem))
            self._done.wait(self._pause)

    def good_since(self, moment: float) -> int:
        """Return how many requests that began after the moment were answered."""
        return sum(1 for each in list(self.samples) if each.begin >= moment and not each.problem)

    def failed(self) -> list[Sample]:
        """Return the requests that were not answered as they should be."""
        return [each for each in list(self.samples) if each.problem]

    def longest_outage(self) -> float:
        """Return the longest time in seconds without an answer, where some request failed."""
        return longest_outage(list(self.samples))


def longest_outage(samples: list[Sample]) -> float:
    """Return the longest span from an answer to the next one with a failed request between."""
    longest, last_good, broken = 0.0, None, False
    for each in samples:
        if each.problem:
            broken = True
            if last_good is None:
                last_good = each.begin
            longest = max(longest, each.end - last_good)
        else:
            if broken and last_good is not None:
                longest = max(longest, each.end - last_good)
            last_good, broken = each.end, False
    return longest
