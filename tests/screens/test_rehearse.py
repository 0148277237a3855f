"""Rehearse on practice hosts: the wizard begins anew on their network, or says why it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.app import SetupApp
from screens.dialogs.ask_text import AskFile
from screens.dialogs.confirm import Confirm
from screens.dialogs.reading import Reading
from screens.draft import Draft
from tests.practice.own_network import network_of
from tests.screens.test_welcome import choose, ways
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until
from wizard.practice.directory import FleetDirectory
from wizard.practice.site_file import site_text
from wizard.run.simulated.hosts import SimulatedFleet

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

ENTRY = "Rehearse on practice hosts"


@pytest.fixture
def directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> FleetDirectory:
    """A fleet that was made on this machine; its network is not there yet."""
    made = FleetDirectory(folder / "fleet")
    monkeypatch.setenv("MINUSNOW_PRACTICE_DIR", str(made.path))
    made.path.mkdir()
    made.site_file.write_text(site_text(made), encoding="utf-8")
    return made


def told(setup: SetupApp) -> str:
    """Everything that was notified of."""
    return " ".join(one.message for one in setup._notifications)  # noqa: SLF001 - Textual has no public way to list them


async def ended(pilot: Pilot[int], setup: SetupApp) -> None:
    """Wait for the end of the screens."""
    await until(pilot, lambda: not setup.is_running, "the end")


async def test_hosts_made_meanwhile_stand_in_the_list(
    fresh: SetupApp, directory: FleetDirectory
) -> None:
    """As soon as the words on how to make them are closed."""
    text = directory.site_file.read_text(encoding="utf-8")
    directory.site_file.unlink()
    async with fresh.run_test(size=SMALL) as pilot:
        await choose(pilot, fresh, "practice")
        await shown(pilot, fresh, Reading, "Rehearse")
        directory.site_file.write_text(text, encoding="utf-8")
        await pilot.press("escape")
        await until(pilot, lambda: ENTRY in ways(fresh), "the practice hosts")
        assert f"{ENTRY} …" not in ways(fresh)


async def test_to_choose_them_ends_the_screens_for_the_wizard_there(
    fresh: SetupApp, directory: FleetDirectory
) -> None:
    """Nothing is opened here, from where the hosts are not reached."""
    with network_of(directory):
        async with fresh.run_test(size=SMALL) as pilot:
            await choose(pilot, fresh, "rehearse:")
            await ended(pilot, fresh)
    assert fresh.rehearsal == directory.site_file
    assert not fresh.chosen


@pytest.mark.parametrize(("answer", "goes"), [("stay", False), ("save", True), ("drop", True)])
async def test_answers_that_are_not_saved_are_asked_about_first(
    setup: SetupApp, directory: FleetDirectory, answer: str, *, goes: bool
) -> None:
    """As before any other site."""
    with network_of(directory):
        async with setup.run_test(size=SMALL) as pilot:
            await pilot.pause()
            setup.change({"networking.domain": "itsm.example.net"})
            await choose(pilot, setup, "rehearse:")
            await shown(pilot, setup, Confirm, "Another site?")
            await pilot.click(f"#answer-{answer}")
            if goes:
                await ended(pilot, setup)
            else:
                await until(pilot, lambda: not isinstance(setup.screen, Confirm), "Welcome")
    assert setup.rehearsal == (directory.site_file if goes else None)
    assert setup.draft.path is not None
    saved = setup.draft.path.read_text(encoding="utf-8")
    assert ("itsm.example.net" in saved) is (answer == "save")


async def test_without_the_fleet_it_says_what_starts_it(
    fresh: SetupApp, directory: FleetDirectory
) -> None:
    """And stays where it is."""
    del directory
    async with fresh.run_test(size=SMALL) as pilot:
        await choose(pilot, fresh, "rehearse:")
        await until(pilot, lambda: "practice up" in told(fresh), "the remedy")
        assert "The practice fleet is not up." in told(fresh)
        assert not fresh.chosen
        assert fresh.rehearsal is None


async def test_a_page_says_what_to_serve(
    fresh: SetupApp, directory: FleetDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with its program, and cannot become another one."""
    monkeypatch.setenv("TEXTUAL_DRIVER", "of a page")
    async with fresh.run_test(size=SMALL) as pilot:
        await choose(pilot, fresh, "rehearse:")
        wanted = f"minusnow-setup serve {directory.site_file}"
        await until(pilot, lambda: wanted in told(fresh), "the remedy")
        assert fresh.rehearsal is None


@pytest.mark.parametrize("up", [True, False])
async def test_its_path_leads_there_too_or_opens_it_with_a_warning(
    fresh: SetupApp, directory: FleetDirectory, *, up: bool
) -> None:
    """A person may want to read or change it without the hosts."""

    async def open_it(pilot: Pilot[int]) -> None:
        await choose(pilot, fresh, "open")
        await shown(pilot, fresh, AskFile, "Open a site file")
        await pilot.press(*str(directory.site_file), "enter")

    if up:
        with network_of(directory):
            async with fresh.run_test(size=SMALL) as pilot:
                await open_it(pilot)
                await ended(pilot, fresh)
        assert fresh.rehearsal == directory.site_file
        return
    async with fresh.run_test(size=SMALL) as pilot:
        await open_it(pilot)
        await until(pilot, lambda: "The practice fleet is not up." in told(fresh), "a warning")
        assert fresh.draft.path == directory.site_file


async def test_a_program_begun_with_it_says_that_the_hosts_are_out_of_reach(
    directory: FleetDirectory,
) -> None:
    """The command line could not go to their network."""
    setup = SetupApp(Draft.open(directory.site_file))
    async with setup.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "The practice fleet is not up." in told(setup), "a warning")


async def test_simulated_hosts_are_on_no_network(folder: Path, directory: FleetDirectory) -> None:
    """The same entry opens the site file here, whatever is up."""
    del folder
    setup = SetupApp(Draft(""), simulation=SimulatedFleet())
    async with setup.run_test(size=SMALL) as pilot:
        await choose(pilot, setup, "rehearse:")
        await until(pilot, lambda: setup.here == "review", "the review")
        assert setup.draft.path == directory.site_file
        assert not told(setup)
