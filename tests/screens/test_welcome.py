"""Welcome: a new site, a file, going on with what was begun, looking into it, rehearsing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.widgets import OptionList

from screens.audit_view import ReviewScreen
from screens.dialogs.reading import Reading
from screens.widgets.plain import Plain
from tests.screens.site_text import SITE
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until
from wizard.run.events import RunFinished, RunStarted
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from screens.app import SetupApp


def begun(site_file: Path, outcome: Literal["done", "failed"]) -> Path:
    """The state file of an installation that ended so."""
    path = site_file.with_suffix(".state")
    state = StateFile.create(
        path, site_name="acme-itsm", site_text=SITE, site_path=str(site_file.absolute())
    )
    state.take(
        [
            RunStarted(site="acme-itsm", command="apply", operator="ana"),
            RunFinished(outcome=outcome),
        ]
    )
    state.close()
    return path


async def choose(pilot: Pilot[int], setup: SetupApp, way: str) -> None:
    """Put the cursor on a way to begin, once it is there, and press Enter."""
    ways = setup.step.query_one(OptionList)

    def place() -> int | None:
        ids = [option.id or "" for option in ways.options]
        return next((number for number, one in enumerate(ids) if one.startswith(way)), None)

    await until(pilot, lambda: place() is not None, f"the way {way!r}")
    ways.highlighted = place()
    await pilot.press("enter")


async def test_what_failed_is_resumed_at_the_review(fresh: SetupApp, site_file: Path) -> None:
    """The line says how far it got; choosing it leads to where one goes on."""
    begun(site_file, "failed")
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await choose(pilot, fresh, "resume:")
        await until(pilot, lambda: fresh.here == "review", "the review of the site")
        assert fresh.draft.site is not None


async def test_what_is_done_is_looked_into_read_only(fresh: SetupApp, site_file: Path) -> None:
    """The chapters of the state file, without touching it; q leads back."""
    state = begun(site_file, "done")
    before = state.read_bytes()
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        ways = fresh.step.query_one(OptionList)
        await until(pilot, lambda: ways.option_count >= 4, "what was found")
        assert any("Open acme.yaml" in str(option.prompt) for option in ways.options)
        await choose(pilot, fresh, "review:")
        await until(pilot, lambda: isinstance(fresh.screen, ReviewScreen), "the review")
        title = fresh.screen.query_one("#title", Plain)
        await until(pilot, lambda: "chain intact · REVIEW" in title.words, "what it tells")
        offered = {one.binding.action for one in fresh.screen.active_bindings.values()}
        assert not {"next", "back", "save"} & offered
        assert {"search", "leave", "quit"} <= offered
        await pilot.press("ctrl+n")  # the wizard behind it does not move
        await pilot.press("q")
        await until(pilot, lambda: not isinstance(fresh.screen, ReviewScreen), "Welcome again")
        assert fresh.here == "welcome"
    assert state.read_bytes() == before


async def test_practice_hosts_are_explained_where_there_are_none(fresh: SetupApp) -> None:
    """The command that makes them is named."""
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await choose(pilot, fresh, "practice")
        await shown(pilot, fresh, Reading, "Rehearse")
        assert "practice up" in fresh.screen.query(Plain).last().words
