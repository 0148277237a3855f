"""Walking through the wizard by keys: forward, back, refusals, saving, leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from screens.dialogs.confirm import Confirm
from screens.dialogs.pick import Pick
from screens.dialogs.reading import Reading
from screens.draft import Draft
from screens.flow import FLOW
from screens.widgets.plain import Plain
from screens.widgets.side_list import SideList
from tests.screens.waiting import shown, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from screens.app import SetupApp

SMALL, LARGE = (80, 24), (160, 45)


async def to(pilot: Pilot[int], setup: SetupApp, place: str) -> None:
    """Go there as the list at the side does."""
    await pilot.pause()
    await setup.go(place)
    await pilot.pause()


async def settled(pilot: Pilot[int], setup: SetupApp) -> None:
    """Wait until workers have told what they found."""
    await setup.workers.wait_for_complete()
    await pilot.pause()


async def test_nothing_but_welcome_is_open_at_first(fresh: SetupApp) -> None:
    """Without a site the list at the side leads nowhere."""
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        side = fresh.query_one(SideList)
        assert [side.get_option_at_index(n).disabled for n in range(2)] == [False, True]
        assert fresh.here == "welcome"


@pytest.mark.parametrize("key", ["enter", "ctrl+n"])
async def test_a_new_site_begins_in_the_topology(fresh: SetupApp, key: str) -> None:
    """Enter on the first line is enough, and so is the key that goes on everywhere."""
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press(key)
        await settled(pilot, fresh)
        assert fresh.here == "topology"
        assert fresh.chosen


async def test_a_missing_answer_holds_one_back(fresh: SetupApp) -> None:
    """ctrl+n says what is missing and stays."""
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        await settled(pilot, fresh)
        await pilot.press("ctrl+n")
        await pilot.pause()
        assert fresh.here == "topology"
        assert fresh.focused is not None
        assert fresh.focused.id == "host-address"


async def test_a_complete_site_is_walked_to_the_end_and_back(setup: SetupApp) -> None:
    """Every screen of the flow opens by keys alone, at 80x24."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        for place in FLOW[1:]:
            await pilot.press("ctrl+n")
            await settled(pilot, setup)
            assert setup.here == place.id
        for place in reversed(FLOW[:-1]):
            await pilot.press("ctrl+b")
            await settled(pilot, setup)
            assert setup.here == place.id
        assert not setup.draft.dirty


async def test_every_screen_has_help(setup: SetupApp) -> None:
    """F1 says what the screen is."""
    async with setup.run_test(size=LARGE) as pilot:
        for place in FLOW:
            await to(pilot, setup, place.id)
            await pilot.press("f1")
            await pilot.pause()
            assert isinstance(setup.screen, Reading), place.id
            await pilot.press("escape")
            await pilot.pause()
            assert len(setup.step.HELP) > 80, place.id


async def test_typing_writes_the_file_and_undo_takes_it_back(setup: SetupApp) -> None:
    """Each keystroke is in the draft; ctrl+z brings back what was there."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        before = setup.draft.text
        await pilot.press("end", *["backspace"] * 3, *"org")
        await pilot.pause()
        assert setup.draft.value("networking.domain") == "itsm.example.org"
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert setup.draft.text == before
        assert setup.focused is not None
        assert isinstance(setup.focused, Input)
        assert setup.focused.value == "itsm.example.com"


async def test_an_error_appears_when_the_field_is_left(setup: SetupApp) -> None:
    """Not while one types, but beside the field afterwards."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "access")
        row = setup.step.query_one("#field-ssh-user")
        await pilot.press("end", "space", "x")
        await pilot.pause()
        assert not row.has_class("-wrong")
        await pilot.press("tab")
        await pilot.pause()
        assert row.has_class("-wrong")
        assert "wanted" in row.query_one(".wrong", Plain).words


async def test_the_summary_jumps_to_the_field(setup: SetupApp) -> None:
    """F4, Enter: the cursor is where the problem is."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        setup.change({"networking.domain": "no domain"})
        await to(pilot, setup, "welcome")
        await pilot.press("f4")
        await pilot.pause()
        assert isinstance(setup.screen, Pick)
        await pilot.press("enter")
        await settled(pilot, setup)
        await pilot.pause()
        assert setup.here == "networking"
        assert setup.step.query_one("#field-networking-domain").has_focus_within


async def test_a_changed_answer_marks_the_screens_it_affects(setup: SetupApp) -> None:
    """Hosts matter to the database: once seen, it is marked when they change."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "database")
        await to(pilot, setup, "topology")
        setup.change({"topology.hosts[2].address": "10.0.1.12"})
        await pilot.pause()
        number = [place.id for place in FLOW].index("database")
        assert str(setup.query_one(SideList).get_option_at_index(number).prompt).startswith("!")
        assert any("Look again at Database" in one.message for one in setup._notifications)  # noqa: SLF001 - Textual has no public way to list them


async def test_leaving_asks_and_saves(setup: SetupApp, site_file: Path) -> None:
    """Enter on the first answer writes the file, finished or not."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        setup.change({"networking.domain": None})
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert isinstance(setup.screen, Confirm)
        await pilot.press("enter")
        await pilot.pause()
    assert Draft.open(site_file).text == setup.draft.text
    assert not setup.draft.dirty
    assert setup.return_value == 0


async def test_a_new_file_asks_for_its_name(fresh: SetupApp, folder: Path) -> None:
    """ctrl+s proposes the site's name; an existing file is not overwritten."""
    (folder / "minusnow.yaml").write_text("# taken\n", encoding="utf-8")
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        await settled(pilot, fresh)
        await pilot.press("ctrl+s")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "such a file already" in fresh.screen.query_one(".dialog-wrong", Plain).words
        await pilot.press("home", "x", "enter")
        await pilot.pause()
    assert (folder / "xminusnow.yaml").exists()
    assert (folder / "minusnow.yaml").read_text(encoding="utf-8") == "# taken\n"


async def test_every_action_is_in_the_palette(setup: SetupApp) -> None:
    """What a key does can be found by name too."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        titles = {command.title for command in setup.get_system_commands(setup.screen)}
        assert {"Next", "Back", "Save", "Help", "Problems", "Probe", "Presets"} <= titles
        assert "Go to Network" in titles
        assert "Back to the retry" not in titles  # nothing waits for it


async def test_a_screens_own_action_is_begun_from_the_palette(setup: SetupApp) -> None:
    """Typed into the palette itself, over the screen; over a dialog it is not offered."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(setup.screen, CommandPalette), "the palette")
        await pilot.press(*"presets")
        found = setup.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count == 1, "one command")
        await pilot.press("enter")
        await shown(pilot, setup, Pick, "Begin with")
        titles = {command.title for command in setup.get_system_commands(setup.screen)}
        assert not {"Presets", "Go to Network"} & titles
