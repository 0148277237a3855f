"""A world that stands still, so that a picture taken today is the one that was taken before."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

from textual.widgets import Input

from wizard.run import events as e
from wizard.run.session import plan_made

if TYPE_CHECKING:
    from datetime import tzinfo

    import pytest

    from screens.work import Work

SECONDS = 1000.0  # what every clock shows
_NIGHT = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
_CLOCKS = (
    "screens.progress",
    "screens.run_words",
    "screens.install",
    "screens.widgets.step_tree",
    "wizard.run.runner",
    "wizard.run.task_run",
)
_CALENDARS = ("screens.licensing", "screens.database", "screens.application", "screens.done")


class _Still(datetime):
    """The same moment whenever it is asked."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _Still:
        """Return it."""
        return cls.fromtimestamp(_NIGHT.timestamp(), tz)


def stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clocks, the calendars and the blinking of cursors."""
    monkeypatch.setattr(Input, "cursor_blink", False)
    for name in _CLOCKS:
        clock = SimpleNamespace(monotonic=lambda: SECONDS)
        monkeypatch.setattr(importlib.import_module(name), "time", clock)
    for name in _CALENDARS:
        monkeypatch.setattr(importlib.import_module(name), "datetime", _Still)
    calendar = SimpleNamespace(datetime=_Still, date=date, timedelta=timedelta, UTC=UTC)
    monkeypatch.setattr(importlib.import_module("wizard.checks.preflight"), "dt", calendar)


def half_way(work: Work) -> None:
    """Have the plan carried out as far as the standby's copy: told, not done."""
    assert work.plan
    plan = plan_made(work.plan)
    told: list[e.Event] = [
        e.RunStarted(time=_NIGHT, site="acme-itsm", command="apply", operator="ana"),
        e.PlanMade(
            time=_NIGHT,
            fingerprint=plan.fingerprint,
            changes=plan.changes,
            tasks=plan.tasks,
            changing=plan.changing,
            plan=plan.plan,
        ),
    ]
    steps = {item.task.id: item.task for item in work.plan.tasks}
    behind = [one for one in steps if one.startswith(("prepare@", "packages@", "postgres@"))]
    for number, task in enumerate(behind):
        at = _NIGHT + timedelta(seconds=5 * number)
        told += [
            _started(steps[task].title, task, at),
            e.TaskDone(
                time=at + timedelta(seconds=4),
                host=steps[task].host,
                task=task,
                seconds=4.0 + number,
                changed=2,
            ),
        ]
    later = _NIGHT + timedelta(minutes=4)
    told += [_started(steps[task].title, task, later) for task in ("standby@db2", "mounts@app1")]
    words = ["pg_basebackup: initiating base backup, waiting for checkpoint to complete"]
    words += [f"{24117 * n // 5}/24117 kB ({20 * n}%), 0/1 tablespace" for n in range(1, 4)]
    told += [
        e.OutputLine(time=later, host="db2", task="standby@db2", stream="err", text=text)
        for text in words
    ]
    work.progress.begun = SECONDS - 281.0
    work.installing, work.busy = True, "installing"
    work.log.take(told)


def failed(work: Work) -> None:
    """Have the standby's copy fail, and the run end with it."""
    later = _NIGHT + timedelta(minutes=5)
    no_entry = 'FATAL: no pg_hba.conf entry for replication connection, user "replicator"'
    assert work.plan
    waiting = [
        item.task
        for item in work.plan.tasks
        if item.task.id in {"streaming@db2", "migrate@app1", "service@app1", "service@app2"}
    ]
    work.log.take(
        [
            e.TaskFailed(
                time=later,
                host="db2",
                task="standby@db2",
                title="PostgreSQL standby, copied from the primary",
                error="CommandFailed",
                seen="it ended with status 1",
                remedy="See what it wrote, correct that, then go on with `minusnow-setup resume`.",
                command="copy the cluster of db1 (slot minusnow_db2)",
                status=1,
                lines=("14470/24117 kB (60%), 0/1 tablespace", no_entry),
                seconds=6.0,
            ),
            *(
                e.TaskBlocked(time=later, host=task.host, task=task.id, waiting_on="standby@db2")
                for task in waiting
            ),
            e.RunFinished(time=later, outcome="failed", done=20, failed=1, not_started=30),
        ]
    )
    work.installing, work.busy = False, ""


def _started(title: str, task: str, at: datetime) -> e.TaskStarted:
    return e.TaskStarted(time=at, host=task.partition("@")[2], task=task, title=title, phase="Base")
