"""A site that an earlier program began or finished: the screens tell what its state file knows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from textual.widgets import DataTable

from screens.app import SetupApp
from screens.before import CHANGED
from screens.dialogs.confirm import Confirm
from screens.dialogs.failure import FailureCard
from screens.draft import Draft
from screens.state_of import state_beside
from screens.widgets.plain import Plain
from screens.work import work_of
from tests.screens.failing_hosts import agree, choose
from tests.screens.test_small_words import told
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until
from wizard.checks.check import Verdict
from wizard.run.audit import verify_chain
from wizard.run.installation import Installation
from wizard.run.simulated.hosts import SimulatedFleet
from wizard.run.state import StateFile
from wizard.run.state_owner import login

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.pilot import Pilot

    from screens.work import Work
    from wizard.run.state_records import RunRecord


def program(site_file: Path, *failing: str) -> SetupApp:
    """The wizard on simulated hosts, as it opens anew."""
    return SetupApp(Draft.open(site_file), simulation=SimulatedFleet(pace=0, failing=set(failing)))


async def planned(pilot: Pilot[int], app: SetupApp) -> Work:
    """Look at the hosts from Review."""
    work = work_of(app)
    await app.go("review")
    await pilot.press("l")
    await until(pilot, lambda: not work.busy and work.plan, "a plan")
    return work


async def run(site_file: Path, *failing: str) -> Work:
    """Install in a program of its own, to the end or to what fails."""
    app = program(site_file, *failing)
    async with app.run_test(size=SMALL) as pilot:
        work = await planned(pilot, app)
        await pilot.press("i")
        await agree(pilot, app, "Install acme")
        if failing:
            await shown(pilot, app, FailureCard)
        await until(pilot, lambda: work.result and not work.busy, "the end of the run")
    return work


def recorded(path: Path) -> list[RunRecord]:
    """What a state file tells of its runs."""
    state = StateFile.open_read_only(path)
    try:
        return state.records.runs()
    finally:
        state.close()


def said(app: SetupApp) -> str:
    """The sentence at the top of the screen that is shown."""
    return app.step.query_one(".said", Plain).words


async def test_a_simulated_run_is_gone_on_with_in_the_next_program(site_file: Path) -> None:
    """What was done is right already, and the sentence tells how far it came."""
    before = await run(site_file, "standby")
    assert before.result
    again = program(site_file)
    async with again.run_test(size=SMALL) as pilot:
        work = await planned(pilot, again)
        assert work.plan
        right = {item.task.id for item in work.plan.tasks if item.empty}
        assert right >= set(before.result.done)
        await again.go("install")
        await until(pilot, lambda: "failed at standby@db2" in said(again), "how far it came")
        assert "on SIMULATED hosts" in said(again)
        assert f"of {len(work.plan.tasks)} steps done" in said(again)
        await again.go("done")
        await pilot.pause()
        assert "Nothing was proven" in said(again)


async def test_i_goes_on_after_the_program_was_opened_again(site_file: Path) -> None:
    """It looks at the hosts, asks as Review does, and begins; x tells what had failed."""
    await run(site_file, "standby")
    again = program(site_file)
    async with again.run_test(size=SMALL) as pilot:
        work = work_of(again)
        await again.go("install")
        await until(pilot, lambda: said(again).endswith("i goes on"), "what i would do")
        await pilot.press("x")
        await until(pilot, lambda: any("standby@db2" in one for one in told(again)), "what failed")
        await pilot.press("i")
        asked = await agree(pilot, again, "Install acme")
        assert "db2" in asked
        await until(pilot, lambda: work.result and not work.busy, "the end of the run")
        assert work.result
        assert work.result.outcome == "done"


async def test_i_asks_nothing_of_somebody_who_went_elsewhere(
    site_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan stays where Review shows it; a question would come up over something else."""
    app, gate, reach = program(site_file), threading.Event(), Installation.reach

    def held(self: Installation, hosts: Sequence[str] = ()) -> None:
        assert gate.wait(60)
        reach(self, hosts)

    monkeypatch.setattr(Installation, "reach", held)
    async with app.run_test(size=SMALL) as pilot:
        work = work_of(app)
        await app.go("install")
        await pilot.press("i")
        await until(pilot, lambda: work.busy, "the look")
        await app.go("review")
        gate.set()
        await until(pilot, lambda: any("were looked at" in one for one in told(app)), "the word")
        assert work.due()
        assert not isinstance(app.screen, Confirm)


@pytest.mark.parametrize("place", ["install", "done"])
async def test_a_finished_site_tells_when_it_was_proven(site_file: Path, place: str) -> None:
    """As the state file has it, under Install as under Done."""
    await run(site_file)
    again = program(site_file)
    async with again.run_test(size=SMALL) as pilot:
        await again.go(place)
        await until(pilot, lambda: said(again).startswith("✓"), "what is known")
        assert "SIMULATED" in said(again)
        assert "ok at 20" in said(again)


async def test_a_changed_answer_is_not_what_an_earlier_program_proved(site_file: Path) -> None:
    """Also before it is saved; the answer itself is told among what stays open."""
    await run(site_file)
    again = program(site_file)
    async with again.run_test(size=SMALL) as pilot:
        await again.go("done")
        await until(pilot, lambda: said(again).startswith("✓"), "what is known")
        again.change({"ssh.user": "root"})
        await until(pilot, lambda: said(again).startswith("!"), "that it is another site now")
        assert CHANGED in said(again)
        await until(
            pilot,
            lambda: "ssh.user: ops → root" in again.step.query_one(".after Plain", Plain).words,
            "the answer",
        )


async def test_what_preflight_was_answered_outlives_the_program(site_file: Path) -> None:
    """With its warnings, as of then; what is asked anew takes its place."""
    work = await run(site_file, "standby")
    assert work.findings
    again = program(site_file)
    async with again.run_test(size=SMALL) as pilot:
        await again.go("preflight")
        table = again.step.query_one(DataTable)
        await until(pilot, lambda: table.row_count == len(work.findings), "the answers")
        assert "as of 20" in said(again)
        assert "SIMULATED" in said(again)
        warned = sum(one.verdict is Verdict.WARNING for one in work.findings)
        assert f"{warned} warning" in said(again)
        await pilot.press("r")
        await until(pilot, lambda: "^n goes on" in said(again), "the new answers")
        assert "as of" not in said(again)


async def test_what_is_open_and_what_was_proven_outlive_the_program(site_file: Path) -> None:
    """A step that was left out, with its reason, and the answers of the proof, line by line."""
    app = program(site_file, "firewall")
    async with app.run_test(size=SMALL) as pilot:
        work = await planned(pilot, app)
        await pilot.press("i")
        await agree(pilot, app, "Install acme")
        await until(pilot, lambda: not work.busy and len(work.progress.failures) >= 1, "a failure")
        for failure in work.progress.failures:
            work.skips[failure.task] = "the customer filters"
        await shown(pilot, app, FailureCard)
        await choose(pilot, app, "retry")
        await agree(pilot, app, "What is left to do")
        await until(pilot, lambda: work.proof and not work.busy, "the proof")
    left = [one.title for one in work.left_out if not one.along_with]
    assert left
    again = program(site_file)
    async with again.run_test(size=SMALL) as pilot:
        await again.go("done")
        after = again.step.query_one(".after Plain", Plain)

        def read() -> str:
            return " ".join(after.words.split())  # a narrow page breaks its lines anywhere

        await until(pilot, lambda: "the customer filters" in read(), "why it was left out")
        assert all(f"» {title}" in read() for title in left)
        table = again.step.query_one(DataTable)
        assert table.row_count == len(work.proof)
        rows = {tuple(map(str, table.get_row_at(place)))[1:3] for place in range(table.row_count)}
        assert rows == {(one.host, one.question) for one in work.proof}


async def test_drills_are_on_record_and_a_proof_that_only_looks_is_not(site_file: Path) -> None:
    """Whoever stops a server is named, also from Done; a stopped proof is told as one."""
    await run(site_file)
    path = state_beside(site_file, simulated=True)
    app = program(site_file)
    async with app.run_test(size=SMALL) as pilot:
        work = work_of(app)
        await app.go("done")
        for answer, count in (("no", 1), ("yes", 2)):
            await pilot.press("p")
            await shown(pilot, app, Confirm)
            await choose(pilot, app, answer)
            await until(pilot, lambda: work.proof and not work.busy, "the proof")
            records = [(run.command, run.outcome) for run in recorded(path)]
            assert records == [("apply", "done"), ("prove --drills", "done")][:count]
            work.proof = ()
        app.simulation.pace = 100.0  # type: ignore[union-attr]
        await pilot.press("p")
        await shown(pilot, app, Confirm)
        await choose(pilot, app, "yes")
        await until(pilot, lambda: work.busy, "the proof")
        work.cancel()
        await until(pilot, lambda: not work.busy, "the end of the proof")
    last = recorded(path)[-1]
    assert (last.command, last.outcome) == ("prove --drills", "cancelled")
    assert last.operator == login()
    assert verify_chain(path) == []
