"""Steps that a person leaves out: which may be, what goes with them, and what is kept of it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.run.local_host import LocalHost
from tests.run.pieces import LocalFile, Recorder, no_database, planned, task
from tests.run.state_story import filled
from tests.steps.assumed_site import situation, tasks
from wizard.cli.apply import add_run_arguments
from wizard.errors import SetupError
from wizard.facts.host import Listener
from wizard.remote.cancellation import Cancellation
from wizard.run import state_schema
from wizard.run.audit import verify_chain
from wizard.run.bus import EventBus
from wizard.run.events import RunFinished, RunStarted, TaskBlocked, TaskLeftOut, TaskStarted
from wizard.run.graph import Graph
from wizard.run.report import gather
from wizard.run.report_write import FORMATS, as_json, written
from wizard.run.runner import Runner
from wizard.run.session import plan_made
from wizard.run.skips import left_out, skip_of
from wizard.run.state import StateFile
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wizard.run.runner import RunResult
    from wizard.steps.task import Task


def whole() -> Graph:
    """Every step of the reference site."""
    return Graph(list(tasks(situation()).values()))


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("firewall@db1", ("firewall-confirmed@db1",)),
        ("firewall-confirmed@db1", ("firewall-confirmed@db1",)),
        ("keepalived@lb2", ()),
        ("balancer@lb1", ("keepalived@lb1",)),
        ("service@app1", ()),
    ],
)
def test_what_no_other_step_needs_may_be_left_out(name: str, others: tuple[str, ...]) -> None:
    """With what makes no sense without it; a confirmation goes with what it confirms."""
    skip = skip_of(whole(), name)
    assert not skip.refused
    assert skip.along == others
    assert skip.task == name.replace("-confirmed", "")
    assert skip.follows.endswith(".")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("packages@lb1", "needed by HAProxy on lb1"),
        ("streaming@db2", "needed by database migrations on app1"),
        ("save@db1", "needed by database migrations on app1"),
        ("mounts@app2", "needed by MinusNow service on app1"),
        ("redis@cache1", "needed by MinusNow service on app1, MinusNow service on app2"),
    ],
)
def test_what_others_need_may_not(name: str, why: str) -> None:
    """The answer names who needs it."""
    assert why in skip_of(whole(), name).refused


@pytest.mark.parametrize("step", ["keepalived", "balancer", "service"])
def test_one_of_those_that_stand_in_for_each_other_remains(step: str) -> None:
    """Left out on all of them, nobody would do it."""
    places = [each.id for each in whole() if each.step == step]
    reasons = dict.fromkeys(places, "no")
    left_out(whole(), {places[0]: "no"}, "ana")
    with pytest.raises(SetupError, match="on one host at least"):
        left_out(whole(), reasons, "ana")
    assert not skip_of(whole(), places[1]).refused
    assert "one host at least" in skip_of(whole(), places[1], [places[0]]).refused


def test_on_a_site_that_serves_users_no_service_is_left_behind() -> None:
    """It would go on with the code of before, on the schema of after."""
    found = situation()
    busy = Listener(address="0.0.0.0", port=5000, process="node")  # noqa: S104 - a listener seen
    facts = {name: replace(each, listeners=(busy,)) for name, each in found.facts.items()}
    graph = Graph(list(tasks(replace(found, facts=facts)).values()))
    assert skip_of(graph, "service@app1").refused
    assert skip_of(graph, "service@app2").refused


@pytest.mark.parametrize(
    ("reasons", "seen"),
    [
        ({"firewall@nowhere": "x"}, "no step firewall@nowhere"),
        ({"firewall@db1": " "}, "no reason"),
        ({"roles@db1": "x"}, "cannot be left out"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(reasons: dict[str, str], seen: str) -> None:
    """Before anything is touched, with what to do."""
    with pytest.raises(SetupError, match=seen) as refused:
        left_out(whole(), reasons, "ana")
    assert refused.value.remedy


class SkippingTrial:
    """A run of three steps on two local hosts, one of which may be left out; kept on disk."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "site.state"
        self.hosts = {name: LocalHost(name, folder / name) for name in ("a", "b")}
        self.recorder = Recorder()
        self.tasks: Sequence[Task] = (
            replace(
                task("extra@a", LocalFile(name="f", script="exit 3")),
                if_left_out="a has no extra.",
            ),
            task("base@a", LocalFile(name="g")),
            task("base@b", LocalFile(name="g"), after=["base@a"]),
        )

    def run(self, reasons: dict[str, str]) -> RunResult:
        """Carry the plan out without what is left out."""
        state = StateFile.create(self.path, site_name="acme", site_text="site: acme\n")
        bus = EventBus(str)
        bus.add(state, journal=True)
        bus.add(self.recorder)
        bus.publish(RunStarted(site="acme", command="apply", operator="ana"))
        made = planned(self.tasks, self.hosts)
        bus.publish(plan_made(made))
        try:
            return Runner(
                plan=made,
                transports=self.hosts,
                secrets=Secrets(),
                bus=bus,
                open_database=no_database,
                stop=Cancellation(),
                left_out=left_out(Graph(self.tasks), reasons, "ana@10.9.0.4"),
            ).run()
        finally:
            bus.close()
            state.close()


def test_a_run_goes_on_without_what_is_left_out(tmp_path: Path) -> None:
    """The step is never started, the others are done, and the run counts as done."""
    trial = SkippingTrial(tmp_path)
    result = trial.run({"extra@a": "ours comes later"})
    assert (result.outcome, result.left_out) == ("done", ("extra@a",))
    assert set(result.done) == {"base@a", "base@b"}
    assert not result.not_started
    assert "extra@a" not in {event.task for event in trial.recorder.of(TaskStarted)}
    assert not (tmp_path / "a" / "f").exists()
    (finished,) = trial.recorder.of(RunFinished)
    assert finished.left_out == 1


def test_a_step_that_is_left_out_does_not_count_as_waiting(tmp_path: Path) -> None:
    """What it comes after may fail: it is left out all the same."""
    trial = SkippingTrial(tmp_path)
    trial.tasks = (
        task("base@a", LocalFile(name="f", script="exit 3")),
        replace(task("extra@a", LocalFile(name="g"), after=["base@a"]), if_left_out="None."),
    )
    result = trial.run({"extra@a": "later"})
    assert result.outcome == "failed"
    assert result.left_out == ("extra@a",)
    assert not trial.recorder.of(TaskBlocked)


def test_person_and_reason_are_in_the_chain(tmp_path: Path) -> None:
    """On disk before anything else begins; whoever changes the reason breaks the chain."""
    assert TaskLeftOut.durable
    trial = SkippingTrial(tmp_path)
    trial.run({"extra@a": "ours comes later"})
    assert verify_chain(trial.path) == []
    report = gather(trial.path, lines=None)
    kinds = [each.event.kind for each in report.happened]
    assert kinds.index("task-left-out") < kinds.index("task-started")
    (record,) = [record for record in report.tasks if record.task == "extra@a"]
    assert record.status == "left out"


def test_every_report_shows_the_skip_with_its_reason(tmp_path: Path) -> None:
    """Who, which step, why, and what follows."""
    trial = SkippingTrial(tmp_path)
    trial.run({"extra@a": "ours comes later"})
    report = gather(trial.path, lines=None)
    for form in FORMATS:
        text = written(report, form, width=160)
        assert "ours comes later" in text, form
        assert "ana@10.9.0.4" in text, form
        assert "a has no extra." in text, form
    skips = as_json(report)["skips"]
    assert isinstance(skips, list)
    assert [each["task"] for each in skips] == ["extra@a"]


def test_a_file_from_before_there_were_skips_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read as it is, and learns of them when the next run opens it."""
    with monkeypatch.context() as before:
        before.setattr(state_schema, "MIGRATIONS", state_schema.MIGRATIONS[:1])
        before.setattr(state_schema, "VERSION", 1)
        filled(tmp_path / "site.state")
    assert gather(tmp_path / "site.state", lines=None).tasks
    state = StateFile.open(tmp_path / "site.state")
    event = TaskLeftOut(host="b", task="two@b", title="Two", reason="later", operator="ana")
    state.take([event])
    status = {record.task: record.status for record in state.records.tasks()}
    state.close()
    assert status["two@b"] == "left out"
    assert verify_chain(tmp_path / "site.state") == []


def test_the_command_line_takes_steps_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    """A reason may hold an equals sign; none at all is refused."""
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    typed = ["--skip", "firewall@lb1=our own, see A=B", "--skip", "keepalived@lb2=later"]
    assert parser.parse_args(typed).skip == [
        ("firewall@lb1", "our own, see A=B"),
        ("keepalived@lb2", "later"),
    ]
    with pytest.raises(SystemExit):
        parser.parse_args(["--skip", "firewall@lb1"])
    assert "wanted STEP@HOST=REASON" in capsys.readouterr().err
