"""Standard output and error that may be closed, full, or of few characters; a run outlives them."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from wizard.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from wizard.run.bus import Sink
    from wizard.run.events import Event


class OutputLost(SetupError):  # noqa: N818 - named for what happened, as in wizard.errors
    """Standard output cannot be written any more."""


class ReaderLeft(OutputLost):
    """Whoever read standard output, such as `head`, has had enough: nothing to complain of."""


class _Output(io.TextIOWrapper):
    """Standard output whose failure is told in words."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise _lost(error) from error

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise _lost(error) from error


def _lost(error: OSError) -> OutputLost:
    if isinstance(error, BrokenPipeError):
        return ReaderLeft("nobody reads standard output any more")
    return OutputLost(
        f"standard output cannot be written: {error.strerror}",
        remedy="Let it lead to where there is room; what was done is kept.",
    )


def ready() -> None:
    """Make standard input, output and error such that nothing goes wrong with them unheard.

    What is closed leads nowhere, so that no other file gets its number; a character that the
    terminal does not have is spelt out.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above
    # A stream that is not kept closes its buffer as it goes.
    buffer = sys.stdout.buffer if sys.stdout else open(1, "wb", closefd=False)  # noqa: SIM115 - as above
    sys.stdout = _Output(
        buffer,
        encoding=sys.stdout.encoding if sys.stdout else "utf-8",
        errors="backslashreplace",
        line_buffering=os.isatty(1),
    )


def say(text: str) -> None:
    """Tell a person on standard error, beside what programs read; or nobody, if it is gone."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        mute(sys.stderr)


def show(text: str) -> None:
    """Write to standard output; what is being done goes on where that cannot be written."""
    try:
        print(text, flush=True)
    except OutputLost as error:
        _go_on_mute(sys.stdout, error)


def _go_on_mute(stream: TextIO, error: OutputLost) -> None:
    mute(stream)
    say(
        f"minusnow-setup: {error.seen}; the run goes on, and the state file has all of it:"
        " `minusnow-setup review`"
    )


def mute(stream: TextIO) -> None:
    """Let what is still written, at exit too, lead nowhere instead of into a second error."""
    with suppress(OSError, ValueError):  # a stream that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Outlasting:
    """A sink on standard output; when that can no longer be written the run goes on, mute."""

    def __init__(self, sink: Sink, stream: TextIO) -> None:
        self._sink = sink
        self._stream = stream
        self._mute = False

    def take(self, events: Sequence[Event]) -> None:
        """Hand the events on; say once why nobody hears of them any more."""
        if self._mute:
            return
        try:
            self._sink.take(events)
        except OutputLost as error:
            self._mute = True
            _go_on_mute(self._stream, error)
