"""A terminal that changes its size again before the first change is drawn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.geometry import Size
from textual.widgets import Button

from screens.dialogs.confirm import Confirm
from screens.dialogs.reading import Reading
from screens.newest_size import Palette
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from screens.app import SetupApp

FEW = 6  # times everything is laid out
PATIENCE = 60.0  # seconds


def nothing() -> None:
    """Be a message between two others."""


@pytest.mark.parametrize(
    "dialog", [None, Confirm("Really?", "", [("yes", "Yes")]), Reading("Words", "Many words.")]
)
async def test_two_changes_at_once_are_drawn_and_that_is_it(
    setup: SetupApp, dialog: ModalScreen[object] | None
) -> None:
    """Not again and again for ever, which would leave no time for keys."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        if dialog:
            setup.push_screen(dialog)
            await shown(pilot, setup, type(dialog))
            await pilot.pause()
        laid_out: list[object] = []

        def note(screen: object) -> None:
            laid_out.append(screen)
            setup.screen.call_later(nothing)  # widgets have something to say, too

        setup.screen.screen_layout_refresh_signal.subscribe(setup.screen, note)
        async with asyncio.timeout(PATIENCE):
            for size in (Size(1, 1), Size(*SMALL)):
                setup.screen.post_message(events.Resize(size, size))
                setup.screen.call_later(nothing)  # without a word in between the second would do
            await pilot.pause(0.5)
        assert len(laid_out) < FEW
        assert setup.screen.size == Size(*SMALL)


async def test_the_palette_is_such_a_screen_too(setup: SetupApp) -> None:
    """It opens once, and goes by Escape."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.press("ctrl+p", "ctrl+p")
        await until(pilot, lambda: isinstance(setup.screen, Palette), "the palette is open")
        await pilot.pause()
        assert [isinstance(each, Palette) for each in setup.screen_stack] == [False, True]
        await pilot.press("escape")
        await until(pilot, lambda: len(setup.screen_stack) == 1, "the palette is closed")


async def test_keys_work_after_the_terminal_was_next_to_nothing(setup: SetupApp) -> None:
    """The answer at the cursor is still at the cursor."""
    async with setup.run_test(size=SMALL) as pilot:
        answers: list[str | None] = []
        setup.push_screen(Confirm("Really?", "Words. " * 99, [("no", "No")]), answers.append)
        await shown(pilot, setup, Confirm)
        for size in ((20, 5), (1, 1), SMALL):
            await pilot.resize_terminal(*size)
        assert isinstance(setup.focused, Button)
        await pilot.press("enter")
        await until(pilot, lambda: answers == ["no"], "the answer")
