"""How long a run will still take: learned from earlier runs and from sizes; pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
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
_PACE = 20e6  # bytes a second that are sent to a host, as long as nothing better is known
_TELLING = 0.02  # the share of a step from which on its pace says something


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What a step took in an earlier run."""

    seconds: float
    size: int = 0  # bytes that were sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """A step that is not finished yet, and how long it will take or still takes."""

    id: str
    host: str
    after: frozenset[str]
    seconds: float


def expected(step: str, learned: Mapping[str, Sequence[Took]], size: int = 0) -> float:
    """Return how long a step takes that sends `size` bytes.

    It is the median of earlier runs, otherwise a first guess; what is larger than it was then
    takes longer.
    """
    seen = learned.get(step)
    if not seen:
        return _FIRST_GUESS.get(step, _UNKNOWN) + size / _PACE
    seconds = statistics.median(took.seconds for took in seen)
    sent = statistics.median(took.size for took in seen)
    pace = max(sent / seconds, _PACE) if seconds else _PACE
    return max(seconds + (size - sent) / pace, 1.0) if size and sent else seconds


def left(full: float, took: float, *, share: float = 0.0, share_took: float = 0.0) -> float:
    """Return how long a running step still takes that was expected to take `full` seconds.

    Where it says itself how far it is, as an upload does, that counts: `share` of it, 0 to 1, was
    done in `share_took` seconds.
    """
    measured = share_took * (1 - share) / share if share >= _TELLING else 0.0
    return max(full - took, measured, 1.0)


def remaining(steps: Sequence[Todo], finished: Collection[str] = ()) -> float:
    """Return the seconds until all steps are done: hosts side by side, one step at a time on each.

    The steps are taken in their order; what waits for a step that is not listed starts at once.
    """
    listed = {step.id for step in steps} - set(finished)
    waiting = [step for step in steps if step.id in listed]
    missing = {step.id: len(step.after & listed) for step in waiting}
    needed_by: dict[str, list[int]] = {}
    for place, step in enumerate(waiting):
        for one in step.after & listed:
            needed_by.setdefault(one, []).append(place)
    ends: dict[str, float] = {}
    free: dict[str, float] = {}
    # When it could start, as far as known, and its place in the list, which decides between equals.
    ready = [(0.0, place) for place, step in enumerate(waiting) if not missing[step.id]]
    heapify(ready)
    while ready:
        known, place = heappop(ready)
        step = waiting[place]
        start = _start(step, ends, free)
        if start > known:  # its host has been given something else meanwhile
            heappush(ready, (start, place))
            continue
        ends[step.id] = free[step.host] = start + step.seconds
        for follower in needed_by.get(step.id, ()):
            missing[waiting[follower].id] -= 1
            if not missing[waiting[follower].id]:
                heappush(ready, (0.0, follower))
    # What stands in a circle, which the graph refuses, is never ready: nothing better can be said.
    circle = sum(step.seconds for step in waiting if step.id not in ends)
    return max(ends.values(), default=0.0) + circle


def _start(step: Todo, ends: Mapping[str, float], free: Mapping[str, float]) -> float:
    return max(free.get(step.host, 0.0), *(ends.get(one, 0.0) for one in step.after), 0.0)
