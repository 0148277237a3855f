"""The palette: whatever has a key can be found by name, in the wizard and in the review."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from textual.binding import Binding
from textual.command import CommandPalette
from textual.widgets import OptionList

from screens.audit_secrets import KeyringLook
from screens.audit_source import Source
from screens.audit_view import ReviewApp, ReviewScreen
from screens.dialogs.reading import Reading
from screens.flow import FLOW
from screens.secrets import KeyringFiles
from screens.widgets.plain import Plain
from screens.widgets.run_log_view import RunLogView
from screens.widgets.step_tree import StepTree
from screens.work import work_of
from tests.run.state_story import filled
from tests.screens.test_progress import made
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import shown, until
from wizard.checks.check import Finding, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App

    from screens.app import SetupApp

OF_THE_REVIEW = {
    *("Search", "Next found", "Follow", "Copy", "All lines", "Secrets", "Help", "Leave"),
}


def titles(app: App[int]) -> list[str]:
    """What the palette would offer here."""
    return [command.title for command in app.get_system_commands(app.screen)]


def described(setup: SetupApp) -> set[str]:
    """What the keys of this screen and of the frame are called, also where none is shown."""
    return {
        binding.description
        for source in (setup.step, setup)
        for binding in type(source).BINDINGS
        if isinstance(binding, Binding)
        and binding.description
        and source.check_action(binding.action.partition("(")[0], ())
    }


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state file with a small run in it."""
    path = tmp_path / "site.state"
    filled(path)
    return path


async def test_every_key_of_every_screen_is_in_the_palette(setup: SetupApp) -> None:
    """From Welcome to Done, with the keys of the frame."""
    async with setup.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        for place in FLOW:
            await to(pilot, setup, place.id)
            offered = titles(setup)
            assert described(setup) - {"Quit"} <= set(offered), place.id
            assert len(offered) == len(set(offered)), place.id


async def test_what_enter_does_is_in_the_palette(setup: SetupApp) -> None:
    """The log of a host in Install, and the evidence of a line in Done."""
    work = work_of(setup)
    work.log.take([made()])
    work.proof = (
        Finding(check="https", host="lb1", verdict=Verdict.OK, question="open?", seen="as wanted"),
    )

    def choose(name: str) -> None:
        found = {one.title: one.callback for one in setup.get_system_commands(setup.screen)}
        found[name]()

    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "install")
        tree, log = setup.step.query_one(StepTree), setup.step.query_one(RunLogView)
        await until(pilot, lambda: tree.root.children, "the steps")
        choose("Log of host")
        told = setup._notifications  # noqa: SLF001 - Textual has no public way to list them
        await until(pilot, lambda: any("cursor" in one.message for one in told), "what is missing")
        tree.root.children[0].expand()
        await until(pilot, lambda: tree.last_line > 0, "the steps of the phase")
        tree.cursor_line = 1
        for host in ("app1", ""):
            choose("Log of host")
            await until(pilot, partial(_of, log, host), f"the log of {host or 'all'}")
        log.text.focus()
        await pilot.press("enter")
        await until(pilot, lambda: log.host == "app1", "the same from beside the log")
        await to(pilot, setup, "done")
        choose("Evidence")
        await shown(pilot, setup, Reading, "https · lb1")
        assert "as wanted" in setup.screen.query(Plain).last().words


def _of(log: RunLogView, host: str) -> bool:
    return log.host == host


async def test_the_review_offers_its_actions_and_chapters(state: Path) -> None:
    """Each of them once; over its help only what belongs to no screen."""
    app = ReviewApp(Source(state))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count, "the chapters")
        offered = titles(app)
        assert set(offered) >= {*OF_THE_REVIEW, "Go to Events", "Go to Secrets", "Go to Chain"}
        assert len(offered) == len(set(offered))
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, Reading), "the help")
        assert not OF_THE_REVIEW & set(titles(app))


async def test_a_chapter_is_reached_from_the_palette(state: Path) -> None:
    """Typed as one remembers it."""
    app = ReviewApp(Source(state))
    async with app.run_test(size=SMALL) as pilot:
        chapters = app.screen.query_one(OptionList)
        await until(pilot, lambda: chapters.option_count, "the chapters")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        await pilot.press(*"to events")
        found = app.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count == 1, "one command")
        await pilot.press("enter")

        def here() -> str:
            return str(chapters.options[chapters.highlighted or 0].prompt)

        await until(pilot, lambda: here().startswith("▸ Events"), "the chapter")


async def test_before_the_wizard_the_review_has_the_palette(setup: SetupApp, state: Path) -> None:
    """Nothing of the wizard behind it, also while the palette is open; what is chosen is done."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        keyring = KeyringLook(KeyringFiles())
        setup.push_screen(ReviewScreen(Source(state), keyring=keyring))
        await until(pilot, lambda: isinstance(setup.screen, ReviewScreen), "the review")
        review = setup.screen
        await until(pilot, lambda: review.query_one(OptionList).option_count, "the chapters")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(setup.screen, CommandPalette), "the palette")
        offered = [command.title for command in setup.get_system_commands(review)]
        assert set(offered) >= {*OF_THE_REVIEW, "Go to Events"}
        assert not {"Next", "Save", "Undo", "Go to Topology"} & set(offered)
        assert offered.count("Help") == 1
        await pilot.press(*"leave")
        found = setup.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count, "the command")
        await pilot.press("enter")
        await until(pilot, lambda: len(setup.screen_stack) == 1, "the wizard")
