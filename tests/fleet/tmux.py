"""The real program in a real terminal: keys go in, what stands on the screen is read."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

COLUMNS, ROWS = 80, 24
LOOK = 0.2  # seconds between two looks at the screen
SOON = 120.0  # seconds for what takes a moment, on a loaded machine


class Tmux:
    """A tmux of its own with one program in it; both are gone at the end."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
        self._socket = folder / "tmux"
        self._env = {**env, "TERM": "xterm-256color"}
        self.seen: list[str] = []
        """Every screen that was looked at."""
        size = ("-x", str(COLUMNS), "-y", str(ROWS))
        self._tmux("-f", os.devnull, "new-session", "-d", *size, "-c", str(folder), *command)
        self._tmux("set-option", "-g", "remain-on-exit", "on")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tmux("kill-server")

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names: `Enter`, `C-n`, `x`."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text, each letter as it is."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """Return what stands on the screen now."""
        now = self._tmux("capture-pane", "-p")
        self.seen.append(now)
        return now

    def wait(self, *words: str, within: float = SOON) -> str:
        """Return the screen on which all these words stand."""
        return self.until(lambda now: all(word in now for word in words), str(words), within)

    def until(self, wanted: Callable[[str], bool], name: str, within: float = SOON) -> str:
        """Return the screen that is as wanted; AssertionError with the last one if none comes."""
        end = time.monotonic() + within
        while not wanted(now := self.screen()):
            assert time.monotonic() < end, f"{name} did not come up within {within:.0f} s:\n{now}"
            time.sleep(LOOK)
        return now

    def ended(self, within: float = SOON) -> int:
        """Return the status with which the program ended; AssertionError while it runs on.

        tmux may miss a child's end, which then stays as a zombie: so the process itself is asked.
        """
        pid = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        end = time.monotonic() + within
        while (status := self._status(pid)) is None:
            assert time.monotonic() < end, f"still running after {within:.0f} s:\n{self.screen()}"
            time.sleep(LOOK)
        return status

    def _status(self, pid: str) -> int | None:
        try:
            stat = Path("/proc", pid, "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            said = self._tmux("display-message", "-p", "#{pane_dead_status}").strip()
            return int(said) if said else None
        # The name, in brackets, may hold anything; the last field is what wait(2) would tell.
        fields = stat.rpartition(")")[2].split()
        return os.waitstatus_to_exitcode(int(fields[-1])) if fields[0] in "ZX" else None

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments],
            env=self._env,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, f"tmux {arguments}: {done.stderr}"
        return done.stdout
