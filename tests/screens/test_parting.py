"""What stands in the terminal once the screens are gone."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from screens import run as program
from screens.app import SetupApp
from screens.dialogs.confirm import Confirm
from screens.draft import Draft
from screens.parting import parting
from screens.secrets import KeyringFiles
from tests.screens.test_welcome import begun
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import shown, until
from wizard.run.simulated.hosts import SimulatedFleet

if TYPE_CHECKING:
    from textual.pilot import Pilot


async def leave(pilot: Pilot[int], app: SetupApp) -> None:
    """Press ctrl+q and answer the question about saving, if there is one, with its first answer."""
    await pilot.press("ctrl+q")
    if app.draft.dirty:
        await shown(pilot, app, Confirm, "Leave?")
        await pilot.press("enter")
    await until(pilot, lambda: not app.is_running, "the end")


async def test_what_was_saved_is_named_with_the_command_to_go_on(setup: SetupApp) -> None:
    """An unfinished one too."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        setup.change({"networking.domain": None})
        await leave(pilot, setup)
    assert parting(setup) == "The site is in acme.yaml; go on with: minusnow-setup wizard acme.yaml"


async def test_what_was_begun_is_named_with_its_record(site_file: Path) -> None:
    """That of simulated hosts as such; a keyring that was named has to be named again."""
    begun(site_file, "failed")
    real = SetupApp(Draft.open(site_file), keyring=KeyringFiles(Path("my keyring")))
    assert f", its record in {site_file.with_suffix('.state')}; go on" in parting(real)
    assert parting(real).endswith(shlex.join([str(site_file), "--keyring-file", "my keyring"]))
    simulated = SetupApp(Draft.open(site_file), simulation=SimulatedFleet())
    assert "record" not in parting(simulated)
    assert parting(simulated).endswith(f"minusnow-setup wizard {site_file} --simulate")
    site_file.with_suffix(".state").rename(site_file.with_suffix(".simulated.state"))
    assert "record of SIMULATED hosts in" in parting(simulated)


async def test_nothing_is_said_where_nothing_was_kept(fresh: SetupApp) -> None:
    """Whoever only looked has nothing to go on with."""
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await leave(pilot, fresh)
    assert parting(fresh) == ""


@pytest.mark.parametrize("page", [False, True])
def test_a_terminal_is_told_and_a_page_is_not(
    site_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    page: bool,
) -> None:
    """Standard output of a page is what draws it."""
    monkeypatch.setattr(SetupApp, "answer", lambda _self: 0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    if page:
        monkeypatch.setenv("TEXTUAL_DRIVER", "web")
    assert program.run(str(site_file)) == 0
    told = capsys.readouterr().out
    assert told == "" if page else told.startswith(f"The site is in {site_file}; go on with: ")
