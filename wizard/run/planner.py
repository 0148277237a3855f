"""From tasks and what was seen to what would change; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.resources.resource import Change
from wizard.run.canonical import canonical, sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.database.object import DatabaseChange
    from wizard.steps.task import Task
    from wizard.vault.secret import Secrets

# What was seen, by task id and by the key of the resource or database object.
Seen = Mapping[str, Mapping[str, str]]
DatabaseSeen = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """What one task would change, or why it must not."""

    task: Task
    changes: tuple[Change | DatabaseChange, ...] = ()
    problems: tuple[RefusedOnHost, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the task finds everything right."""
        return not self.changes and not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would change on all hosts.

    Some things are only knowable once earlier tasks have run (a role in a database that is not
    there yet); each task is therefore looked at afresh before it acts.
    """

    tasks: tuple[TaskPlan, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing would change and nothing is in the way."""
        return all(task.empty for task in self.tasks)

    @property
    def problems(self) -> tuple[RefusedOnHost, ...]:
        """Everything of value that going on would overwrite."""
        return tuple(problem for task in self.tasks for problem in task.problems)

    @property
    def changes(self) -> int:
        """How many changes there are on all hosts."""
        return sum(len(task.changes) for task in self.tasks)

    @property
    def fingerprint(self) -> str:
        """A SHA-256 over everything shown and everything run, secrets by name; no times in it."""
        return sha256(canonical(self.to_json()))

    def beyond(self, agreed: Plan) -> tuple[str, ...]:
        """Return the tasks, by id, that change or meet what they do not in an agreed plan.

        What is right by now, because work of an earlier run has gone on, say, is no news.
        """
        known = {item.task.id: item for item in agreed.tasks}
        return tuple(
            item.task.id
            for item in self.tasks
            if not item.empty and _met(item) - _met(known.get(item.task.id))
        )

    def hosts(self) -> dict[str, tuple[TaskPlan, ...]]:
        """Return the tasks by host, hosts in the order in which they first act."""
        found: dict[str, list[TaskPlan]] = {}
        for task in self.tasks:
            found.setdefault(task.task.host, []).append(task)
        return {host: tuple(tasks) for host, tasks in found.items()}

    def to_json(self) -> dict[str, object]:
        """Return the plan as JSON values, tasks without changes included."""
        return {"tasks": [_task_json(task) for task in self.tasks]}


def plan(tasks: Sequence[Task], seen: Seen, database_seen: DatabaseSeen, secrets: Secrets) -> Plan:
    """Return what the tasks would change; what could not be looked at counts as absent."""
    return Plan(
        tasks=tuple(
            plan_task(task, seen.get(task.id, {}), database_seen.get(task.id, {}), secrets)
            for task in tasks
        )
    )


def plan_task(
    task: Task, seen: Mapping[str, str], database_seen: Mapping[str, object], secrets: Secrets
) -> TaskPlan:
    """Return what one task would change."""
    changes: list[Change | DatabaseChange] = []
    problems: list[RefusedOnHost] = []
    for resource in task.resources:
        try:
            change = resource.change(seen.get(resource.key, ""), secrets)
        except RefusedOnHost as refused:
            problems.append(_placed(refused, task))
        else:
            changes.extend([change] if change else [])
    for item in task.database:
        try:
            wanted = item.change(database_seen.get(item.key), secrets)
        except RefusedOnHost as refused:
            problems.append(_placed(refused, task))
        else:
            changes.extend([wanted] if wanted else [])
    return TaskPlan(task=task, changes=tuple(changes), problems=tuple(problems))


def _met(item: TaskPlan | None) -> set[str]:
    """Return what a task would change, by name, and what is in its way."""
    if item is None:
        return set()
    return {change.resource for change in item.changes} | {one.seen for one in item.problems}


def _placed(refused: RefusedOnHost, task: Task) -> RefusedOnHost:
    """Return the refusal with the place it belongs to."""
    refused.host = refused.host or task.host
    refused.step = refused.step or task.step
    return refused


def _task_json(item: TaskPlan) -> dict[str, object]:
    return {
        "task": item.task.id,
        "phase": item.task.phase.value,
        "host": item.task.host,
        "step": item.task.step,
        "title": item.task.title,
        "after": sorted(item.task.after),
        "changes": [change_json(change) for change in item.changes],
        "problems": [{"seen": p.seen, "remedy": p.remedy} for p in item.problems],
    }


def change_json(change: Change | DatabaseChange) -> dict[str, object]:
    """Return one change as JSON values; its script with secrets by name."""
    shown: dict[str, object] = {
        "resource": change.resource,
        "summary": change.summary,
        "diff": change.diff,
        "waiting_for": change.waiting_for,
    }
    if isinstance(change, Change):
        shown["script"] = change.script.masked()
        shown["detached"] = change.detached
        if change.edited:
            shown["edited"] = change.edited
        shown["uploads"] = [
            {
                "destination": u.destination,
                "sha256": u.sha256,
                "mode": u.mode,
                "owner": u.owner,
                "size": u.size,
            }
            for u in change.uploads
        ]
    return shown
