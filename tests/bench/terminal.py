"""A program on a pseudo-terminal: its keys are pressed, what it draws is waited for and timed."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

_PIECE = 1 << 16


class Terminal:
    """A terminal of a size on which one program runs; `began` is when it was started."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, columns: int = 160, rows: int = 45
    ) -> None:
        env = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(cwd)}
        env |= {"PATH": os.environ["PATH"], "COLORTERM": "truecolor"}
        self.began = time.perf_counter()
        self._pid, self._line = pty.fork()
        if self._pid == 0:
            try:
                os.chdir(cwd)
                size = struct.pack("HHHH", rows, columns, 0, 0)
                fcntl.ioctl(0, termios.TIOCSWINSZ, size)
                os.execvpe(command[0], list(command), env)  # noqa: S606 - no shell is wanted
            finally:
                os._exit(127)
        self._drawn = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.close(self._line)
        os.waitpid(self._pid, 0)

    def press(self, keys: bytes) -> None:
        """Type; what was drawn before is not waited for any more."""
        self._drawn = b""
        os.write(self._line, keys)

    def wait(self, words: str, *, seconds: float) -> float:
        """Return when these words had been drawn. Raises: TimeoutError, EOFError."""
        wanted, end = words.encode(), time.perf_counter() + seconds
        while wanted not in self._drawn:
            if not self.read(max(end - time.perf_counter(), 0)):
                raise TimeoutError(f"«{words}» was not drawn: {self._drawn[-2000:]!r}")
        return time.perf_counter()

    def read(self, seconds: float) -> bool:
        """Take what is drawn next; whether anything was, in that time. Raises: EOFError."""
        if not select.select([self._line], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._line, _PIECE)
        except OSError:  # how Linux says that the program has closed the terminal
            piece = b""
        if not piece:
            raise EOFError("the program has ended")
        # A word may come in two pieces; more than a few screens are of no interest.
        self._drawn = self._drawn[-4 * _PIECE :] + piece
        return True

    def watch(self, seconds: float) -> None:
        """Let time pass, as somebody who looks on."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
