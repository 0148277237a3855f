"""The PostgreSQL objects of one task: look, decide, journal, apply, look again."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.errors import StepFailed
from wizard.run.canonical import sha256
from wizard.run.events import ChangeDone, ChangeStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    import psycopg

    from wizard.database.object import DatabaseChange, DatabaseObject
    from wizard.remote.transport import Transport
    from wizard.run.failure import Doing
    from wizard.run.task_run import Surroundings
    from wizard.steps.task import Task


def definitions(change: DatabaseChange) -> tuple[str, str]:
    """Return the SHA-256 of what an object is and of what it will be, "" where it is not there."""
    before, after = (sha256(text) if text else "" for text in (change.before, change.after))
    return before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseRun:
    """The database part of a task that is being carried out."""

    task: Task
    transport: Transport
    around: Surroundings
    doing: Doing
    intend: Callable[[Sequence[DatabaseChange]], None]

    def execute(self) -> None:
        """Make every object as it should be, in order.

        Raises: StepFailed, RefusedOnHost, psycopg.Error, what the transport raises.
        """
        clock = self.around.clock
        with ExitStack() as stack:
            with clock.waiting():
                connection = stack.enter_context(self.around.open_database(self.transport))
            if connection is None:
                raise StepFailed(
                    "no PostgreSQL server answers on this host",
                    remedy="See `systemctl status postgresql` there, then go on with"
                    " `minusnow-setup resume`.",
                    host=self.task.host,
                    step=self.task.step,
                )
            due = self._due(connection)
            if not due:
                return
            self.intend(due)
            intended = {change.resource for change in due}
            for item in self.task.database:
                self._make(item, connection, intended)
            self._verify(self._due(connection))

    def _due(self, connection: psycopg.Connection[Any]) -> list[DatabaseChange]:
        with self.around.clock.waiting():
            seen = [item.look(connection) for item in self.task.database]
        pairs = zip(self.task.database, seen, strict=True)
        found = (item.change(state, self.around.secrets) for item, state in pairs)
        return [change for change in found if change]

    def _make(
        self, item: DatabaseObject, connection: psycopg.Connection[Any], intended: Container[str]
    ) -> None:
        """Look at one object, which earlier ones may have altered, and change it if it is due."""
        around = self.around
        around.stop.raise_if_cancelled()
        with around.clock.waiting():
            state = item.look(connection)
        change = item.change(state, around.secrets)
        if change is None:
            return
        if change.resource not in intended:
            self.intend([change])
        host, task = self.task.host, self.task.id
        self.doing.command = change.summary
        around.publish(
            ChangeStarted(host=host, task=task, resource=change.resource, summary=change.summary)
        )
        begin = time.monotonic()
        with around.clock.waiting():
            change.apply(connection)
        self.doing.changed += 1
        seconds = round(time.monotonic() - begin, 3)
        before, after = definitions(change)
        around.publish(
            ChangeDone(
                host=host,
                task=task,
                resource=change.resource,
                seconds=seconds,
                before=before,
                after=after,
            )
        )

    def _verify(self, changes: Sequence[DatabaseChange]) -> None:
        if changes:
            raise StepFailed(
                "a fresh look still finds something to change: "
                + "; ".join(change.summary for change in changes),
                remedy="The statements ended well but had no lasting effect: see whether something"
                " undoes them, then go on with `minusnow-setup resume`.",
                host=self.task.host,
                step=self.task.step,
            )
