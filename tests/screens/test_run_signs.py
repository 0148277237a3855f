"""The signs of Preflight, Install and Done at the side tell what happened, not who was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.dialogs.pick import Pick
from screens.flow import FLOW
from screens.widgets.side_list import SideList
from screens.work import work_of
from tests.screens.failing_hosts import agree, ended, said
from tests.screens.simulated_hosts import SimulatedFleet
from tests.screens.site_text import SITE
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until
from wizard.run.plan_text import totals
from wizard.site.changed_answers import same_installation
from wizard.site.edit import update

if TYPE_CHECKING:
    from pathlib import Path

    from screens.app import SetupApp


@pytest.fixture
def fleet(tmp_path: Path) -> SimulatedFleet:
    """Simulated hosts in a folder."""
    (tmp_path / "hosts").mkdir()
    return SimulatedFleet(tmp_path / "hosts")


def signs(setup: SetupApp) -> str:
    """The signs of the last three places."""
    side = setup.query_one(SideList)
    last = range(len(FLOW) - 3, len(FLOW))
    return "".join(str(side.get_option_at_index(number).prompt)[0] for number in last)


async def test_a_visit_alone_earns_no_mark(setup: SetupApp) -> None:
    """Nothing was asked, installed or proven: none of the three has a check mark."""
    async with setup.run_test(size=SMALL) as pilot:
        for place in (*(place.id for place in FLOW[-3:]), "review"):
            await setup.go(place)
        await pilot.pause()
        assert signs(setup) == "···"


async def test_the_signs_follow_the_run(setup: SetupApp, fleet: SimulatedFleet) -> None:
    """Answered checks, the end of the run, the proof; a changed answer asks for another look."""
    work = work_of(setup)
    work.opener = fleet.open
    fleet.broken.add("db2")
    async with setup.run_test(size=SMALL) as pilot:
        await setup.go("review")
        await pilot.press("l")
        await until(pilot, lambda: signs(setup) == "✗··", "a failed check")
        fleet.broken.clear()
        await pilot.press("l")
        await until(pilot, lambda: not work.busy and signs(setup) == "✓··", "checks that are well")
        await pilot.press("i")
        await agree(pilot, setup, "Install acme")
        await ended(pilot, work)
        await setup.go("review")
        await until(pilot, lambda: signs(setup) == "✓✓✓", "an installed and proven site")
        setup.change({"database.max_connections": 321})
        await until(pilot, lambda: signs(setup) == "!!✓", "a site that is another one now")


async def test_accepting_a_warning_keeps_the_plan(setup: SetupApp, fleet: SimulatedFleet) -> None:
    """The hosts need not be looked at again for it, and are installed as they were planned."""
    work = work_of(setup)
    work.opener = fleet.open
    async with setup.run_test(size=SMALL) as pilot:
        setup.change({"acknowledged": ["single-storage"]})
        await setup.go("review")
        await pilot.press("l")
        await until(pilot, lambda: not work.busy and work.plan, "a plan")
        plan = work.plan
        await pilot.press("a")
        await shown(pilot, setup, Pick)
        await pilot.press("enter")
        await until(pilot, lambda: len(setup.screen_stack) == 1, "all warnings accepted")
        assert work.due() is plan
        assert plan
        await until(pilot, lambda: said(setup) == totals(plan), "the plan's totals")
        await pilot.press("i")
        await agree(pilot, setup, "Install acme")
        await ended(pilot, work)
        assert work.result
        assert work.result.outcome == "done"


def test_only_accepted_warnings_do_not_make_another_installation() -> None:
    """Every other answer does, also one that is merely taken away."""
    assert same_installation(SITE, update(SITE, {"acknowledged": []}))
    assert not same_installation(SITE, update(SITE, {"ssh.user": "root"}))
    assert not same_installation(SITE, update(SITE, {"networking.virtual_ip": None}))
