"""Simulated hosts under the real engine: plan, run, second run, failure; never taken for real."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.run.pieces import Recorder
from tests.screens.site_text import SITE
from wizard.checks.check import Verdict, worst
from wizard.cli.main import main
from wizard.errors import Cancelled, SiteError, StateError
from wizard.remote.cancellation import Cancellation
from wizard.run.bus import EventBus
from wizard.run.events import OutputLine, RunStarted, TaskFailed, TaskStarted
from wizard.run.likely import likely
from wizard.run.report import gather
from wizard.run.report_parts import heading
from wizard.run.simulated.hosts import SimulatedFleet
from wizard.run.simulated.installation import (
    SimulatedInstallation,
    simulated_engine,
    simulated_inputs,
)
from wizard.run.simulated.memory import recall
from wizard.run.simulated.secrets import fill, simulated_vault
from wizard.run.simulated.transport import SimulatedTransport
from wizard.run.state import StateFile
from wizard.site.file import parse

if TYPE_CHECKING:
    from wizard.checks.check import Finding
    from wizard.remote.transport import Result
    from wizard.run.runner import RunResult


@dataclass
class Walk:
    """One program's worth of simulated hosts."""

    fleet: SimulatedFleet = field(default_factory=lambda: SimulatedFleet(pace=0))
    text: str = SITE
    recorder: Recorder = field(default_factory=Recorder)
    journal: Path | None = None  # the state file that keeps what is done
    stop: Cancellation = field(default_factory=Cancellation)
    findings: tuple[Finding, ...] = ()
    proof: tuple[Finding, ...] = ()
    state: StateFile | None = None

    def open(self) -> SimulatedInstallation:
        """Return an installation that has reached its hosts and asked them."""
        site = parse(self.text, "site.yaml").site
        assert site
        vault = simulated_vault(site.site)
        fill(vault, site, base=Path())
        bus = EventBus(str)
        bus.add(self.recorder, journal=True)
        if self.journal:
            recall(self.fleet, self.journal)
            self.state = self.opened(self.journal)
            bus.add(self.state, journal=True)
            bus.publish(RunStarted(site=site.site, command="apply", operator="ana", simulated=True))
        engine = simulated_engine(site, vault.secrets(), bus, self.stop, self.fleet)
        inputs = simulated_inputs(site, Path("/nowhere"), smtp_password=False)
        work = SimulatedInstallation(site=site, inputs=inputs, engine=engine, fleet=self.fleet)
        work.reach()
        self.findings = work.preflight()
        return work

    def run(self) -> RunResult:
        """Plan, carry out, prove."""
        work = self.open()
        work.plan()
        result = work.apply()
        if result.outcome == "done":
            self.proof = work.prove(drills=True)
        work.engine.bus.close()
        if self.state:
            self.state.close()
        return result

    def look(self) -> tuple[Finding, ...]:
        """Prove without a run."""
        work = self.open()
        found = work.prove(drills=False)
        work.engine.bus.close()
        if self.state:
            self.state.close()
        return found

    def opened(self, path: Path) -> StateFile:
        """Return the state file, made anew or with this site in it."""
        if not path.exists():
            return StateFile.create(
                path, site_name="acme-itsm", site_text=self.text, site_path="", simulated=True
            )
        state = StateFile.open(path)
        state.replace_site(self.text, path="")
        return state


def test_the_whole_installation_runs_and_a_second_one_finds_nothing_to_do() -> None:
    """Preflight and proof hold, every step of the real sequence is done, then all is right."""
    walk = Walk()
    first = walk.run()
    assert worst(walk.findings) is Verdict.OK
    assert (first.outcome, first.skipped) == ("done", ())
    assert {"packages@lb1", "standby@db2", "service@app2", "firewall@st1"} <= set(first.done)
    assert worst(walk.proof) is Verdict.OK
    assert len(walk.proof) > 30
    second = walk.run()
    assert (second.outcome, second.changed) == ("done", 0)


def test_nobody_else_can_have_changed_a_simulated_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """So what was planned is carried out without a second look, which would take its time."""
    walk, looks = Walk(), []
    run = SimulatedTransport.run

    def seen(self: SimulatedTransport, *given: Any, **named: Any) -> Result:  # noqa: ANN401 - handed on
        looks.append(named.get("waiting_for"))
        return run(self, *given, **named)

    monkeypatch.setattr(SimulatedTransport, "run", seen)
    work = walk.open()
    work.plan()
    count = looks.count("a look at what is there")
    assert count == len(work.site.hosts)
    assert work.apply().outcome == "done"
    assert looks.count("a look at what is there") == count


def test_everything_that_is_shown_says_that_it_is_simulated() -> None:
    """Each change's first line, and each answer of the proof."""
    walk = Walk()
    walk.run()
    first: dict[tuple[str, str], str] = {}
    for line in walk.recorder.of(OutputLine):
        first.setdefault((line.task, line.resource), line.text)
    assert first
    assert all(text.startswith("simulated: ") for text in first.values())
    assert all(one.seen.startswith("simulated: ") for one in walk.proof)


def test_what_was_done_is_there_again_in_the_next_program(tmp_path: Path) -> None:
    """A run that stopped is gone on with on hosts that know the state file alone."""
    path = tmp_path / "acme.simulated.state"
    first = Walk(SimulatedFleet(pace=0, failing={"standby"}), journal=path).run()
    assert first.outcome == "failed"
    second = Walk(journal=path).run()
    assert second.outcome == "done"
    assert set(second.skipped) == set(first.done)
    third = Walk(journal=path).run()
    assert (third.outcome, third.changed) == ("done", 0)
    assert worst(Walk(journal=path).look()) is Verdict.OK


def test_a_machine_that_was_replaced_is_not_recalled(tmp_path: Path) -> None:
    """Neither what the old one had, nor what a run that failed early was still to make."""
    path = tmp_path / "acme.simulated.state"
    Walk(journal=path).run()
    other = SITE.replace("10.0.4.10", "10.0.4.11")
    Walk(SimulatedFleet(pace=0, failing={"prepare@cache1"}), text=other, journal=path).run()
    third = Walk(text=other, journal=path).run()
    assert "packages@cache1" in third.done
    assert not {task for task in third.done if task.startswith("packages@app")}


def test_real_hosts_are_no_memory(tmp_path: Path) -> None:
    """A state file of real hosts tells simulated ones nothing; one that is damaged neither."""
    real, damaged = tmp_path / "real.state", tmp_path / "damaged.state"
    state_of(real, simulated=False)
    damaged.write_text("no state file")
    fleet = SimulatedFleet(pace=0)
    recall(fleet, real)
    recall(fleet, damaged)
    assert not fleet.host("10.0.4.10").made


def test_a_changed_answer_is_a_small_plan() -> None:
    """What depends on it is done again, and nothing else."""
    walk = Walk()
    walk.run()
    walk.text = SITE.replace("smtp.example.com", "relay.example.com")
    result = walk.run()
    assert result.outcome == "done"
    assert {task.partition("@")[0] for task in result.done} >= {"application", "service"}
    assert not {task for task in result.done if task.startswith(("packages@", "postgres@"))}


def test_another_address_is_another_machine() -> None:
    """What was made on the old one is not on the new one."""
    walk = Walk()
    walk.run()
    walk.text = SITE.replace("10.0.4.10", "10.0.4.11")
    assert "packages@cache1" in walk.run().done


@pytest.mark.parametrize(
    ("failing", "task", "cause"),
    [
        ("packages@db1", "packages@db1", "package source"),
        ("standby", "standby@db2", "pg_hba.conf"),
        ("mounts@app2", "mounts@app2", "network"),
        ("prepare@lb1", "prepare@lb1", "disk"),
    ],
)
def test_a_step_fails_once_with_a_likely_cause(failing: str, task: str, cause: str) -> None:
    """The card has something to show, and a second attempt goes through."""
    walk = Walk(SimulatedFleet(pace=0, failing={failing}))
    result = walk.run()
    assert [failure.task for failure in result.failures] == [task]
    (failure,) = walk.recorder.of(TaskFailed)
    assert cause in likely(failure)
    assert walk.run().outcome == "done"


def test_a_failure_of_no_step_is_refused() -> None:
    """The remedy names the steps there are."""
    work = Walk(SimulatedFleet(pace=0, failing={"nonsense"})).open()
    with pytest.raises(SiteError) as refused:
        work.plan()
    assert "standby" in refused.value.remedy


def test_a_host_that_does_not_answer_fails_preflight() -> None:
    """As a real one."""
    walk = Walk(SimulatedFleet(pace=0, unreachable={"db2"}))
    walk.open()
    assert worst(walk.findings) is Verdict.FAILED


def test_stopping_ends_what_runs() -> None:
    """A host that would take long is not waited for."""
    walk = Walk()
    work = walk.open()
    work.plan()

    def seen(event: object) -> None:
        if isinstance(event, TaskStarted):
            walk.stop.cancel()

    walk.fleet.pace = 100.0
    walk.recorder.seen = seen
    assert work.apply().outcome == "cancelled"
    with pytest.raises(Cancelled):
        work.prove(drills=False)


def state_of(path: Path, *, simulated: bool) -> None:
    """Make a state file."""
    StateFile.create(
        path, site_name="acme-itsm", site_text=SITE, site_path="acme.yaml", simulated=simulated
    ).close()


def test_a_simulated_state_file_is_refused_for_real_hosts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By apply and by resume, before anything else; and a real one by the simulation."""
    path = tmp_path / "acme.state"
    state_of(path, simulated=True)
    state = StateFile.open(path)
    with pytest.raises(StateError, match="SIMULATED hosts"):
        state.require_site("acme-itsm")
    state.require_site("acme-itsm", simulated=True)
    state.close()
    assert main(["resume", "--state", str(path)]) == 2
    assert "SIMULATED hosts: nothing was ever installed" in capsys.readouterr().err
    real = tmp_path / "real.state"
    state_of(real, simulated=False)
    state = StateFile.open(real)
    with pytest.raises(StateError, match="real hosts"):
        state.require_site("acme-itsm", simulated=True)
    state.close()


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_review_begins_with_simulated(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the heading of every format."""
    path = tmp_path / "acme.state"
    state_of(path, simulated=True)
    assert heading(gather(path, lines=0)).startswith("SIMULATED HOSTS")
    assert main(["review", "--state", str(path), "--format", form]) == 0
    assert "SIMULATED HOSTS" in capsys.readouterr().out
