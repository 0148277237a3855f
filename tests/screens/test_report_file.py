"""Reports and the review written from their screens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from screens.dialogs.ask_text import AskText
from screens.report_file import cannot_be, write_new
from screens.work import work_of
from tests.run.state_story import filled
from tests.screens.simulated_hosts import SimulatedFleet
from tests.screens.waiting import shown, until
from wizard.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from screens.app import SetupApp


async def written(pilot: Pilot[int], app: SetupApp, path: Path) -> str:
    """Press w, name the file, and return what stands in it."""
    await pilot.press("w")
    await shown(pilot, app, AskText)
    app.screen.query_one(Input).value = str(path)
    await pilot.press("enter")
    await until(pilot, lambda: path.exists() and not app.workers, f"{path.name} and its end")
    return text_of(path)


def text_of(path: Path) -> str:
    """What stands in a file."""
    return path.read_text()


async def test_done_writes_the_report_in_the_format_of_its_name(
    setup: SetupApp, site_file: Path, tmp_path: Path
) -> None:
    """Whatever the state file tells, as HTML, Markdown, JSON and text."""
    filled(site_file.with_suffix(".state"))
    async with setup.run_test() as pilot:
        await setup.go("done")
        assert (await written(pilot, setup, tmp_path / "a.html")).startswith("<!doctype html>")
        assert "# acme" in await written(pilot, setup, tmp_path / "a.md")
        assert json.loads(await written(pilot, setup, tmp_path / "a.json"))["chain"]["intact"]
        assert "ops@10.0.0.9" in await written(pilot, setup, tmp_path / "a.txt")


async def test_without_an_installation_there_is_no_report(setup: SetupApp) -> None:
    """It says so; nothing is asked."""
    async with setup.run_test() as pilot:
        await setup.go("done")
        await pilot.press("w")
        await pilot.pause()
        assert not isinstance(setup.screen, AskText)


async def test_review_exports_what_is_about_to_be_done(setup: SetupApp, tmp_path: Path) -> None:
    """First without a plan, then with it; a changed answer takes the plan out again."""
    folder = tmp_path / "hosts"
    folder.mkdir()
    work = work_of(setup)
    work.opener = SimulatedFleet(folder).open
    async with setup.run_test() as pilot:
        await setup.go("review")
        before = json.loads(await written(pilot, setup, tmp_path / "before.json"))
        await pilot.press("l")
        await until(pilot, lambda: not work.busy and work.plan, "a plan")
        planned = json.loads(await written(pilot, setup, tmp_path / "planned.json"))
        setup.change({"database.max_connections": 321})
        stale = json.loads(await written(pilot, setup, tmp_path / "stale.json"))
    assert work.plan
    assert (before["plan"], stale["plan"]) == (None, None)
    assert planned["fingerprint"] == work.plan.fingerprint
    assert len(planned["checks"]) == len(work.findings)
    assert "321" in stale["site"]["text"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("report", "end with"), ("no/report.md", "does not exist"), ("there.md", "already")],
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str, why: str) -> None:
    """Before anything is written."""
    (tmp_path / "there.md").touch()
    assert why in cannot_be(str(tmp_path / name))
    assert not cannot_be(str(tmp_path / "new.md"))


def test_a_report_is_for_its_owner_and_never_overwrites(tmp_path: Path) -> None:
    """It tells how the site is made."""
    path = tmp_path / "report.md"
    write_new(path, "mine")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StateError, match="cannot be written"):
        write_new(path, "other")
    assert path.read_text() == "mine"
