"""Welcome: a new site, a file, going on with what was begun, looking into it, rehearsing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from textual.widgets import OptionList

from screens.app import SetupApp
from screens.audit_view import ReviewScreen
from screens.dialogs.reading import Reading
from screens.draft import Draft
from screens.widgets.plain import Plain
from tests.screens.site_text import SITE
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until
from wizard.run.events import RunFinished, RunStarted
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


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


def left_alone(state: Path) -> None:
    """Take the site file away from beside its state file."""
    state.with_suffix(".yaml").unlink()


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


async def test_a_state_file_without_its_site_file_is_looked_into(
    fresh: SetupApp, site_file: Path
) -> None:
    """It says so, is read-only, and nothing offers to go on with it."""
    left_alone(begun(site_file, "failed"))
    async with fresh.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "Look into acme.state" in ways(fresh), "the state file")
        assert ways(fresh)[0] == "New site"
        options = fresh.step.query_one(OptionList).options
        (line,) = [str(one.prompt) for one in options if "acme.state" in str(one.prompt)]
        assert f"its site file {site_file} is gone: read-only; ✗ failed" in line
        await choose(pilot, fresh, "review:")
        await until(pilot, lambda: isinstance(fresh.screen, ReviewScreen), "the review")
        title = fresh.screen.query_one("#title", Plain)
        await until(pilot, lambda: "chain intact · REVIEW" in title.words, "what it tells")


async def test_a_state_file_beside_its_site_file_is_listed_once(
    fresh: SetupApp, site_file: Path
) -> None:
    """Although both came from elsewhere, where the recorded site file is gone."""
    begun(site_file, "done")
    for old in (site_file, site_file.with_suffix(".state")):
        old.rename(old.with_name(f"moved{old.suffix}"))
    async with fresh.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "Open moved.yaml" in ways(fresh), "what was found")
        assert sum("moved.state" in way for way in ways(fresh)) == 1


async def test_practice_hosts_are_explained_where_there_are_none(fresh: SetupApp) -> None:
    """The command that makes them is named."""
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await choose(pilot, fresh, "practice")
        await shown(pilot, fresh, Reading, "Rehearse")
        assert "practice up" in fresh.screen.query(Plain).last().words


def ways(setup: SetupApp) -> list[str]:
    """The ways to begin, as they are named."""
    options = setup.step.query_one(OptionList).options
    return [str(option.prompt).partition("   ")[0] for option in options]


@pytest.mark.parametrize("key", ["enter", "ctrl+n"])
async def test_what_was_begun_comes_first(fresh: SetupApp, folder: Path, key: str) -> None:
    """What failed before drafts, both before a new site, what is finished after it."""
    for name, outcome in (("a", None), ("b", "failed"), ("c", "done")):
        file = folder / f"{name}.yaml"
        file.write_text(SITE, encoding="utf-8")
        if outcome == "failed":
            begun(file, "failed")
        elif outcome:
            begun(file, "done")
    async with fresh.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "Open c.yaml" in ways(fresh), "what was found")
        assert ways(fresh)[:5] == [
            "Resume b.yaml",
            "Look into b.state",
            "Open a.yaml",
            "New site",
            "Open a site file …",
        ]
        assert ways(fresh)[5] == "Open c.yaml"
        assert fresh.step.query_one(OptionList).highlighted == 0
        await pilot.press(key)
        await until(pilot, lambda: fresh.here == "review", "the review of what failed")
        assert fresh.draft.name == "b.yaml"


async def test_the_cursor_stays_on_the_way_it_was_put_on(fresh: SetupApp, folder: Path) -> None:
    """Although others come to stand before it."""
    async with fresh.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: len(ways(fresh)) == 3, "the ways")
        await pilot.press("down")
        for name in "ab":
            (folder / f"{name}.yaml").write_text(SITE, encoding="utf-8")
        fresh.step.draft_changed()
        await until(pilot, lambda: "Open b.yaml" in ways(fresh), "what was found")
        at = fresh.step.query_one(OptionList).highlighted
        assert at is not None
        assert ways(fresh)[at] == "Open a site file …"


async def test_everything_that_is_needed_is_read_by_keys(fresh: SetupApp) -> None:
    """PgDn goes down to its end, PgUp back; the cursor stays in the list."""
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        needed = fresh.step.query_one(".needed")
        await until(pilot, lambda: needed.max_scroll_y > 0, "more than there is room for")
        assert "pagedown" in fresh.screen.active_bindings
        for _ in range(needed.max_scroll_y):
            await pilot.press("pagedown")
        await until(pilot, lambda: needed.scroll_y == needed.max_scroll_y, "the end")
        for _ in range(needed.max_scroll_y):
            await pilot.press("pageup")
        await until(pilot, lambda: needed.scroll_y == 0, "the beginning")
        assert isinstance(fresh.focused, OptionList)
        assert fresh.focused.highlighted == 0


@pytest.fixture
def draft(site_file: Path) -> Path:
    """A site file with something wrong on the third screen of answers."""
    site_file.write_text(SITE.replace("port: 587, ", "port: 0, "), encoding="utf-8")
    return site_file


@pytest.mark.parametrize("way", ["file:", "go-on"])
async def test_a_draft_is_gone_on_with_where_something_is_open(draft: Path, way: str) -> None:
    """What is complete before it counts as seen; with nothing open it is the page of all."""
    app = SetupApp(Draft.open(draft) if way == "go-on" else Draft(""))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await choose(pilot, app, way)
        await until(pilot, lambda: app.here == "networking", "the first open screen")
        assert {"topology", "access"} <= app.visited
        assert "database" not in app.visited
        app.change({"networking.smtp.port": 587})
        await app.go("welcome")
        await choose(pilot, app, "go-on")
        await until(pilot, lambda: app.here == "review", "the page of all")
