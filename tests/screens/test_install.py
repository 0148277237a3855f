"""Review, preflight, install and done on simulated hosts: folders of this machine."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Button, DataTable

from screens.dialogs.ask_text import AskText
from screens.dialogs.confirm import Confirm
from screens.dialogs.failure import FailureCard
from screens.review import ReviewStep
from screens.widgets.plain import Plain
from screens.widgets.step_tree import StepTree
from screens.widgets.text_log import TextLog
from screens.work import work_of
from tests.screens.simulated_hosts import SimulatedFleet
from wizard.run.report import gather

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from screens.app import SetupApp
    from screens.work import Work

PATIENCE = 60.0  # seconds


@pytest.fixture
def fleet(tmp_path: Path) -> SimulatedFleet:
    """Simulated hosts in a folder."""
    folder = tmp_path / "hosts"
    folder.mkdir()
    return SimulatedFleet(folder)


@pytest.fixture
def ready(setup: SetupApp, fleet: SimulatedFleet) -> SetupApp:
    """The wizard with a complete site whose warnings are accepted, on simulated hosts."""
    work_of(setup).opener = fleet.open
    return setup


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        await pilot.pause(0.02)


async def looked(pilot: Pilot[int], app: SetupApp) -> Work:
    """Go to Review and look at the hosts."""
    await app.go("review")
    work = work_of(app)
    await pilot.press("l")
    await until(pilot, lambda: not work.busy and (work.plan is not None or bool(work.findings)))
    return work


async def begun(pilot: Pilot[int], app: SetupApp) -> Work:
    """Look, ask for the installation, and agree."""
    work = await looked(pilot, app)
    await pilot.press("i")
    await until(pilot, lambda: isinstance(app.screen, Confirm))
    await until(pilot, lambda: len(app.screen.query(Button)) == 2)
    await pilot.press("right", "enter")
    await until(pilot, lambda: app.here == "install")
    return work


def said(app: SetupApp) -> str:
    """The sentence at the top of the screen that is shown."""
    return app.step.query_one(".said", Plain).words


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_whole_way_from_review_to_done(
    ready: SetupApp, site_file: Path, size: tuple[int, int]
) -> None:
    """Plan, consent, installation, proof, and a state file whose chain is intact."""
    async with ready.run_test(size=size) as pilot:
        work = await begun(pilot, ready)
        await until(pilot, lambda: not work.busy)
        assert work.result
        assert work.result.outcome == "done"
        await until(pilot, lambda: "✓ done" in said(ready))
        assert any("[b]hi" in line for line in ready.step.query_one(TextLog).lines)
        await pilot.press("ctrl+n")
        assert ready.here == "done"
        assert "installed and proven" in said(ready)
        assert ready.step.query_one(DataTable).row_count == 2
    report = gather(site_file.with_suffix(".state"), lines=None)
    assert not report.broken
    assert report.runs[0].outcome == "done"


async def test_nothing_is_changed_without_consent(ready: SetupApp, fleet: SimulatedFleet) -> None:
    """The dialog names every host; Escape changes nothing."""
    async with ready.run_test() as pilot:
        await looked(pilot, ready)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(ready.screen, Confirm))
        await until(pilot, lambda: len(ready.screen.query(Button)) == 2)
        text = "\n".join(plain.words for plain in ready.screen.query(Plain))
        assert ready.draft.site
        for host in ready.draft.site.hosts:
            assert f"{host.name} ({host.address})" in text
        assert "PostgreSQL 15" in text
        await pilot.press("escape")
        await pilot.pause()
        assert ready.here == "review"
    assert not list(fleet.folder.glob("*/f"))


async def test_the_plan_is_shown_as_differences(ready: SetupApp) -> None:
    """Of all hosts, then of one."""
    async with ready.run_test() as pilot:
        await looked(pilot, ready)
        log = ready.step.query_one(TextLog)
        await until(pilot, lambda: any("+right" in line for line in log.lines))
        hosts = [line for line in log.lines if line and not line.startswith(" ")]
        await pilot.press("h")
        await until(pilot, lambda: 0 < len(log.lines) < len(hosts) * 8)
        await until(pilot, lambda: not any(line == hosts[1] for line in log.lines))


async def test_warnings_have_to_be_accepted_first(ready: SetupApp) -> None:
    """Each is read and accepted once, and stands in the site file then."""
    app = ready
    async with app.run_test() as pilot:
        await app.go("review")
        app.change({"acknowledged": []})
        assert isinstance(app.step, ReviewStep)
        assert "Not accepted yet" in app.step.blocked()
        await pilot.press("ctrl+n")
        assert app.here == "review"
        await pilot.press("a")
        await pilot.pause()
        while len(app.screen_stack) > 1:
            await pilot.press("enter")
            await pilot.pause()
        assert not app.step.blocked()
        assert app.draft.value("acknowledged")


async def test_a_failed_step_shows_a_card_and_retry_goes_on(
    ready: SetupApp, fleet: SimulatedFleet
) -> None:
    """The card names host, step, last lines and the likely cause; only what is left is redone."""
    host = fleet.folder / "db1"
    host.mkdir()
    (host / "fails").touch()
    async with ready.run_test() as pilot:
        work = await begun(pilot, ready)
        await until(pilot, lambda: isinstance(ready.screen, FailureCard))
        await until(pilot, lambda: len(ready.screen.query(Button)) == 4)
        text = "\n".join(plain.words for plain in ready.screen.query(Plain))
        assert "db1 · Step one" in text
        assert "No space left on device" in text
        assert "the disk of the host is full" in text
        (host / "fails").unlink()
        await pilot.press("enter")
        await until(pilot, lambda: "left to do" in _title(ready))
        await until(pilot, lambda: len(ready.screen.query(Button)) == 2)
        await pilot.press("right", "enter")
        await until(pilot, lambda: not work.busy and work.result is not None)
        assert work.result
        assert work.result.outcome == "done"
        assert "one@db1" in work.result.done


def _title(app: SetupApp) -> str:
    found = app.screen.query(".dialog-title")
    return found.first(Plain).words if found else ""


async def test_pause_holds_on_and_stop_keeps_the_state(
    ready: SetupApp, fleet: SimulatedFleet, site_file: Path
) -> None:
    """While it is paused nothing starts; stopping asks first and ends it."""
    host = fleet.folder / "db1"
    host.mkdir()
    (host / "gate").touch()
    async with ready.run_test() as pilot:
        work = await begun(pilot, ready)
        await until(pilot, lambda: _running(work) == ["one@db1"])
        await pilot.press("p")
        await until(pilot, lambda: "PAUSED" in said(ready))
        (host / "open").touch()
        await until(pilot, lambda: not _running(work))
        assert work.progress.steps["two@db1"].state == "waiting"
        await pilot.press("s")
        await until(pilot, lambda: isinstance(ready.screen, Confirm))
        await until(pilot, lambda: len(ready.screen.query(Button)) == 2)
        await pilot.press("right", "enter")
        await until(pilot, lambda: not work.busy)
        assert work.result
        assert work.result.outcome == "cancelled"
    assert gather(site_file.with_suffix(".state"), lines=0).runs[0].outcome == "cancelled"


def _running(work: Work) -> list[str]:
    return [line.id for line in work.progress.lines() if line.state == "running"]


async def test_the_log_of_one_host_is_searched(ready: SetupApp) -> None:
    """Enter on a step shows its host only; a search stops following the end."""
    async with ready.run_test() as pilot:
        work = await begun(pilot, ready)
        await until(pilot, lambda: not work.busy and "✓ done" in said(ready))
        tree, log = ready.step.query_one(StepTree), ready.step.query_one(TextLog)
        everything = len(log.lines)
        tree.post_message(StepTree.Chosen("db1"))
        await until(pilot, lambda: 0 < len(log.lines) < everything)
        await pilot.press("slash", *"hi", "enter")
        await until(pilot, lambda: not log.following)


async def test_the_log_shows_only_lines_with_a_text(ready: SetupApp) -> None:
    """Of all hosts or of one; t shows everything again, and nothing is lost meanwhile."""
    async with ready.run_test() as pilot:
        work = await begun(pilot, ready)
        await until(pilot, lambda: not work.busy and "✓ done" in said(ready))
        tree, log = ready.step.query_one(StepTree), ready.step.query_one(TextLog)
        everything = len(log.lines)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(ready.screen, AskText) and bool(ready.focused))
        await pilot.press(*"STEP two", "enter")
        await until(pilot, lambda: 0 < len(log.lines) < everything)
        assert all("step two" in line.lower() for line in log.lines if line)
        assert "only lines with" in ready.step.query_one(".which", Plain).words
        shown = len(log.lines)
        tree.post_message(StepTree.Chosen("db1"))
        await until(pilot, lambda: 0 < len(log.lines) < shown)
        assert all("db1" in line for line in log.lines if line)
        tree.post_message(StepTree.Chosen("db1"))
        await pilot.press("t")
        await until(pilot, lambda: len(log.lines) == everything)


async def test_a_host_that_is_not_reached_fails_preflight(
    ready: SetupApp, fleet: SimulatedFleet
) -> None:
    """What failed stands first with what to do, and there is no plan to agree to."""
    fleet.broken.add("db2")
    async with ready.run_test() as pilot:
        work = await looked(pilot, ready)
        assert work.plan is None
        await ready.go("preflight")
        table = ready.step.query_one(DataTable)
        assert str(table.get_row_at(0)[1]) == "db2"
        assert "Start the host." in ready.step.query_one(".one Plain", Plain).words
        assert "correct" in ready.step.blocked()
        await pilot.press("f")
        assert table.row_count == 1
        fleet.broken.clear()
        await pilot.press("r")
        await until(pilot, lambda: work.plan is not None)
        await until(pilot, lambda: not ready.step.blocked())


async def test_a_changed_answer_makes_the_plan_stale(ready: SetupApp) -> None:
    """Nobody can agree to a plan for another site file."""
    async with ready.run_test() as pilot:
        work = await looked(pilot, ready)
        ready.change({"database.max_connections": 321})
        assert not work.current()
        await pilot.press("i")
        await asyncio.sleep(0)
        assert not isinstance(ready.screen, Confirm)


async def test_leaving_does_not_drop_an_installation(
    ready: SetupApp, fleet: SimulatedFleet, site_file: Path
) -> None:
    """It asks; stopping ends the run in order, and only then the program."""
    host = fleet.folder / "db1"
    host.mkdir()
    (host / "gate").touch()
    async with ready.run_test() as pilot:
        work = await begun(pilot, ready)
        await until(pilot, lambda: _running(work) == ["one@db1"])
        await pilot.press("ctrl+q")
        await until(pilot, lambda: len(ready.screen.query(Button)) == 2)
        await pilot.press("escape")
        assert _running(work) == ["one@db1"]
        await pilot.press("ctrl+q")
        await until(pilot, lambda: len(ready.screen.query(Button)) == 2)
        await pilot.press("right", "enter")
        await until(pilot, lambda: not ready.is_running)
    assert gather(site_file.with_suffix(".state"), lines=0).runs[0].outcome == "cancelled"


async def test_an_end_unasked_stops_in_order(
    ready: SetupApp, fleet: SimulatedFleet, site_file: Path
) -> None:
    """As when the page of a browser is closed: what runs is ended and the state says so."""
    host = fleet.folder / "db1"
    host.mkdir()
    (host / "gate").touch()
    async with ready.run_test() as pilot:
        work = await begun(pilot, ready)
        await until(pilot, lambda: _running(work) == ["one@db1"])
        ready.exit()
    end = time.monotonic() + PATIENCE
    while work.busy:
        assert time.monotonic() < end, "it went on"
        await asyncio.sleep(0.02)
    assert gather(site_file.with_suffix(".state"), lines=0).runs[0].outcome == "cancelled"
