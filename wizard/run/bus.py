"""Events on their way to those who show or keep them; nobody who shows holds up a host."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol

from wizard.errors import SetupError, StateError
from wizard.run.events import Event, OutputLine, OutputOmitted
from wizard.run.shortened import shortened, weight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BATCH_SECONDS = 0.2  # how long the state file may gather lines before it writes them
_BATCH_EVENTS = 5_000
_JOURNAL_LIMIT = 4 << 20  # characters in memory; beyond, hosts are read more slowly
_DISPLAY_LIMIT = 4 << 20  # the same; beyond, lines are counted instead of shown


class Sink(Protocol):
    """Someone who takes events; called on a thread of its own, one batch at a time."""

    def take(self, events: Sequence[Event]) -> None:
        """Show or keep the events."""


class _Feed:
    """The queue and the thread of one sink."""

    def __init__(self, sink: Sink, *, journal: bool) -> None:
        self.journal = journal
        self._sink = sink
        self._waiting: deque[Event] = deque()
        self._weight = 0  # of those that wait
        self._put = 0
        self._taken = 0
        self._omitted = 0
        self._urgent = False
        self._closed = False
        self._error: Exception | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, daemon=True, name="event sink")
        self._thread.start()

    def put(self, event: Event) -> int:
        """Queue the event; return its number."""
        with self._changed:
            if self._error or self._closed:
                return self._put
            if self.journal:
                # Lossless and bounded: a host that writes faster than the disk is read slower.
                self._changed.wait_for(
                    lambda: self._weight < _JOURNAL_LIMIT or self._error is not None
                )
            elif isinstance(event, OutputLine) and self._weight >= _DISPLAY_LIMIT:
                self._omitted += 1
                return self._put
            elif self._omitted:
                self._waiting.append(OutputOmitted(lines=self._omitted))
                self._put += 1
                self._omitted = 0
            self._waiting.append(event)
            self._weight += weight(event)
            self._put += 1
            self._urgent = self._urgent or event.durable
            first = len(self._waiting) == 1
            if first or event.durable or len(self._waiting) == _BATCH_EVENTS:
                self._changed.notify_all()
            return self._put

    def wait(self, number: int) -> None:
        """Wait until the sink has taken the event of that number; raise what stopped it."""
        with self._changed:
            self._changed.wait_for(lambda: self._taken >= number or self._error is not None)
            if self._error:
                raise self._error

    def close(self) -> None:
        """Hand over what is left and end the thread."""
        with self._changed:
            if self._omitted and not self._error:
                self._waiting.append(OutputOmitted(lines=self._omitted))
                self._omitted = 0
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._batch():
            try:
                self._sink.take(batch)
            except Exception as error:  # noqa: BLE001 - a sink's failure must not end the thread mute
                self._fail(error)
                return
            with self._changed:
                self._taken += len(batch)
                self._changed.notify_all()

    def _batch(self) -> list[Event]:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._closed)
            if self.journal:
                self._changed.wait_for(
                    lambda: self._urgent or self._closed or len(self._waiting) >= _BATCH_EVENTS,
                    timeout=_BATCH_SECONDS,
                )
            batch = list(self._waiting)
            self._waiting.clear()
            self._weight = 0
            self._urgent = False
            return batch

    def _fail(self, error: Exception) -> None:
        with self._changed:
            if self.journal and not isinstance(error, SetupError):
                self._error = StateError(
                    f"the state file could not be written: {error}",
                    remedy="Make room or repair the disk, then go on with `minusnow-setup resume`.",
                )
            else:
                self._error = error
            self._waiting.clear()
            self._changed.notify_all()


class EventBus:
    """Takes events from all threads, masks them and hands them to every sink in one order."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask
        self._feeds: tuple[_Feed, ...] = ()
        self._order = threading.Lock()

    def add(self, sink: Sink, *, journal: bool = False) -> None:
        """Add a sink; a journal loses nothing, and durable events wait until it has them."""
        self._feeds = (*self._feeds, _Feed(sink, journal=journal))

    def mask_with(self, mask: Callable[[str], str]) -> None:
        """Mask with another mask from now on: there are secrets that were not known before."""
        self._mask = mask

    def masked(self, text: str) -> str:
        """Return a text as it may leave."""
        return self._mask(text)

    def publish(self, event: Event) -> None:
        """Hand out the event; a durable one is in every journal when this returns.

        Raises: StateError if a journal cannot keep a durable event.
        """
        shown = shortened(event.masked(self._mask))
        with self._order:
            tickets = [(feed, feed.put(shown)) for feed in self._feeds]
        if event.durable:
            for feed, number in tickets:
                if feed.journal:
                    feed.wait(number)

    def close(self) -> None:
        """Hand over everything that is queued and end the sinks' threads."""
        for feed in self._feeds:
            feed.close()
        self._feeds = ()
