"""Answers that were not saved survive a terminal that goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import OptionList

from screens.app import SetupApp
from screens.dialogs.confirm import Confirm
from screens.draft import Draft
from screens.unsaved import folder, found
from tests.screens.test_welcome import choose
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until

if TYPE_CHECKING:
    from pathlib import Path


async def test_answers_are_taken_up_after_the_terminal_went_away(
    setup: SetupApp, site_file: Path
) -> None:
    """A copy is written a moment after the change; Welcome offers it, and saving ends it."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        setup.change({"networking.domain": "desk.example.org"})
        await until(pilot, setup.copy.file.is_file, "the copy")
    assert setup.copy.file.stat().st_mode & 0o077 == 0
    again = SetupApp(Draft(""))
    async with again.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await choose(pilot, again, "unsaved:")
        await until(pilot, lambda: again.here == "review", "the page of a complete site")
        assert again.draft.value("networking.domain") == "desk.example.org"
        assert again.draft.path == site_file
        assert again.draft.dirty
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not again.draft.dirty, "saved")
        await until(pilot, lambda: not list(folder().iterdir()), "no copy left")
    assert Draft.open(site_file).value("networking.domain") == "desk.example.org"


async def test_what_nobody_wants_is_not_offered_again(setup: SetupApp) -> None:
    """Leaving without saving takes the copy away."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        setup.change({"networking.domain": "desk.example.org"})
        await until(pilot, setup.copy.file.is_file, "the copy")
        await pilot.press("ctrl+q")
        await shown(pilot, setup, Confirm, "Leave?")
        await pilot.press("right", "right", "enter")
        await until(pilot, lambda: not setup.is_running, "the end")
    assert found(folder()) == ()


async def test_a_copy_that_cannot_be_read_is_left_alone(fresh: SetupApp) -> None:
    """Neither a list nor half a file keeps the wizard from opening."""
    folder().mkdir(parents=True)
    for name, text in (("a", "[1]"), ("b", '{"path": '), ("c", '{"path": ""}')):
        (folder() / f"{name}.json").write_text(text, encoding="utf-8")
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        ways = fresh.step.query_one(OptionList)
        await until(pilot, lambda: ways.option_count >= 3, "the ways to begin")
        assert not any((option.id or "").startswith("unsaved") for option in ways.options)
    assert len(list(folder().iterdir())) == 3
