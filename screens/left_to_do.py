"""The question before a run goes on: what is done again, what is still to be done; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.counted import counted
from wizard.run.earlier import EarlierSteps
from wizard.run.edited import KEPT, edited_in
from wizard.run.plan_text import totals
from wizard.run.planner import Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from wizard.run.events import TaskLeftOut
    from wizard.run.planner import TaskPlan


def left_to_do(
    plan: Plan,
    *,
    behind: Collection[str] = (),
    changed: Sequence[str] = (),
    skipped: Sequence[TaskLeftOut] = (),
    earlier: EarlierSteps | None = None,
) -> str:
    """Return what the hosts ask for now.

    `behind` are the steps that were right before, `changed` the answers that are other ones since;
    `earlier` how the steps of earlier runs are found.
    """
    found = earlier or EarlierSteps()
    again = {*behind, *found.redone}  # those of a program before this one as well
    return "\n".join(
        [*_unsure(plan, found), *_lines(plan, again, changed or found.answers, skipped)]
    )


def _unsure(plan: Plan, earlier: EarlierSteps) -> Iterator[str]:
    """Say which steps of earlier runs are not as they were recorded, or were never recorded."""
    items = {item.task.id: item for item in plan.tasks}
    for title, names in (
        ("Drifted: done before, different now:", earlier.drifted),
        ("Half-done: begun, outcome unknown, looked at afresh:", earlier.half_done),
    ):
        if names:
            yield title
            yield from (_step(items[name]) for name in names)
            yield ""


def _lines(
    plan: Plan, behind: Collection[str], changed: Sequence[str], skipped: Sequence[TaskLeftOut]
) -> Iterator[str]:
    names = {event.task for event in skipped}
    due = [item for item in plan.tasks if item.changes and item.task.id not in names]
    again = [item for item in due if item.task.id in behind]
    if changed:
        yield "Answers that were changed:"
        yield from (f"  {each}" for each in changed)
        yield ""
    if again:
        yield "Done again, because it is no longer what is wanted:"
        yield from map(_step, again)
        yield ""
    if rest := [item for item in due if item.task.id not in behind]:
        yield "Still to be done:" if behind else "The hosts ask for this now:"
        yield from map(_step, rest)
        yield ""
    if edited := edited_in(plan, names):
        yield f"Edited by hand; replaced, and kept in {KEPT}:"
        yield from (f"  {each.host}: {each.path}" for each in edited)
        yield ""
    if skipped:
        yield "Skipped:"
        for one in skipped:
            why = f"goes with {one.along_with}" if one.along_with else one.reason
            yield f"  {one.host} · {one.title}: {why}"
        yield ""
    yield totals(Plan(tasks=tuple(item for item in plan.tasks if item.task.id not in names)))


def _step(item: TaskPlan) -> str:
    count = len(item.changes)
    left = counted(count, "change") if count else "nothing left to do"
    return f"  {item.task.host} · {item.task.title}: {left}"
