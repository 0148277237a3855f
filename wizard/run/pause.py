"""A request to hold on after what is running now, which any thread may make and take back."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pause:
    """Set and cleared by a person; who watches is told of every change, in that person's thread."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._watchers: tuple[Callable[[], None], ...] = ()

    @property
    def wanted(self) -> bool:
        """Whether nothing new is to be started."""
        return self._wanted.is_set()

    def hold(self) -> None:
        """Ask to start nothing new; what is running ends as it would."""
        self._wanted.set()
        self._tell()

    def go_on(self) -> None:
        """Ask to start again whatever may start."""
        self._wanted.clear()
        self._tell()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call the watcher after every change."""
        self._watchers = (*self._watchers, watcher)

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()
