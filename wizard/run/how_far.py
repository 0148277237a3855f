"""How far each step of a site is, as its state file tells it; pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wizard.run.report import tasks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.run.state_records import TaskRecord

Far = Literal["done", "failed", "unknown outcome", "to do", "left out"]
_MOST = 3  # failed steps that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStatus:
    """How far one step is on one host; what a later look found different is to do again."""

    task: str
    host: str
    step: str
    title: str
    far: Far


def steps_of(
    plan: Mapping[str, object], records: Sequence[TaskRecord], *, last_run: int
) -> Iterator[StepStatus]:
    """Yield how far every step of the last plan is; `last_run` is the run that made the plan."""
    known = {record.task: record for record in records}
    for task in tasks_of(plan):
        name = task["task"]
        step, _, host = name.rpartition("@")
        due = bool(task.get("changes") or task.get("problems"))
        yield StepStatus(
            task=name,
            host=host,
            step=step,
            title=str(task.get("title") or step),
            far=_far(known.get(name), last_run=last_run, due=due),
        )


def in_a_sentence(steps: Sequence[StepStatus]) -> str:
    """Return how far they are: `40 of 55 steps done, failed at standby@db2`; "" without steps."""
    if not steps:
        return ""
    count = Counter(step.far for step in steps)
    parts = [f"{count['done']} of {len(steps)} steps done"]
    if count["left out"]:
        parts.append(f"{count['left out']} left out")
    if count["unknown outcome"]:
        parts.append(f"{count['unknown outcome']} of unknown outcome")
    if failed := failed_in(steps):
        parts.append(f"failed at {failed}")
    return ", ".join(parts)


def failed_in(steps: Sequence[StepStatus]) -> str:
    """Return the names of those that failed, the first few; "" if none did."""
    failed = [step.task for step in steps if step.far == "failed"]
    more = f" and {len(failed) - _MOST} more" if len(failed) > _MOST else ""
    return f"{', '.join(failed[:_MOST])}{more}"


def _far(record: TaskRecord | None, *, last_run: int, due: bool) -> Far:
    match record.status if record else "pending":
        case "intended":
            return "unknown outcome"
        case "failed":
            return "failed"
        case "left out":
            return "left out"
        case "done" | "skipped" if record and record.run >= last_run:
            return "done"
        case _:
            # What no run has come to since: the look that the last plan was made from decides.
            return "to do" if due else "done"
