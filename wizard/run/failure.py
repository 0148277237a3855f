"""From an exception to the card that a person reads: where, what, the last lines, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import (
    CommandFailed,
    CommandSilent,
    ConnectionFailed,
    ConnectionLost,
    SetupError,
)
from wizard.run.events import TaskFailed

if TYPE_CHECKING:
    from wizard.steps.task import Task

_READ = "Read its last lines, remove the cause, then go on with `minusnow-setup resume`."
_LOOK = "What it did is unknown; `minusnow-setup resume` looks afresh and goes on from there."


@dataclass(slots=True)
class Doing:
    """What a task is busy with at this moment; a failure is described with it."""

    command: str = ""  # the summary of the change
    lines: tuple[str, ...] = ()
    changed: int = 0  # changes made so far
    job: str = ""  # the detached unit that is waited for


def card(error: Exception, task: Task, doing: Doing, seconds: float) -> TaskFailed:
    """Return the event that describes why the task failed."""
    kind, seen = _kind_and_words(error)
    return TaskFailed(
        host=task.host,
        task=task.id,
        title=task.title,
        error=kind,
        seen=seen.strip(),
        remedy=(error.remedy if isinstance(error, SetupError) else "") or _remedy(error),
        command=doing.command,
        status=error.status if isinstance(error, CommandFailed) else None,
        lines=doing.lines,
        seconds=round(seconds, 3),
        job=doing.job if isinstance(error, ConnectionLost) else "",
    )


def _kind_and_words(error: Exception) -> tuple[str, str]:
    if isinstance(error, SetupError):
        return type(error).__name__, error.seen
    if from_postgresql(error):
        # Further lines quote the statement, in which a verifier of a password may stand.
        return "PostgresqlError", str(error).strip().partition("\n")[0]
    return "Fault", f"{type(error).__name__}: {error}"


def _remedy(error: Exception) -> str:
    match error:
        case ConnectionLost() | ConnectionFailed() | CommandSilent():
            return _LOOK
        case SetupError():
            return _READ
        case _ if from_postgresql(error):
            return "Read what PostgreSQL says, remove the cause, then `minusnow-setup resume`."
        case _:
            return (
                "Nobody foresaw this: please report it with this text."
                " `minusnow-setup resume` looks afresh and tries again."
            )


def from_postgresql(error: Exception) -> bool:
    """Return whether psycopg raised it; told by name, so that psycopg need not be imported."""
    return any(kind.__module__.partition(".")[0] == "psycopg" for kind in type(error).__mro__)
