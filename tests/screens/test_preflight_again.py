"""Preflight on the screen: what failed alone, one check or one host asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import DataTable

from screens.app import SetupApp
from screens.draft import Draft
from screens.widgets.plain import Plain
from screens.work import work_of
from tests.screens.simulated_hosts import SimulatedFleet, SimulatedInstallation
from tests.screens.waiting import until
from wizard.checks.check import SITE, Question, Verdict
from wizard.run.simulated.hosts import SimulatedFleet as Fleet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.pilot import Pilot

    from screens.work import Work
    from wizard.checks.check import Finding
    from wizard.remote.cancellation import Cancellation
    from wizard.run.bus import Sink
    from wizard.run.installation import Installation
    from wizard.run.state import StateFile
    from wizard.site.file import LoadedSite

CLOCK = Question("clock", "Is the clock right?", "less than 1 s off")
DISK = Question("disk", "Is there room?", "10 GiB")


class AskedInstallation(SimulatedInstallation):
    """Its two checks look for files in the hosts' folders; who was asked is noted there."""

    def preflight(self) -> tuple[Finding, ...]:
        """Answer for every host."""
        return tuple(one for host in self.site.hosts for one in self._asked(host.name))

    def ask_again(
        self, before: Sequence[Finding], *, host: str, check: str = ""
    ) -> tuple[Finding, ...]:
        """Answer for one host, as the real one does, from a new connection."""
        self.reach([host])
        fresh = {one.check: one for one in self._asked(host)}
        return tuple(
            fresh[one.check] if one.host == host and check in {"", one.check} else one
            for one in before
        )

    def _asked(self, name: str) -> tuple[Finding, ...]:
        folder = self.transports[name].root  # type: ignore[union-attr]
        with (folder / "asked").open("a") as file:
            file.write("x")
        clock = CLOCK.ok(name, "0.0 s") if not (folder / "late").exists() else None
        disk = DISK.ok(name, "20 GiB") if not (folder / "full").exists() else None
        return (
            clock or CLOCK.failed(name, "9 s behind", "Set it."),
            disk or DISK.warning(name, "1 GiB", "Make room."),
        )


class AskedFleet(SimulatedFleet):
    """Hosts whose checks can be asked one by one."""

    def open(
        self,
        setup: SetupApp,
        loaded: LoadedSite,
        *,
        stop: Cancellation,
        listeners: Sequence[Sink],
        journal: StateFile | None,
    ) -> Installation:
        """Take the place of what opens the real installation."""
        found = super().open(setup, loaded, stop=stop, listeners=listeners, journal=journal)
        return AskedInstallation(site=found.site, inputs=found.inputs, engine=found.engine)


@pytest.fixture
def fleet(tmp_path: Path) -> AskedFleet:
    """Simulated hosts: the clock of db1 is late, the disks of db1 and lb1 are full."""
    folder = tmp_path / "hosts"
    for name, trouble in (("db1", "late"), ("db1", "full"), ("lb1", "full")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / trouble).touch()
    return AskedFleet(folder)


@pytest.fixture
def ready(setup: SetupApp, fleet: AskedFleet) -> SetupApp:
    """The wizard with a complete site on these hosts."""
    work_of(setup).opener = fleet.open
    return setup


async def preflight(pilot: Pilot[int], app: SetupApp) -> Work:
    """Go to Preflight and ask all hosts."""
    await app.go("preflight")
    work = work_of(app)
    await pilot.press("r")
    await until(pilot, lambda: work.findings and not work.busy, "answers of all hosts")
    await until(pilot, lambda: table(app).row_count == len(work.findings), "the table")
    return work


def table(app: SetupApp) -> DataTable[object]:
    """The findings that are shown."""
    return app.step.query_one(DataTable)


def asked(fleet: AskedFleet, name: str) -> int:
    """How often a host was asked."""
    return len((fleet.folder / name / "asked").read_text())


async def test_what_failed_is_shown_alone_then_with_warnings(ready: SetupApp) -> None:
    """One failed and two warnings among sixteen; f goes round."""
    async with ready.run_test() as pilot:
        work = await preflight(pilot, ready)
        for count in (1, 3, len(work.findings)):
            await pilot.press("f")
            assert table(ready).row_count == count


async def test_one_check_is_asked_again_and_nothing_else(
    ready: SetupApp, fleet: AskedFleet
) -> None:
    """The disk of the same host was repaired too, but its answer stays; the plan follows."""
    async with ready.run_test() as pilot:
        work = await preflight(pilot, ready)
        assert work.plan is None
        assert ready.step.blocked()
        (fleet.folder / "db1" / "late").unlink()
        (fleet.folder / "db1" / "full").unlink()
        table(ready).move_cursor(row=0)
        await pilot.press("a")
        await until(pilot, lambda: not work.busy and work.plan, "a plan")
        verdicts = {(one.host, one.check): one.verdict for one in work.findings}
        assert verdicts["db1", "clock"] is Verdict.OK
        assert verdicts["db1", "disk"] is Verdict.WARNING
        assert not ready.step.blocked()
        await until(
            pilot,
            lambda: "db1 · Is the clock" in ready.step.query_one(".one Plain", Plain).words,
            "the cursor at the same check",
        )
    assert asked(fleet, "db1") == 2
    assert asked(fleet, "lb1") == 1


async def test_one_host_is_asked_again(ready: SetupApp, fleet: AskedFleet) -> None:
    """Everything about it is new; the others keep their answers."""
    async with ready.run_test() as pilot:
        work = await preflight(pilot, ready)
        for name in ("db1", "lb1"):
            (fleet.folder / name / "full").unlink()
        table(ready).move_cursor(row=0)
        await pilot.press("o")
        await until(pilot, lambda: not work.busy and asked(fleet, "db1") == 2, "the host's answers")
        verdicts = {(one.host, one.check): one.verdict for one in work.findings}
        assert verdicts["db1", "clock"] is Verdict.FAILED
        assert verdicts["db1", "disk"] is Verdict.OK
        assert verdicts["lb1", "disk"] is Verdict.WARNING
        assert work.plan is None


async def test_after_a_changed_answer_all_hosts_are_asked(
    ready: SetupApp, fleet: AskedFleet
) -> None:
    """Answers about another site file cannot be mended one by one."""
    async with ready.run_test() as pilot:
        work = await preflight(pilot, ready)
        ready.change({"database.max_connections": 321})
        await pilot.press("a")
        await until(pilot, lambda: not work.busy and work.current(), "answers about this file")
    assert asked(fleet, "lb1") == 2


async def test_the_real_questions_are_asked_again_of_one_host(site_file: Path) -> None:
    """On the program's own simulated hosts: db2 answers again, and a plan follows."""
    fleet = Fleet(pace=0, unreachable={"db2"})
    app = SetupApp(Draft.open(site_file), simulation=fleet)
    async with app.run_test() as pilot:
        work = await preflight(pilot, app)
        before = {(one.host, one.check) for one in work.findings}
        assert {one.host for one in work.findings if one.verdict is Verdict.FAILED} == {"db2"}
        assert work.plan is None
        fleet.unreachable.clear()
        table(app).move_cursor(row=0)
        await pilot.press("o")
        await until(pilot, lambda: not work.busy and work.plan, "a plan")
        assert not [one for one in work.findings if one.verdict is Verdict.FAILED]
        assert before < {(one.host, one.check) for one in work.findings}
        plan = work_of(app).plan
        assert plan
        assert {item.task.host for item in plan.tasks} >= {"db2", "lb1"}


async def test_a_question_about_the_whole_site_is_asked_of_all(site_file: Path) -> None:
    """Every host is connected to again; other answers stay."""
    app = SetupApp(Draft.open(site_file), simulation=Fleet(pace=0))
    async with app.run_test() as pilot:
        work = await preflight(pilot, app)
        before = work.findings
        site = next(one for one in work.findings if one.host == SITE)
        work.ask_again(site.host, site.check)
        await until(pilot, lambda: not work.busy and work.findings is not before, "new answers")
        assert work.findings == before
