"""What earlier runs did and what of it is still true: done, drifted, half-done.

A tick from the past is only believed where a look at the host finds the same now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from wizard.counted import counted
from wizard.run.events import Event
from wizard.site.changed_answers import changed_answers
from wizard.steps.answers import answers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.run.planner import Plan, TaskPlan
    from wizard.run.state_records import StateRecords, Status, TaskRecord
    from wizard.site.changed_answers import ChangedAnswer

Standing = Literal["done", "drifted", "half-done", "failed", "left out", "to do"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierSteps(Event):
    """A run goes on where earlier ones ended: how their steps are found; tasks by id."""

    kind: ClassVar[str] = "earlier-steps"
    durable: ClassVar[bool] = True

    done: tuple[str, ...] = ()  # done before, and found so
    drifted: tuple[str, ...] = ()  # done before, and found different without a changed answer
    redone: tuple[str, ...] = ()  # done before, and due again because of changed answers
    half_done: tuple[str, ...] = ()  # begun before, outcome unknown
    right: tuple[str, ...] = ()  # those of the half-done ones in which nothing is left to do
    failed: tuple[str, ...] = ()  # failed before
    answers: tuple[str, ...] = ()  # changed in the site file since then, in words

    @property
    def count(self) -> int:
        """How many steps were begun before."""
        groups = (self.done, self.drifted, self.redone, self.half_done, self.failed)
        return sum(map(len, groups))


def standing(before: Status, *, changing: bool) -> Standing:
    """Return how a step stands: what runs have recorded of it, and whether a look finds work."""
    match before:
        case "done" | "skipped":
            return "drifted" if changing else "done"
        case "intended":
            return "half-done"
        case "failed":
            return "failed"
        case "left out":
            return "left out"
        case _:
            return "to do" if changing else "done"


def earlier_in(records: StateRecords, plan: Plan, text: str) -> EarlierSteps | None:
    """Return how a plan for a site file finds what the runs of a state file did.

    A run that was cut off has replaced the site file already: what a step rests on is compared
    with the answers of the run that did it. Raises: StateError.
    """
    tasks = records.tasks()
    texts = {run: records.site_text_of(run) for run in {record.run for record in tasks}}
    now = records.site().text
    changed = {before: changed_answers(before, text) for before in {now, *texts.values()}}
    since = {run: changed[before] for run, before in texts.items()}
    return earlier_steps(tasks, plan, changed[now], since)


def earlier_steps(
    records: Sequence[TaskRecord],
    plan: Plan,
    changed: Sequence[ChangedAnswer] = (),
    since: Mapping[int, Sequence[ChangedAnswer]] | None = None,
) -> EarlierSteps | None:
    """Return how a plan finds what earlier runs did, None if they had begun nothing.

    `changed` are the answers of the site file that are other ones since the last run; `since` the
    same by run, where it is not the last one whose answers a step was made from.
    """
    told = {one.path: one for one in changed}
    before = {record.task: record for record in records if record.status != "pending"}
    found: dict[str, list[str]] = {}
    for item in plan.tasks:
        name = item.task.id
        if name not in before:
            continue
        stands: str = standing(before[name].status, changing=not item.empty)
        edits = (since or {}).get(before[name].run, changed)
        if stands == "drifted" and rests_on(item, edits):
            stands = "redone"
            told = {one.path: one for one in edits if rests_on(item, [one])} | told
        if stands == "half-done" and item.empty:
            found.setdefault("right", []).append(name)
        found.setdefault(stands, []).append(name)
    if not found and not told:
        return None
    return EarlierSteps(
        done=tuple(found.get("done", ())),
        drifted=tuple(found.get("drifted", ())),
        redone=tuple(found.get("redone", ())),
        half_done=tuple(found.get("half-done", ())),
        right=tuple(found.get("right", ())),
        failed=tuple(found.get("failed", ())),
        answers=tuple(map(str, told.values())),
    )


def rests_on(item: TaskPlan, changed: Sequence[ChangedAnswer]) -> bool:
    """Whether a step rests on one of the changed answers."""
    paths = answers_of(item.task.step)
    return any(
        one.path == path or one.path.startswith(f"{path}.") for one in changed for path in paths
    )


def summary(earlier: EarlierSteps) -> str:
    """Return it as one sentence, the steps that are not as they were by name."""
    groups: Mapping[str, Sequence[str]] = {
        "drifted": earlier.drifted,
        "half-done": earlier.half_done,
        "failed": earlier.failed,
        "due again for a changed answer": earlier.redone,
    }
    parts = [f"{len(earlier.done)} done"]
    parts += [
        f"{len(tasks)} {name} ({', '.join(tasks)})" for name, tasks in groups.items() if tasks
    ]
    return f"of {counted(earlier.count, 'step')} begun before: {', '.join(parts)}"


def earlier_text(earlier: EarlierSteps, plan: Plan) -> str:
    """Return it as lines for a person who is about to agree to the plan, "" without news."""
    items = {item.task.id: item for item in plan.tasks}

    def told(title: str, tasks: Sequence[str]) -> Iterator[str]:
        if tasks:
            yield title
            yield from (_line(items[name]) for name in tasks)

    lines: list[str] = []
    if earlier.answers:
        lines += ["Answers that were changed since the run before:"]
        lines += [f"  {each}" for each in earlier.answers]
    if earlier.count:
        begun = counted(earlier.count, "step")
        lines += [f"Begun by earlier runs: {begun}, {len(earlier.done)} still done."]
    lines += told("Done again, because of the changed answers:", earlier.redone)
    lines += told("Drifted: done before, different now:", earlier.drifted)
    lines += told("Half-done: begun, outcome unknown, looked at afresh:", earlier.half_done)
    lines += told("Failed before:", earlier.failed)
    return "".join(f"{line}\n" for line in lines)


def _line(item: TaskPlan) -> str:
    task, count = item.task, len(item.changes)
    left = "nothing left to do" if item.empty else f"{counted(count, 'change')} left"
    return f"  {task.host} · {task.title}: {left}"
