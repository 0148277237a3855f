"""Review mode on a site file for which nothing was done yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.audit_source import Source
from screens.audit_view import ReviewApp
from tests.run.state_story import made, story
from tests.screens.site_text import SITE
from tests.screens.test_audit_view import chapters, text, title
from tests.screens.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

WRONG = SITE.replace("port: 587, ", "port: 0, ")


def review(site_file: Path, tried: str = "") -> ReviewApp:
    """The review of a site file, as the command line opens it."""
    return ReviewApp(Source(site_file.with_suffix(".state"), site_file=site_file, tried=tried))


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_a_site_file_alone_has_chapters(site_file: Path, size: tuple[int, int]) -> None:
    """What it says is there, what nobody knows yet is told to be unknown, nothing is made."""
    app = review(site_file)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "▸ Site" in chapters(app), "the chapters")
        assert title(app).splitlines() == [
            "before the installation · REVIEW · read-only · acme-itsm",
            "nothing was done for it yet",
        ]
        assert {"· Checks –", "· Plan –"} <= set(chapters(app))
        await until(pilot, lambda: "10.0.2.11" in text(app), "the hosts")
        app.screen.query_one("#side").focus()
        await pilot.press("end")
        await until(pilot, lambda: "there is no plan" in text(app), "the plan that is not known")
        await pilot.press("home", "down", "down")
        await until(pilot, lambda: "operating system" in text(app), "the licences")
        await pilot.press("ctrl+q")
    assert app.return_value == 0
    assert [found.name for found in site_file.parent.glob("acme*")] == ["acme.yaml"]


def write(site_file: Path, words: str) -> None:
    """Give the site file another text, none for ""."""
    site_file.unlink(missing_ok=True)
    if words:
        site_file.write_text(words, encoding="utf-8")


async def test_what_is_missing_comes_first(site_file: Path) -> None:
    """The exit status says that it is not finished."""
    write(site_file, WRONG)
    app = review(site_file)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "networking.smtp.port" in text(app), "what is wrong")
        assert title(app).startswith("1 missing or wrong · REVIEW · read-only · acme.yaml")
        assert chapters(app) == ["▸ Problems 1", "· Site"]
        await pilot.press("q")
    assert app.return_value == 2


async def test_a_file_that_is_put_right_meanwhile_is_followed(site_file: Path) -> None:
    """Also one that was gone for a while."""
    write(site_file, WRONG)
    app = review(site_file)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "▸ Problems 1" in chapters(app), "what is wrong")
        write(site_file, "")
        await until(pilot, lambda: "no such file" in title(app), "that it is gone")
        write(site_file, WRONG)
        await until(pilot, lambda: "missing or wrong" in title(app), "that it is there again")
        write(site_file, SITE)
        await until(pilot, lambda: "▸ Site" in chapters(app), "the chapters")
        await pilot.press("q")
    assert app.return_value == 0


async def test_an_installation_that_begins_is_followed(site_file: Path) -> None:
    """The chapters of its state file take the place of what the site file says."""
    app = review(site_file)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "▸ Site" in chapters(app), "the chapters")
        state = made(site_file.with_suffix(".state"))
        state.take(story()[:3])
        await until(pilot, lambda: "a run is going on" in title(app), "the run")
        assert any(line.startswith("· Events 3") for line in chapters(app))
        state.take(story()[3:])
        state.close()
        await until(pilot, lambda: "going on" not in title(app), "its end")
        assert "chain intact" in title(app)


async def test_what_was_only_simulated_is_said(site_file: Path) -> None:
    """At the top, and with the plan the command that looks at it."""
    app = review(site_file, "It was tried on SIMULATED hosts only; look at that with: X")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "SIMULATED hosts only" in title(app), "that it was tried")
        await pilot.press("end")
        await until(pilot, lambda: "look at that with: X" in text(app), "how to look at it")
