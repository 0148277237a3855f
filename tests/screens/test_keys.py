"""The keys at the bottom: never cut, and of the dialog while one is in front; F1 and ^q there."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Footer, Input
from textual.widgets._footer import FooterKey  # Textual has no public name for it

from screens.dialogs.ask_text import AskText
from screens.dialogs.confirm import Confirm
from screens.dialogs.host_keys import HostKeyDesk, HostKeys
from screens.dialogs.host_ssh import HostSsh
from screens.dialogs.pick import Pick
from screens.dialogs.reading import Reading
from screens.flow import FLOW
from screens.widgets.plain import Plain
from screens.work import work_of
from tests.screens.test_questions import question
from tests.screens.test_wizard import LARGE, SMALL, to
from tests.screens.waiting import shown, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot
    from textual.screen import ModalScreen

    from screens.app import SetupApp

_ANSWERS = [("no", "No"), ("yes", "Yes")]
DIALOGS: tuple[tuple[Callable[[SetupApp], ModalScreen[Any]], str], ...] = (
    (lambda _: AskText("Search", "In the plan."), "Enter Take  esc Back  F1 Help"),
    (lambda _: Pick("Which?", "", [("a", "A", "a")]), "Enter Choose  esc Back  F1 Help"),
    (lambda _: Confirm("Sure?", "", _ANSWERS), "← → Choose  Enter Take  esc Back  F1 Help"),
    (lambda _: Reading("Help", "words"), "↑ ↓ Read on  esc Close"),
    (lambda _: HostSsh("db1", 4), "Tab Next field  esc Close  F1 Help"),
    (lambda setup: HostKeys(_desk(setup)), "Enter Accept this  del Refuse this  A Accept all"),
)


def _desk(setup: SetupApp) -> HostKeyDesk:
    desk = HostKeyDesk(setup)
    desk.waiting.append((question("lb1"), Future[bool]()))
    return desk


def keys(setup: SetupApp) -> list[FooterKey]:
    """The keys at the bottom of what is in front."""
    return list(setup.screen.query_one(Footer).query(FooterKey))


def line(setup: SetupApp) -> str:
    """The keys and their words as one reads them."""
    return "  ".join(f"{key.key_display} {key.description}" for key in keys(setup))


async def drawn(pilot: Pilot[int], setup: SetupApp) -> None:
    """Wait until the keys are there and have their place."""
    await until(pilot, lambda: keys(setup) and keys(setup)[-1].region.width, "keys at the bottom")


async def test_no_key_is_cut_at_80_columns(setup: SetupApp) -> None:
    """On every screen all of the keys that are shown can be read, F1 and the way on among them."""
    async with setup.run_test(size=SMALL) as pilot:
        for place in FLOW:
            await to(pilot, setup, place.id)
            await drawn(pilot, setup)
            for key in keys(setup):
                assert key.region.right <= SMALL[0], f"{place.id}: {line(setup)}"
            assert "^n Next" in line(setup)
            assert "F1 Help" in line(setup)
        assert "^q Quit" in line(setup)


async def test_keys_come_back_where_there_is_room(setup: SetupApp) -> None:
    """Review has more of them than 80 columns hold; a wider terminal shows them all."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "review")
        await drawn(pilot, setup)
        assert "i Install" in line(setup)
        assert "/ Search" not in line(setup)
        await pilot.resize_terminal(*LARGE)
        await until(pilot, lambda: "/ Search" in line(setup), "the key for searching")
        assert line(setup).endswith("F1 Help  ^q Quit")
        await pilot.resize_terminal(*SMALL)
        await until(pilot, lambda: "/ Search" not in line(setup), "fewer keys again")


async def test_the_log_and_the_site_file_are_saved_under_two_names(setup: SetupApp) -> None:
    """Install has a key for each of them."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "install")
        await drawn(pilot, setup)
        assert "w Save log" in line(setup)
        assert "^s Save" in line(setup)


@pytest.mark.parametrize(("make", "wanted"), DIALOGS)
async def test_a_dialog_shows_its_own_keys(
    setup: SetupApp, make: Callable[[SetupApp], ModalScreen[Any]], wanted: str
) -> None:
    """Enter and Escape among them, none of the screen behind it; F1 says what is asked."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        dialog = make(setup)
        setup.push_screen(dialog)
        await shown(pilot, setup, type(dialog))
        await drawn(pilot, setup)
        assert line(setup).startswith(wanted)
        assert all(key.tooltip for key in keys(setup))
        assert keys(setup)[-1].region.right <= SMALL[0]
        await pilot.press("f1")
        if isinstance(dialog, Reading):
            await until(pilot, lambda: setup.screen is not dialog, "it closed")
        else:
            await shown(pilot, setup, Reading, "Help")
            assert len(setup.screen.query(Plain).last().words) > 80
            await pilot.press("escape")
            await until(pilot, lambda: setup.screen is dialog, "the dialog again")


async def test_leaving_is_asked_over_a_dialog(setup: SetupApp) -> None:
    """^q asks as elsewhere, and staying leads back to the dialog; a question wants its answer."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        setup.change({"networking.domain": None})
        setup.push_screen(AskText("Search", "In the plan."))
        await shown(pilot, setup, AskText)
        await pilot.press("a", "ctrl+q")
        await shown(pilot, setup, Confirm)
        await pilot.press("ctrl+q")
        told = [one.message for one in setup._notifications]  # noqa: SLF001 - Textual has no public way to list them
        assert any(message.startswith("Answer this first") for message in told)
        await pilot.press("escape")
        await shown(pilot, setup, AskText)
        assert setup.screen.query_one(Input).value == "a"


async def test_work_that_waits_for_an_answer_can_be_stopped(setup: SetupApp) -> None:
    """Leaving while a thread asks does not wait for the answer."""
    work = work_of(setup)

    def opener(*_: object, **__: object) -> object:
        return setup.ask_from_thread(AskText("A password", "Of the relay."))

    work.opener = opener  # type: ignore[assignment]
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        work.look()
        await shown(pilot, setup, AskText)
        await pilot.press("ctrl+q")
        await shown(pilot, setup, Confirm, "Still at work")
        await pilot.press("right", "enter")
        await until(pilot, lambda: not setup.is_running, "the end of the program")
