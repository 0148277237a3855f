"""What a run says of the steps that earlier runs had begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.run.pieces import LocalFile, task
from wizard.resources.resource import Change
from wizard.run import events as e
from wizard.run.audit import verify_chain
from wizard.run.console import said
from wizard.run.earlier import (
    EarlierSteps,
    earlier_in,
    earlier_steps,
    earlier_text,
    standing,
    summary,
)
from wizard.run.planner import Plan, TaskPlan
from wizard.run.state import StateFile
from wizard.run.state_records import Status, TaskRecord
from wizard.site.changed_answers import ChangedAnswer
from wizard.vault.text import Text

if TYPE_CHECKING:
    from pathlib import Path

PORT = ChangedAnswer("cache.port", "6379", "6380")
DONE = [
    e.TaskStarted(host="cache1", task="redis@cache1", title="Redis", phase="Cache"),
    e.TaskDone(host="cache1", task="redis@cache1", seconds=1.0, changed=1),
]


def item(name: str, changes: int) -> TaskPlan:
    """Return a step with so many changes left."""
    change = Change(resource="file f", summary="write f", script=Text(""))
    return TaskPlan(task=task(name, LocalFile(name="f")), changes=(change,) * changes)


def record(name: str, status: Status, run: int = 1) -> TaskRecord:
    """Return what a state file says of a step."""
    return TaskRecord(run=run, task=name, status=status, started=None, ended=None)


@pytest.mark.parametrize(
    ("before", "changing", "stands"),
    [
        ("done", False, "done"),
        ("skipped", False, "done"),
        ("done", True, "drifted"),
        ("skipped", True, "drifted"),
        ("intended", False, "half-done"),
        ("intended", True, "half-done"),
        ("failed", True, "failed"),
        ("left out", True, "left out"),
        ("pending", True, "to do"),
        ("pending", False, "done"),
    ],
)
def test_a_tick_counts_only_where_a_look_agrees(
    before: Status, stands: str, *, changing: bool
) -> None:
    """What runs have recorded, and what is found now, together say how a step stands."""
    assert standing(before, changing=changing) == stands


def test_every_step_that_was_begun_is_told_and_only_changed_answers_explain_a_change() -> None:
    """A step that rests on a changed answer is due again; another that differs has drifted."""
    plan = Plan(
        tasks=(
            item("mounts@app1", 0),
            item("redis@cache1", 1),
            item("balancer@lb1", 2),
            item("packages@db1", 1),
            item("standby@db2", 0),
            item("service@app1", 1),
            item("firewall@lb1", 1),
        )
    )
    before = [
        record("mounts@app1", "done"),
        record("redis@cache1", "done"),
        record("balancer@lb1", "skipped"),
        record("packages@db1", "intended"),
        record("standby@db2", "intended"),
        record("service@app1", "failed"),
        record("firewall@lb1", "pending"),
    ]
    found = earlier_steps(before, plan, [PORT])
    assert found
    assert found.done == ("mounts@app1",)
    assert found.redone == ("redis@cache1",)
    assert found.drifted == ("balancer@lb1",)
    assert (found.half_done, found.right) == (("packages@db1", "standby@db2"), ("standby@db2",))
    assert found.failed == ("service@app1",)
    assert found.answers == ("cache.port: 6379 → 6380",)
    assert summary(found) == (
        "of 6 steps begun before: 1 done, 1 drifted (balancer@lb1), 2 half-done (packages@db1,"
        " standby@db2), 1 failed (service@app1), 1 due again for a changed answer (redis@cache1)"
    )
    told = earlier_text(found, plan)
    assert "cache.port: 6379 → 6380" in told
    assert "Drifted: done before, different now:\n  lb1 · Step balancer: 2 changes left" in told
    assert "db2 · Step standby: nothing left to do" in told
    assert said(found, "") == ("!", summary(found))


def test_a_step_is_judged_by_the_answers_it_was_made_from() -> None:
    """Those of a run that was cut off count for its own steps alone."""
    plan = Plan(tasks=(item("redis@cache1", 1), item("redis@cache2", 1), item("mounts@app1", 1)))
    before = [
        record("redis@cache1", "done"),
        record("redis@cache2", "done", run=2),
        record("mounts@app1", "done"),
    ]
    found = earlier_steps(before, plan, (), {1: [PORT], 2: []})
    assert found
    assert found.redone == ("redis@cache1",)
    assert found.drifted == ("redis@cache2", "mounts@app1")
    assert found.answers == ("cache.port: 6379 → 6380",)


def test_the_answers_of_every_run_are_known(tmp_path: Path) -> None:
    """The text that a run replaced is kept, and belongs to the runs before it; a chain is whole."""
    path = tmp_path / "site.state"
    texts = [f"site: acme\ncache: {{port: {port}}}\n" for port in (1, 2, 3)]
    state = StateFile.create(path, site_name="acme", site_text=texts[0])
    for text in (texts[0], texts[1], texts[1], texts[2]):
        state.take([e.RunStarted(site="acme", command="apply")])
        state.replace_site(text)
        state.take(DONE)
    assert [state.records.site_text_of(run) for run in (1, 2, 3, 4, 5)] == [
        *(texts[0], texts[1], texts[1]),
        *(texts[2], texts[2]),
    ]
    state.take([e.RunStarted(site="acme", command="resume")])
    state.replace_site(texts[0])  # and cut off before its first step
    plan = Plan(tasks=(item("redis@cache1", 1),))
    found = earlier_in(state.records, plan, texts[0])
    assert found
    assert (found.redone, found.drifted) == (("redis@cache1",), ())
    assert found.answers == ("cache.port: 3 → 1",)
    state.take(DONE)
    found = earlier_in(state.records, plan, texts[0])
    assert found
    assert (found.redone, found.drifted, found.answers) == ((), ("redis@cache1",), ())
    state.close()
    assert verify_chain(path) == []


def test_a_first_run_has_nothing_to_tell() -> None:
    """Steps that were never begun are no earlier steps."""
    assert earlier_steps([], Plan(tasks=(item("mounts@app1", 1),))) is None
    pending = [record("mounts@app1", "pending")]
    assert earlier_steps(pending, Plan(tasks=(item("mounts@app1", 1),))) is None


def test_it_is_an_event_like_every_other() -> None:
    """Programs read it as JSON."""
    told = EarlierSteps(done=("a@b",), drifted=("c@d",)).to_json()
    assert (told["kind"], told["done"], told["drifted"]) == ("earlier-steps", ["a@b"], ["c@d"])
    assert isinstance(EarlierSteps(), e.Event)
