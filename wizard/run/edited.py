"""Files that somebody edited by hand since the installer wrote them: named, and asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wizard.errors import RefusedOnHost
from wizard.resources.resource import BY_OTHERS, Change
from wizard.resources.shell import OWN_DIRECTORY
from wizard.run.events import Event

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wizard.database.object import DatabaseChange
    from wizard.run.planner import Plan
    from wizard.steps.task import Task

KEPT = f"{OWN_DIRECTORY}/replaced"  # where the edited one is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A file with somebody's own work in it, which a step would replace."""

    host: str
    step: str
    path: str
    since: str  # when we wrote it, UTC, or BY_OTHERS

    @property
    def name(self) -> str:
        """How a person names it: PATH@HOST."""
        return f"{self.path}@{self.host}"

    def __str__(self) -> str:
        if self.since == BY_OTHERS:
            return f"{self.path} was written by somebody else: it is no package's, and not ours"
        return f"{self.path} was edited by hand after it was written on {in_words(self.since)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedReplaced(Event):
    """A file that somebody edited by hand is about to be replaced, as a person agreed to."""

    kind: ClassVar[str] = "edited-replaced"
    durable: ClassVar[bool] = True

    path: str
    since: str  # when we had written it, UTC
    operator: str  # who agreed: login, with the address it came from


def in_words(when: str) -> str:
    """Return a time as a host notes it in the way people read it."""
    return when.replace("T", " ").replace("Z", " UTC")


def edited_by(task: Task, changes: Iterable[Change | DatabaseChange]) -> tuple[Edited, ...]:
    """Return the files with somebody's own work that these changes of a task would replace."""
    return tuple(
        Edited(
            host=task.host,
            step=task.step,
            path=change.resource.removeprefix("file "),
            since=change.edited,
        )
        for change in changes
        if isinstance(change, Change) and change.edited
    )


def edited_in(made: Plan, left_out: Collection[str] = ()) -> tuple[Edited, ...]:
    """Return all of them in a plan, but for the tasks (by id) that are left out."""
    return tuple(
        found
        for item in made.tasks
        if item.task.id not in left_out
        for found in edited_by(item.task, item.changes)
    )


def refuse_edited(found: Sequence[Edited], replace: Collection[str]) -> None:
    """Raise RefusedOnHost for those that nobody has agreed to replace."""
    left = [each for each in found if each.name not in replace]
    if not left:
        return
    options = " ".join(f"--replace-edited {each.name}" for each in left)
    remedy = (
        "`minusnow-setup plan` shows the difference. What is to stay belongs in the site file, if"
        f" it has a place for it; to have it replaced: {options}  (the edited version is kept on"
        f" its host, in {KEPT})"
    )
    if len(left) == 1:
        raise RefusedOnHost(str(left[0]), remedy=remedy, host=left[0].host, step=left[0].step)
    raise RefusedOnHost(
        "files were edited by hand:\n" + "\n".join(f"  {each.host} · {each}" for each in left),
        remedy=remedy,
    )
