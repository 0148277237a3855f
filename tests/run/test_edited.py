"""A file edited by hand stops a run before anything is changed, unless a person agreed to it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import pytest

from tests.resources.machine import ME, MY_GROUP
from tests.run.local_host import LocalHost
from tests.run.pieces import LocalFile, Recorder, no_database, planned, task
from wizard.cli.apply import add_run_arguments
from wizard.errors import RefusedOnHost
from wizard.remote.cancellation import Cancellation
from wizard.resources.file import File
from wizard.resources.shell import OWN_DIRECTORY
from wizard.run.audit import verify_chain
from wizard.run.bus import EventBus
from wizard.run.edited import EditedReplaced, edited_in
from wizard.run.events import RunStarted, TaskIntended
from wizard.run.plan_text import plan_text, totals
from wizard.run.report import gather
from wizard.run.report_write import FORMATS, as_json, written
from wizard.run.session import Engine, Prepared, Reached, apply, plan_made
from wizard.run.state import StateFile
from wizard.run.stored import event_of
from wizard.steps.task import Situation
from wizard.vault.secret import Secrets
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wizard.remote.transport import Result
    from wizard.run.planner import Plan
    from wizard.run.runner import RunResult

BY_HAND = "listen 8080\n"


class Host(LocalHost):
    """A folder with a directory of the installer's own in it."""

    def run(self, script: str, **options: Any) -> Result:  # noqa: ANN401 - as of LocalHost
        """Run it with its own directory."""
        return super().run(script.replace(OWN_DIRECTORY, f"{self.root}/own"), **options)


class EditedTrial:
    """Two hosts with a file each, which is ours, and a second step on one of them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "site.state"
        self.hosts = {name: Host(name, folder / name) for name in ("a", "b")}
        self.recorder = Recorder()
        self.state = StateFile.create(self.path, site_name="acme", site_text="site: acme\n")
        assert self.run("listen 80\n").outcome == "done"

    def file(self, host: str) -> Path:
        """The file on a host."""
        return self.hosts[host].root / "x.cfg"

    def name(self, host: str) -> str:
        """How a person names it."""
        return f"{self.file(host)}@{host}"

    def plan(self, text: str = "listen 443\n") -> Plan:
        """Look at both hosts."""
        files = {
            host: File(path=str(self.file(host)), content=Text(text), owner=ME, group=MY_GROUP)
            for host in self.hosts
        }
        tasks = [task(f"web@{host}", file) for host, file in files.items()]
        other = LocalFile(name="y", content=Text(text.strip()))
        return planned([*tasks, task("other@b", other)], self.hosts)

    def run(self, text: str = "listen 443\n", replace: Collection[str] = ()) -> RunResult:
        """Plan and apply, with what a person agreed to."""
        return self.carry_out(self.plan(text), replace)

    def carry_out(self, made: Plan, replace: Collection[str] = ()) -> RunResult:
        """Apply a plan."""
        bus = EventBus(str)
        bus.add(self.state, journal=True)
        bus.add(self.recorder)
        bus.publish(RunStarted(site="acme", command="apply", operator="ana"))
        bus.publish(plan_made(made))
        stop = Cancellation()
        engine = Engine(
            connect=lambda name: self.hosts[name],
            gather=lambda _transport: pytest.fail("no facts"),
            tasks_for=lambda _situation: (),
            open_database=no_database,
            secrets=Secrets(),
            bus=bus,
            stop=stop,
        )
        nothing: Any = None
        situation = Situation(site=nothing, facts={}, inputs=nothing)
        reached = Reached(transports=self.hosts, facts={})
        prepared = Prepared(situation=situation, plan=made, reached=reached)
        try:
            return apply(prepared, engine, replace_edited=replace)
        finally:
            bus.close()


@pytest.fixture
def trial(tmp_path: Path) -> EditedTrial:
    """Both files are as we wrote them."""
    return EditedTrial(tmp_path)


def test_nothing_is_changed_on_any_host_and_the_way_out_is_named(trial: EditedTrial) -> None:
    """The words can be copied; the file is as its author left it, and so is the other host."""
    trial.file("a").write_text(BY_HAND)
    intended = len(trial.recorder.of(TaskIntended))
    with pytest.raises(RefusedOnHost, match="was edited by hand after it was written on 20") as no:
        trial.run()
    assert (no.value.host, no.value.step) == ("a", "web")
    assert f"--replace-edited {trial.name('a')}" in no.value.remedy
    assert trial.file("a").read_text() == BY_HAND
    assert trial.file("b").read_text() == "listen 80\n"
    assert len(trial.recorder.of(TaskIntended)) == intended


def test_all_of_them_are_named_at_once(trial: EditedTrial) -> None:
    """Consent to one of two is not enough."""
    for host in "ab":
        trial.file(host).write_text(BY_HAND)
    with pytest.raises(RefusedOnHost, match="files were edited by hand") as no:
        trial.run()
    assert no.value.remedy.count("--replace-edited") == 2
    with pytest.raises(RefusedOnHost, match="was edited by hand") as no:
        trial.run(replace=[trial.name("a")])
    assert no.value.host == "b"


def test_with_consent_it_is_set_aside_and_replaced(trial: EditedTrial) -> None:
    """The next run finds nothing to do, and asks nothing."""
    trial.file("a").write_text(BY_HAND)
    assert trial.run(replace=[trial.name("a")]).outcome == "done"
    assert trial.file("a").read_text() == "listen 443\n"
    kept = (trial.hosts["a"].root / "own" / "replaced").rglob("x.cfg")
    assert BY_HAND in [each.read_text() for each in kept]
    assert trial.plan().empty


def test_who_agreed_is_in_the_chain_and_in_every_report(
    trial: EditedTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On disk before the file is touched; only what was edited is told of."""
    monkeypatch.setenv("SUDO_USER", "ana")
    trial.file("a").write_text(BY_HAND)
    trial.run(replace=[trial.name("a"), trial.name("b")])
    trial.state.close()
    assert EditedReplaced.durable
    assert verify_chain(trial.path) == []
    report = gather(trial.path, lines=None)
    (told,) = [each.event for each in report.happened if isinstance(each.event, EditedReplaced)]
    assert (told.host, told.path) == ("a", str(trial.file("a")))
    assert told.operator.startswith("ana")
    kinds = [(each.event.kind, each.event.task) for each in report.happened]
    last = len(kinds) - 1 - kinds[::-1].index(("task-intended", "web@a"))
    assert kinds.index(("edited-replaced", "web@a")) < last
    for form in FORMATS:
        text = written(report, form, width=200)
        assert "dited by hand" in text, form
        assert str(trial.file("a")) in text, form
    assert len(as_json(report)["edited"]) == 1  # type: ignore[arg-type]
    assert event_of(report.happened[0].link).kind == "run-started"


def test_an_edit_between_plan_and_step_stops_that_step(trial: EditedTrial) -> None:
    """Whoever edits while the installer is at work loses nothing either."""
    made = trial.plan()
    trial.file("a").write_text(BY_HAND)
    result = trial.carry_out(made)
    assert result.outcome == "failed"
    (failed,) = result.failures
    assert "edited by hand" in failed.seen
    assert trial.file("a").read_text() == BY_HAND


def test_the_plan_says_so_in_its_own_words(trial: EditedTrial) -> None:
    """Which file, since when, what the difference is, and that it is asked about."""
    assert "edited" not in plan_text(trial.plan())
    trial.file("a").write_text(BY_HAND)
    made = trial.plan()
    text = plan_text(made)
    assert f"! {trial.file('a')} was edited by hand after it was written on " in text
    assert "-listen 8080" in text
    assert "1 file edited by hand: replaced only if you agree." in totals(made)
    trial.file("a").write_text("listen 80\n")
    assert trial.plan().fingerprint != made.fingerprint


def test_a_step_that_is_left_out_leaves_the_edit_alone(trial: EditedTrial) -> None:
    """Nobody has to agree to what is not done."""
    trial.file("a").write_text(BY_HAND)
    made = trial.plan()
    assert len(edited_in(made)) == 1
    assert edited_in(made, ["web@a"]) == ()


@pytest.mark.parametrize("typed", ["haproxy.cfg@lb1", "/etc/haproxy/haproxy.cfg", "/etc/x@"])
def test_the_option_names_a_file_and_its_host(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything else is refused with an example."""
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    good = "/etc/haproxy/haproxy.cfg@lb1"
    assert parser.parse_args(["--replace-edited", good]).replace_edited == [good]
    with pytest.raises(SystemExit):
        parser.parse_args(["--replace-edited", typed])
    assert "wanted PATH@HOST" in capsys.readouterr().err
