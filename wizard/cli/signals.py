"""Requests to end from outside: Ctrl-C, SIGTERM, and a terminal that has gone away."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from wizard.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from wizard.remote.cancellation import Cancellation

_HALF_SECOND = 0.5

_STOPS = "Stopping: what runs is ended and the state is saved …"
_ENDS = (
    "Ending: no step is begun any more and the state is saved. Long work on a host (packages, base"
    " backup, migrations) goes on there; `minusnow-setup resume` waits for its end …"
)


@contextmanager
def interrupts(stop: Cancellation) -> Iterator[None]:
    """Turn Ctrl-C, or a request to end, into an orderly stop; the second one is final.

    Ctrl-C is a person's wish that what runs on the hosts ends. SIGTERM and SIGHUP, of a terminal
    that was closed, end this program only: jobs on the hosts go on, and a later run takes them up.
    """
    terminals = [number for number in (0, 1, 2) if _is_terminal(number)]

    def handle(number: int, _frame: FrameType | None) -> None:
        hangup = number == signal.SIGHUP
        if stop.cancelled and hangup:
            return
        if stop.cancelled:
            # Not an exception, which could get lost between two threads: the state is on disk.
            _tell("Ended at once; go on with `minusnow-setup resume`.")
            os._exit(Cancelled.exit_status)
        _leave_closed(terminals)
        _tell("\n" + (_STOPS if number == signal.SIGINT else _ENDS))
        stop.cancel(leave=number != signal.SIGINT)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def typed_line(question: str, stop: Cancellation) -> str:
    """Return what a person types at the question; "" at the end of input or of the run."""
    print(question, end="", flush=True)
    with suppress(OSError, ValueError):
        while not stop.cancelled:
            ready, _, _ = select.select([sys.stdin], [], [], _HALF_SECOND)
            if ready:
                return sys.stdin.readline().strip()
    return ""


def _tell(text: str) -> None:
    """Write to standard error without a buffer, which the interrupted code may have in hand."""
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


def _leave_closed(terminals: list[int]) -> None:
    """Let what is still said to a terminal that is gone lead nowhere, instead of into an error."""
    closed = [number for number in terminals if not _is_terminal(number)]
    if closed:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in closed:
            os.dup2(nowhere, number)


def _is_terminal(number: int) -> bool:
    try:
        return os.isatty(number)
    except OSError:
        return False
