"""A plan as text for people: per host, per step, what would change, with diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.counted import counted
from wizard.run.edited import KEPT, edited_by, edited_in
from wizard.run.visible import spelt_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.run.planner import Plan, TaskPlan


def plan_text(plan: Plan, *, diffs: bool = True) -> str:
    """Return the whole plan; hosts on which nothing would change are counted, not listed.

    What a host's files hold stands in the diffs: no terminal obeys it.
    """
    return spelt_lines("\n".join(_lines(plan, diffs=diffs)) + "\n")


def totals(plan: Plan) -> str:
    """Return one line: changes, steps and hosts, and what stands in the way."""
    if plan.empty:
        return f"Nothing would change: {counted(len(plan.tasks), 'step')} already right."
    busy = [task for task in plan.tasks if task.changes]
    line = (
        f"{counted(plan.changes, 'change')} in {counted(len(busy), 'step')}"
        f" on {counted(len({task.task.host for task in busy}), 'host')};"
        f" {counted(len(plan.tasks) - len(busy), 'step')} already right."
    )
    if edited := len(edited_in(plan)):
        line += f" {counted(edited, 'file')} edited by hand: replaced only if you agree."
    problems = len(plan.problems)
    return f"{line} {counted(problems, 'refusal')}: nothing is run." if problems else line


def _lines(plan: Plan, *, diffs: bool) -> Iterator[str]:
    for host, tasks in plan.hosts().items():
        busy = [task for task in tasks if not task.empty]
        if not busy:
            continue
        yield host
        for task in busy:
            yield f"  {task.task.phase.value} · {task.task.title} [{task.task.step}]"
            yield from _task_lines(task, diffs=diffs)
        yield ""
    quiet = [host for host, tasks in plan.hosts().items() if all(task.empty for task in tasks)]
    if quiet and not plan.empty:
        yield f"Nothing would change on: {', '.join(quiet)}"
    yield totals(plan)


def _task_lines(item: TaskPlan, *, diffs: bool) -> Iterator[str]:
    for problem in item.problems:
        yield f"    ! {problem.seen}"
        if problem.remedy:
            yield f"      {problem.remedy}"
    for edited in edited_by(item.task, item.changes):
        yield f"    ! {edited}"
        yield f"      It is replaced only if you agree ({edited.name}), and kept in {KEPT}."
    for change in item.changes:
        yield f"    ~ {change.summary}"
        if diffs and change.diff:
            yield from (f"        {line}" for line in change.diff.removesuffix("\n").split("\n"))
