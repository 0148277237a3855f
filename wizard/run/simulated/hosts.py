"""A small model of hosts: what was made on each so far, how quick they are, and what goes wrong."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.errors import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(slots=True)
class SimulatedHost:
    """One machine, known by its address, and what was made there."""

    address: str
    made: dict[str, str] = field(
        default_factory=dict
    )  # task and resource -> fingerprint of what was made
    done: set[str] = field(default_factory=set)  # steps of which something was made

    def remember(self, task: str, place: str, made: str) -> None:
        """Keep what a task made."""
        self.made[place] = made
        self.done.add(task)

    def forget(self, place: str, made: str) -> None:
        """Drop this very thing, if it was made here."""
        if self.made.get(place) == made:
            del self.made[place]


@dataclass(slots=True, kw_only=True)
class SimulatedFleet:
    """All simulated machines; they remember what was made, across programs by a state file."""

    pace: float = 0.2  # seconds here for each second a real host would take; 0: at once
    failing: set[str] = field(default_factory=set)  # steps, or step@host, that fail once
    unreachable: set[str] = field(default_factory=set)  # names of hosts that do not answer
    _hosts: dict[str, SimulatedHost] = field(default_factory=dict)
    _recalled: set[Path] = field(default_factory=set)  # state files that were read, or to be made
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def host(self, address: str) -> SimulatedHost:
        """Return the machine at an address; one that was not seen before is a new one."""
        with self._lock:
            return self._hosts.setdefault(address, SimulatedHost(address))

    def begins_with(self, state: Path) -> bool:
        """Tell whether a state file is met for the first time: what follows is remembered here."""
        with self._lock:
            new = state.absolute() not in self._recalled
            self._recalled.add(state.absolute())
            return new

    def fails(self, task: str) -> bool:
        """Tell whether a task fails now; it does so once, then the cause counts as repaired."""
        with self._lock:
            found = self.failing & {task, task.partition("@")[0]}
            self.failing -= found
            return bool(found)

    def require_known(self, tasks: Iterable[str]) -> None:
        """Raise SiteError if a step that is to fail is none of these tasks."""
        known = tuple(tasks)
        steps = dict.fromkeys(task.partition("@")[0] for task in known)
        for name in self.failing:
            if name not in steps and name not in known:
                raise SiteError(
                    f"no step is called {name!r}, so it cannot be made to fail",
                    remedy=f"Name one of: {', '.join(steps)}; or one of a host, as {known[0]}.",
                )
