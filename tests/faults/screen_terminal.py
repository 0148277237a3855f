"""A tmux whose size changes and whose every byte is kept."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fleet.tmux import COLUMNS, LOOK, ROWS, SOON, Tmux

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Terminal(Tmux):
    """The program in a real terminal that can be resized, hung up and listened to."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
        self._raw = folder / "raw"
        self._raw.touch()
        # Nothing may be missed: the program waits until its bytes are being kept.
        begun = folder / "begun"
        waiting = f"until [ -e {shlex.quote(str(begun))} ]; do sleep 0.05; done"
        self._ended_with = folder / "status"
        kept = f"echo $? >{shlex.quote(str(self._ended_with))}"  # tmux may miss the end of a child
        super().__init__(["sh", "-c", f"{waiting}; {shlex.join(command)}; {kept}"], folder, env)
        self._tmux("pipe-pane", "-o", f"cat >{shlex.quote(str(self._raw))}")
        begun.touch()

    @property
    def raw(self) -> bytes:
        """All that the program has written so far."""
        return self._raw.read_bytes()

    def ended(self, within: float = SOON) -> int:
        """Return the status with which the program ended; AssertionError while it runs on."""
        end = time.monotonic() + within
        while not self._ended_with.exists() or not (status := self._ended_with.read_text().strip()):
            assert time.monotonic() < end, f"still running after {within:.0f} s:\n{self.screen()}"
            time.sleep(LOOK)
        return int(status)

    @property
    def pid(self) -> int:
        """The program's process."""
        shell = int(self._tmux("display-message", "-p", "#{pane_pid}"))
        (program,) = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(program)

    def resize(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        """Give the terminal another size; return once the program has drawn for it."""
        before = len(self.raw)
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        end = time.monotonic() + SOON
        while len(self.raw) == before:
            assert time.monotonic() < end, f"nothing was drawn for {columns}x{rows}"
            time.sleep(LOOK / 4)

    def squeeze(self, *words: str) -> None:
        """Make the terminal tiny, then nothing at all, then as it was: the words are back.

        A part that was not drawn anew on a busy machine is there after another change of size.
        """
        self.resize(20, 5)
        self.resize(1, 1)
        self.resize()
        try:
            self.wait(*words, within=SOON / 4)
        except AssertionError:
            self.resize(COLUMNS + 1)
            self.resize()
            self.wait(*words)

    def hang_up(self) -> None:
        """Close the terminal under the program, as a dropped SSH session does."""
        self._tmux("set-option", "-g", "remain-on-exit", "off")
        self._tmux("new-window", "-d", "sleep", "60")  # tmux itself stays
        self._tmux("kill-window", "-t", ":0")
