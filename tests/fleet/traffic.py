"""People at work while something is changed: requests without pause, and what became of them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from tests.fleet.person import Person

PAUSE = 0.1  # seconds between two rounds


@dataclass
class Traffic:
    """Somebody who asks for their session (Redis) and their ticket (PostgreSQL) all the time."""

    person: Person
    answered: int = 0
    failed: list[str] = field(default_factory=list)
    longest: float = 0.0
    """Seconds between two rounds in which everything was found, at most."""
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def told(self) -> str:
        """What people noticed, in a sentence."""
        return (
            f"{self.answered} rounds of requests answered, {len(self.failed)} not;"
            f" nobody waited longer than {self.longest:.1f} s"
        )

    def _ask(self) -> None:
        last = time.monotonic()
        while not self._over.wait(PAUSE):
            try:
                self.person.finds_everything()
            except (OSError, HTTPException, AssertionError, ValueError) as error:
                self.failed.append(f"{type(error).__name__}: {error}")
                self.longest = max(self.longest, time.monotonic() - last)
            else:
                self.answered += 1
                self.longest = max(self.longest, time.monotonic() - last)
                last = time.monotonic()
