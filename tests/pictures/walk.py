"""The whole way through the wizard on simulated hosts, with a look at each of its main screens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.widgets import Button, OptionList

from screens.app import SetupApp
from screens.audit_source import Source
from screens.audit_view import ReviewApp
from screens.dialogs.confirm import Confirm
from screens.dialogs.failure import FailureCard
from screens.draft import Draft
from screens.flow import FLOW
from screens.work import work_of
from tests.screens.site_text import SITE
from tests.screens.waiting import until
from wizard.run.simulated.hosts import SimulatedFleet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import App
    from textual.pilot import Pilot

    from screens.work import Work

    Look = Callable[[App[int], str], Awaitable[None]]

SIZE = (140, 38)
FAILING = "standby@db2"  # the step that fails once


async def walk(look: Look, *, pace: float) -> None:
    """Go from Topology to Done and into the review; `look` is called at each main screen.

    `pace` is how many seconds each second of a real host takes. The site file and the state file
    are written where this runs.
    """
    fleet = SimulatedFleet(pace=pace, failing={FAILING})
    setup = SetupApp(_site(), simulation=fleet)
    async with setup.run_test(size=SIZE) as pilot:
        await _to_the_plan(pilot, setup, look)
        await _to_the_end(pilot, setup, look)
    review = ReviewApp(Source(Path("acme.simulated.state")))
    async with review.run_test(size=SIZE) as pilot:
        chapters = review.screen.query_one(OptionList)
        await until(pilot, lambda: chapters.option_count, "the chapters")
        chapters.highlighted = chapters.get_option_index("events")
        await _settled(pilot)
        await look(review, "review")


def _site() -> Draft:
    path = Path("acme.yaml")
    path.write_text(SITE, encoding="utf-8")
    return Draft.open(path)


async def _to_the_plan(pilot: Pilot[int], setup: SetupApp, look: Look) -> None:
    """Look at the hosts under Topology, then at the plan under Review."""
    await setup.go("topology")
    await pilot.press("r")
    count = len(setup.host_entries())
    await until(pilot, lambda: len(setup.live.facts) == count, "the facts of all hosts")
    await _settled(pilot)
    await look(setup, "topology")
    for place in FLOW:
        await setup.go(place.id)
        await setup.workers.wait_for_complete()
        if place.id == "review":
            break
    await pilot.press("l")
    work = work_of(setup)
    await until(pilot, lambda: not work.busy and work.plan is not None, "the plan")
    await _settled(pilot)
    await look(setup, "plan")
    await setup.go("preflight")
    await _settled(pilot)
    await look(setup, "preflight")


async def _to_the_end(pilot: Pilot[int], setup: SetupApp, look: Look) -> None:
    """Install, be shown the failure of a step, retry, and come to the proof."""
    work = work_of(setup)
    await _agree(pilot, setup)
    await until(pilot, lambda: _share(work) > 1 / 3, "a third of the installation")
    await _settled(pilot)
    await look(setup, "install")
    await until(pilot, lambda: isinstance(setup.screen, FailureCard), "the card of the failure")
    await until(pilot, lambda: setup.screen.query(Button), "its choices")
    await _settled(pilot)
    await look(setup, "failure")
    await pilot.press("enter")
    await _say_yes(pilot, setup)
    await until(pilot, lambda: not work.busy and work.result, "the end")
    await until(pilot, lambda: not setup.live.work or not setup.live.work.busy, "the proof")
    await setup.go("done")
    await _settled(pilot)
    await look(setup, "done")


async def _settled(pilot: Pilot[int]) -> None:
    """Let workers and timers draw what they have found."""
    await pilot.pause(0.3)


async def _agree(pilot: Pilot[int], setup: SetupApp) -> None:
    await setup.go("install")
    await pilot.press("i")
    await _say_yes(pilot, setup)


async def _say_yes(pilot: Pilot[int], setup: SetupApp) -> None:
    def asked() -> bool:
        screen = setup.screen
        asks = isinstance(screen, Confirm) and not isinstance(screen, FailureCard)
        return asks and len(screen.query(Button)) > 1

    await until(pilot, asked, "the question")
    await pilot.press("right", "enter")


def _share(work: Work) -> float:
    behind, count = work.progress.counts()
    return behind / count if count else 0
