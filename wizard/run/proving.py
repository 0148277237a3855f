"""What a run leaves to be proven, and whether by stopping servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Steps that failover rests on.
_DRILLED = frozenset(
    {"service", "balancer", "keepalived", "firewall", "application", "release", "redis"}
)


def needs_drills(tasks: Iterable[str]) -> bool:
    """Whether what these tasks changed is proven only by stopping an app server and a balancer."""
    return any(task.partition("@")[0] in _DRILLED for task in tasks)
