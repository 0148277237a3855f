"""A request to stop that any thread may make and every transport hears."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from wizard.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable


class Cancellation:
    """Set once, by a person; what was registered with `on_cancel` is called then."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # cancel() may interrupt its own thread: a signal
        self._cancelled = threading.Event()
        self._leaves = False
        self._callbacks: dict[object, Callable[[], None]] = {}

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._cancelled.is_set()

    @property
    def leaves(self) -> bool:
        """Whether jobs on hosts go on without us: the program ends, nobody wished their end."""
        return self._leaves

    def cancel(self, *, leave: bool = False) -> None:
        """Ask to stop; the callbacks run in this thread, once, and must not block for long.

        With `leave` the first time, jobs that outlive a connection are left to go on.
        """
        with self._lock:
            self._leaves = self._leaves or (leave and not self.cancelled)
            self._cancelled.set()
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        for callback in callbacks:
            callback()

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled if somebody asked to stop."""
        if self.cancelled:
            raise Cancelled("stopped at your request")

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` on cancel (now, if that has happened); return what takes it back."""
        ticket = object()
        with self._lock:
            if not self.cancelled:
                self._callbacks[ticket] = callback
                return lambda: self._forget(ticket)
        callback()
        return lambda: None

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; True as soon as somebody asks to stop."""
        return self._cancelled.wait(timeout)

    def _forget(self, ticket: object) -> None:
        with self._lock:
            self._callbacks.pop(ticket, None)
