"""The signs of Preflight, Install and Done at the side tell what happened, not who was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.before import CHANGED
from screens.dialogs.confirm import Confirm
from screens.dialogs.pick import Pick
from screens.flow import FLOW
from screens.widgets.plain import Plain
from screens.widgets.side_list import SideList
from screens.work import work_of
from tests.screens.failing_hosts import agree, choose, ended, said
from tests.screens.simulated_hosts import SimulatedFleet
from tests.screens.site_text import SITE
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until
from wizard.run.plan_text import totals
from wizard.site.changed_answers import same_installation
from wizard.site.edit import REMOVE, update

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


def told(setup: SetupApp) -> str:
    """The sentence at the top of the screen that is shown."""
    return setup.step.query_one(".said", Plain).words


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
        await until(pilot, lambda: signs(setup) == "!!!", "a site that is another one now")
        await setup.go("done")
        await until(pilot, lambda: told(setup).startswith("! Proof"), "the proof of another site")
        assert CHANGED in told(setup)
        after = " ".join(setup.step.query_one(".after Plain", Plain).words.split())
        assert "database.max_connections: not set → 321" in after
        await pilot.press("p")
        await shown(pilot, setup, Confirm)
        await choose(pilot, setup, "no")
        await until(pilot, lambda: not work.busy and "321" in work.proved, "a proof of the answers")
        # What was never installed does not count as proven.
        await until(pilot, lambda: CHANGED in told(setup), "the proof of another site")
        setup.change({"database.max_connections": REMOVE})
        assert CHANGED in told(setup), "the last proof was about other answers"
        await setup.go("review")
        await until(pilot, lambda: signs(setup)[1:] == "✓!", "the site as it was installed")


async def test_a_proof_of_the_next_program_is_about_its_own_answers(
    setup: SetupApp, fleet: SimulatedFleet
) -> None:
    """Begun with p, without an installation: another answer than the one it was made for."""
    work = work_of(setup)
    work.opener = fleet.open
    async with setup.run_test(size=SMALL) as pilot:
        await setup.go("done")
        await pilot.press("p")
        await shown(pilot, setup, Confirm)
        await choose(pilot, setup, "no")
        await until(pilot, lambda: work.proof and not work.busy, "the proof")
        await until(pilot, lambda: told(setup).startswith("✓"), "what is proven")
        setup.change({"acknowledged": []})
        await pilot.pause()
        assert told(setup).startswith("✓"), "an accepted warning changes no host"
        setup.change({"ssh.user": "root"})
        await until(pilot, lambda: CHANGED in told(setup), "the proof of other answers")
        await setup.go("review")
        await until(pilot, lambda: signs(setup) == "··!", "the sign at the side")


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
