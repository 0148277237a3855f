"""A scrollbar that is drawn anew only when it looks different.

Textual draws one for each line that is added, its whole height. Beside many lines the handle hardly
moves, and while a host writes much that is half of all drawing.
"""

from __future__ import annotations

from math import ceil

from textual.reactive import Reactive
from textual.scrollbar import ScrollBar

_PARTS = 8  # of a cell, the finest step in which a handle is drawn


class StillScrollBar(ScrollBar):
    """An upright scrollbar; what it stands for may change much oftener than its looks."""

    window_virtual_size: Reactive[int] = Reactive(100, repaint=False)
    position: Reactive[float] = Reactive(0.0, repaint=False)

    def __init__(self, *, thickness: int) -> None:
        super().__init__(vertical=True, name="vertical", thickness=thickness)
        self._drawn: tuple[int, int] | None = None
        self._looking = False

    def watch_window_virtual_size(self) -> None:
        """Draw it if the handle is of another length now, or somewhere else."""
        self._look()

    def watch_window_size(self) -> None:
        """Remember how it is drawn then, which Textual sees to."""
        self._look()

    def watch_position(self) -> None:
        """Draw it if the handle is somewhere else now."""
        self._look()

    def _look(self) -> None:
        # Both change one after the other; in between the handle would be where it never is.
        if not self._looking:
            self._looking = self.call_later(self._follow)

    def _follow(self) -> None:
        self._looking = False
        handle = self._handle()
        if handle != self._drawn:
            self._drawn = handle
            self.refresh()

    def _handle(self) -> tuple[int, int] | None:
        """Where the handle begins and ends, in parts of a cell; None without one."""
        room, window, all_of_it = self.size.height, self.window_size, self.window_virtual_size
        if not room or not 0 < window < all_of_it:
            return None
        length = max(1.0, window * room / all_of_it)
        begin = int((room - length) * self.position / (all_of_it - window) * _PARTS)
        return begin, begin + ceil(length * _PARTS)
