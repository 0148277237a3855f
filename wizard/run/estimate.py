"""How long a run will still take: learned from earlier runs where there are any; pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

# Seconds a step took on the practice fleet, the median of first installations; only a first guess.
_FIRST_GUESS = {
    "application": 3.0,
    "balancer": 2.0,
    "firewall": 7.0,
    "migrate": 5.0,
    "mounts": 28.0,
    "nfs-server": 8.0,
    "packages": 60.0,
    "postgres": 8.0,
    "prepare": 5.0,
    "release": 4.0,
    "service": 9.0,
    "standby": 8.0,
}
_UNKNOWN = 2.0  # seconds, of a step that nobody has measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """A step that is not finished yet, and how long it will take or still takes."""

    id: str
    host: str
    after: frozenset[str]
    seconds: float


def expected(step: str, learned: Mapping[str, Sequence[float]]) -> float:
    """Return how long a step takes: the median of earlier runs, otherwise a first guess."""
    seen = learned.get(step)
    return statistics.median(seen) if seen else _FIRST_GUESS.get(step, _UNKNOWN)


def remaining(steps: Sequence[Todo], finished: Collection[str] = ()) -> float:
    """Return the seconds until all steps are done: hosts side by side, one step at a time on each.

    The steps are taken in their order; what waits for a step that is not listed starts at once.
    """
    listed = {step.id for step in steps} - set(finished)
    ends: dict[str, float] = {}
    free: dict[str, float] = {}
    left = [step for step in steps if step.id in listed]
    while left:
        ready = [step for step in left if step.after & listed <= ends.keys()]
        if not ready:  # a circle, which the graph refuses: nothing sensible can be said
            return sum(step.seconds for step in left)
        step = min(ready, key=lambda one: _start(one, ends, free))
        ends[step.id] = free[step.host] = _start(step, ends, free) + step.seconds
        left.remove(step)
    return max(ends.values(), default=0.0)


def _start(step: Todo, ends: Mapping[str, float], free: Mapping[str, float]) -> float:
    return max(free.get(step.host, 0.0), *(ends.get(one, 0.0) for one in step.after), 0.0)
