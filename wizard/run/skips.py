"""Which steps a person may leave out, what goes with them, and what follows; pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import SetupError
from wizard.run.events import TaskLeftOut

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from wizard.run.graph import Graph
    from wizard.steps.task import Task

_NAMED = 3  # steps that are named before the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """What it means to leave a step out, or why it must not be."""

    task: str  # the step that is left out: what only confirms another one goes with that one
    along: tuple[str, ...] = ()  # steps that make no sense without it
    follows: str = ""  # what follows, in sentences
    refused: str = ""  # why it must not be, "" if it may

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every step that is left out."""
        return (self.task, *self.along)


def skip_of(graph: Graph, name: str, already: Collection[str] = ()) -> Skip:
    """Return what it means to leave a step of the plan out, besides those that are already."""
    task = _head(graph, graph[name])
    along = graph.dependents(task.id)
    waiting = [graph[each] for each in along]
    needing = [each for each in waiting if not each.if_left_out and not each.new_session]
    if needing or (waiting and not task.if_left_out):
        return Skip(task=task.id, refused=f"needed by {_names(needing or waiting)}")
    if not task.if_left_out:
        return Skip(task=task.id, refused="the site does not work without it")
    group = {task.id, *along}
    for each in (task, *waiting):
        same = [one.id for one in graph if one.step == each.step]
        if each.one_remains and not set(same) - group - set(already):
            return Skip(task=task.id, refused=f"{each.title} has to be on one host at least")
    follows = dict.fromkeys(each.if_left_out for each in (task, *waiting) if each.if_left_out)
    return Skip(task=task.id, along=along, follows=" ".join(follows))


def left_out(graph: Graph, reasons: Mapping[str, str], operator: str) -> tuple[TaskLeftOut, ...]:
    """Return the events that leave steps out, `reasons` by task id.

    Raises: SetupError for a step that there is not, that must not be left out, or without a reason.
    """
    known = {task.id for task in graph}
    found: dict[str, TaskLeftOut] = {}
    for name, reason in reasons.items():
        if name not in known:
            raise SetupError(f"there is no step {name} in this plan", remedy=_similar(name, graph))
        if not reason.strip():
            raise SetupError(
                f"there is no reason why {name} is left out", remedy="Give one: it is kept."
            )
        skip = skip_of(graph, name, found)
        if skip.refused:
            raise SetupError(
                f"{name} cannot be left out: {skip.refused}",
                remedy="Put right what keeps it from being done, and go on without leaving it out.",
            )
        for each in skip.tasks:
            with_it = "" if each == skip.task else skip.task
            found[each] = TaskLeftOut(
                host=graph[each].host,
                task=each,
                title=graph[each].title,
                reason=reason.strip(),
                operator=operator,
                follows=graph[each].if_left_out,
                along_with=with_it,
            )
    return tuple(found.values())


def _head(graph: Graph, task: Task) -> Task:
    """Return the step that one is part of: a confirmation belongs to what it confirms."""
    if task.new_session and len(task.after) == 1:
        return graph[next(iter(task.after))]
    return task


def _names(tasks: Sequence[Task]) -> str:
    names = [f"{task.title} on {task.host}" for task in tasks[:_NAMED]]
    more = len(tasks) - len(names)
    return ", ".join(names) + (f" and {more} more steps" if more else "")


def _similar(name: str, graph: Graph) -> str:
    ids = [task.id for task in graph]
    near = difflib.get_close_matches(name, ids, n=_NAMED)
    if near:
        return f"Steps are named as in `base-backup@db2`; similar ones: {', '.join(near)}."
    return "Steps are named `step@host`; `minusnow-setup plan SITE --json` lists them."
