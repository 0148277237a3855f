"""A lock that another run has left: a person decides, and what was decided is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.dialogs.confirm import Confirm
from screens.work import work_of
from tests.run.test_host_lock import holder
from tests.screens.failing_hosts import FailingFleet, agree, ended
from tests.screens.waiting import shown, until
from wizard.run.events import HostHeld
from wizard.run.report import all_events
from wizard.run.state import StateFile
from wizard.run.stored import event_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from screens.app import SetupApp
    from screens.work import Work


@pytest.fixture
def fleet(tmp_path: Path) -> FailingFleet:
    """Hosts of which one is locked by a run of another jump host."""
    (tmp_path / "hosts" / "app1" / "run").mkdir(parents=True)
    (tmp_path / "hosts" / "app1" / "run").chmod(0o700)
    (tmp_path / "hosts" / "app1" / "run" / "lock").write_text(holder().line() + "\n")
    return FailingFleet(tmp_path / "hosts")


async def begun(pilot: Pilot[int], app: SetupApp, fleet: FailingFleet) -> Work:
    """Install, until the lock is told of."""
    work = work_of(app)
    work.opener = fleet.open
    await app.go("review")
    await pilot.press("l")
    await until(pilot, lambda: not work.busy and work.plan, "a plan")
    await pilot.press("i")
    await agree(pilot, app, "Install acme")
    await shown(pilot, app, Confirm, "app1: locked by another run")
    return work


async def test_a_lock_stays_unless_it_is_broken_by_choice(
    setup: SetupApp, fleet: FailingFleet
) -> None:
    """The first answer changes nothing; the words on the screen say who holds the host."""
    async with setup.run_test() as pilot:
        work = await begun(pilot, setup, fleet)
        await pilot.press("enter")
        await until(pilot, lambda: not work.busy, "the end of the run")
        assert "jane from 10.0.0.9 on jump2" in str(work.error)
    assert (fleet.folder / "app1" / "run" / "lock").read_text() == holder().line() + "\n"
    assert not (fleet.folder / "app1" / "env").exists()


async def test_a_broken_lock_is_on_record(
    setup: SetupApp, fleet: FailingFleet, site_file: Path
) -> None:
    """The run goes on; the journal says whose lock was broken."""
    async with setup.run_test() as pilot:
        work = await begun(pilot, setup, fleet)
        await pilot.press("right", "enter")
        await ended(pilot, work)
        assert work.result
        assert work.result.outcome == "done"
    state = StateFile.open_read_only(site_file.with_suffix(".state"))
    events = [event_of(link) for link in all_events(state.records)]
    state.close()
    broken = [each for each in events if isinstance(each, HostHeld) and each.how == "broken"]
    assert [(each.host, "jane" in each.before) for each in broken] == [("app1", True)]
