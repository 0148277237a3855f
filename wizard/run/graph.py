"""The order of the work: which tasks must be done before which, and what may start now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.errors import SetupError
from wizard.steps.task import Phase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from wizard.steps.task import Task

_FAULT = "This is a fault of the installer, not of the site; please report it with this text."
_PHASES = {phase: number for number, phase in enumerate(Phase)}


class Graph:
    """Tasks by id with their dependencies, in a stable order.

    Raises: SetupError for two tasks of one id, a dependency that does not exist, or a cycle.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks: dict[str, Task] = {}
        for task in tasks:
            if task.id in self._tasks:
                raise SetupError(f"two tasks are called {task.id}", remedy=_FAULT)
            self._tasks[task.id] = task
        for task in tasks:
            for missing in sorted(task.after - self._tasks.keys()):
                raise SetupError(f"{task.id} waits for {missing}, which is no task", remedy=_FAULT)
        self._order = tuple(_in_order(self._tasks))
        self._dependents: dict[str, set[str]] = {name: set() for name in self._tasks}
        for task in tasks:
            for earlier in task.after:
                self._dependents[earlier].add(task.id)

    def __iter__(self) -> Iterator[Task]:
        return (self._tasks[name] for name in self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, name: str) -> Task:
        return self._tasks[name]

    def dependents(self, name: str) -> tuple[str, ...]:
        """Return every task that waits for this one, directly or not, in order."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = self._dependents[waiting.pop()] - found
            found |= new
            waiting.extend(new)
        return tuple(task for task in self._order if task in found)

    def ready(self, finished: Collection[str], taken: Collection[str]) -> Iterator[Task]:
        """Yield, in order, the tasks that nobody has taken and whose dependencies are finished."""
        for name in self._order:
            task = self._tasks[name]
            if name not in taken and all(earlier in finished for earlier in task.after):
                yield task


def _in_order(tasks: dict[str, Task]) -> Iterator[str]:
    """Yield the ids so that dependencies come first, otherwise by phase, host and position."""
    hosts = {
        host: place for place, host in enumerate(dict.fromkeys(t.host for t in tasks.values()))
    }
    left = sorted(tasks, key=lambda name: (_PHASES[tasks[name].phase], hosts[tasks[name].host]))
    done: set[str] = set()
    while left:
        name = next((name for name in left if tasks[name].after <= done), None)
        if name is None:
            circle = ", ".join(_circle(tasks, left))
            raise SetupError(f"these tasks wait for each other: {circle}", remedy=_FAULT)
        left.remove(name)
        done.add(name)
        yield name


def _circle(tasks: dict[str, Task], left: list[str]) -> list[str]:
    """Return one cycle among the tasks that could not be ordered."""
    path = [left[0]]
    while True:
        following = min(name for name in tasks[path[-1]].after if name in left)
        if following in path:
            return path[path.index(following) :]
        path.append(following)
