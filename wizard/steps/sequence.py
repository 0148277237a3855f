"""The whole installation as one readable list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.steps import application, balancer, base, cache, firewall, primary, standby, storage

if TYPE_CHECKING:
    from wizard.steps.task import Situation, Task

STEPS = (
    base.tasks,
    primary.tasks,
    standby.tasks,
    storage.tasks,
    cache.tasks,
    application.tasks,
    balancer.tasks,
    firewall.tasks,
)


def tasks_for(situation: Situation) -> tuple[Task, ...]:
    """Return every task of the installation; their order follows from what they come after."""
    return tuple(task for step in STEPS for task in step(situation))
