"""What a run says, line by line: bounded in memory; everything is in the state file."""

from __future__ import annotations

import io
import threading
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from wizard.run.console import ConsoleSink
from wizard.run.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.progress import Progress
    from wizard.run.events import Event

KEPT = 20_000  # lines


class RunLog:
    """A sink of the bus: it keeps the last lines and lets the progress follow."""

    def __init__(self, progress: Progress) -> None:
        self.total = 0  # lines since the beginning
        self._progress = progress
        self._words = ConsoleSink(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        # Plain tuples of text are nothing to the garbage collector, which would hold the screens up
        # to look through thousands of objects.
        self._kept: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def take(self, events: Sequence[Event]) -> None:
        """Keep what the events say; called on the bus's thread."""
        fresh = [
            (event.host, visible(line)) for event in events for line in self._words.lines(event)
        ]
        with self._lock:
            self._kept.extend(fresh)
            self.total += len(fresh)
        for event in events:
            self._progress.take(event)

    def note(self, text: str) -> None:
        """Add a line of our own."""
        with self._lock:
            self._kept.append(("", text))
            self.total += 1

    def since(self, number: int) -> tuple[int, list[tuple[str, str]]]:
        """Return how many lines there were, and those beyond `number` that are still kept.

        Of each its host, "" where it concerns the whole run, and a text that is safe to show.
        """
        with self._lock:
            count = min(self.total - number, len(self._kept))
            fresh = list(islice(reversed(self._kept), count))
            total = self.total
        return total, fresh[::-1]
