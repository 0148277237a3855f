"""The real resources of a plan, looked at and changed on simulated hosts.

What would be done is asked of the real resource as if nothing were there yet; the simulated host
remembers by fingerprint what was made. The script that a plan shows is the real one, below a line
that tells the simulated host which change it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard.resources.condition import Condition
from wizard.resources.resource import Change
from wizard.run.canonical import sha256
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wizard.database.object import DatabaseChange, DatabaseObject
    from wizard.resources.resource import Resource
    from wizard.steps.task import Task
    from wizard.vault.secret import Secrets

LOOK = "# simulated look: "
CHANGE = "# simulated change: "
_LIGHT = frozenset({"file", "directory", "account", "link", "block", "unit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedResource:
    """A resource, or a database object, of a simulated host."""

    task: str  # the id of its task
    real: Resource | None = None
    stored: DatabaseObject | None = None
    breaks: bool = False  # whether it is the one that fails when its task is made to fail

    @property
    def key(self) -> str:
        """The real one's."""
        return self._real.key

    @property
    def _place(self) -> str:
        return f"{self.task} {self.key}"

    @property
    def _real(self) -> Resource | DatabaseObject:
        found = self.real or self.stored
        if found is None:
            raise ValueError("neither a resource nor a database object")
        return found

    def look(self) -> str:
        """Return a comment that a simulated host understands."""
        return LOOK + json.dumps(self._place)

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Return what the real one would do on an empty host, None once that was made."""
        found = self._wanted(secrets)
        if found is None:
            return None
        made = fingerprint(found)
        if seen.strip() == made:
            return None
        told = {
            "task": self.task,
            "place": self._place,
            "made": made,
            "summary": found.summary,
            "breaks": self.breaks,
        }
        return replace(found, script=Text(f"{CHANGE}{json.dumps(told)}\n", found.script))

    def _wanted(self, secrets: Secrets) -> Change | None:
        if self.real:
            return self.real.change("", secrets)
        change = self.stored.change(None, secrets) if self.stored else None
        return _as_script(change) if change else None


def simulated_tasks(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Return the tasks with every resource and database object on simulated hosts."""
    return tuple(replace(task, resources=tuple(_simulated(task)), database=()) for task in tasks)


def _simulated(task: Task) -> Iterator[SimulatedResource]:
    # On an empty host there is nothing to do where nothing out of the ordinary is to be seen.
    parts: list[Resource | DatabaseObject] = [
        *(one for one in task.resources if not (isinstance(one, Condition) and not one.wanted)),
        *task.database,
    ]
    # What takes long is what usually fails; a task of nothing but files fails at its last one.
    heavy = [part.key for part in parts if part.key.partition(" ")[0] not in _LIGHT]
    weak = next(iter(heavy), parts[-1].key if parts else "")
    for one in task.resources:
        yield SimulatedResource(task=task.id, real=one, breaks=one.key == weak)
    for other in task.database:
        yield SimulatedResource(task=task.id, stored=other, breaks=other.key == weak)


def fingerprint(change: Change) -> str:
    """Return the same word for the same change; over text with secrets by name."""
    return sha256(change.diff + change.script.masked())


def _as_script(change: DatabaseChange) -> Change:
    """Return a change over a database connection as one that a simulated host understands."""
    return Change(
        resource=change.resource,
        summary=change.summary,
        diff=change.diff,
        script=Text(f"# over a connection to PostgreSQL: {change.summary}\n"),
        waiting_for=change.waiting_for,
    )
