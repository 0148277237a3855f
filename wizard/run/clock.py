"""Who was waited for: how long lanes waited for hosts and how long the engine kept them."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """Adds up, over all lanes, the seconds spent busy and the part spent waiting for hosts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = 0.0
        self._host = 0.0

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count the block as time of a lane that has work."""
        begin = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._busy += time.monotonic() - begin

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the block, inside of `busy`, as time in which a host is waited for."""
        begin = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._host += time.monotonic() - begin

    @property
    def host_seconds(self) -> float:
        """Seconds that lanes waited for hosts."""
        return self._host

    @property
    def engine_seconds(self) -> float:
        """Seconds that lanes had work and no host was waited for."""
        return max(self._busy - self._host, 0.0)
