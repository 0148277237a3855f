"""Review mode on a state file: chapters, following a run, a broken chain."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from screens.audit_source import Source
from screens.audit_view import ReviewApp, ReviewScreen
from screens.dialogs.reading import Reading
from screens.widgets.plain import Plain
from screens.widgets.side_list import SideList
from screens.widgets.text_log import TextLog
from tests.run.state_story import filled, made, story
from tests.run.test_status import ENDED, FAILED, begun, done
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

PATIENCE = 60.0  # seconds


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        await pilot.pause(0.02)


def title(app: ReviewApp) -> str:
    """The line at the top."""
    return app.query_one("#title", Plain).words


def chapters(app: ReviewApp) -> list[str]:
    """The lines of the list at the side."""
    return [str(option.prompt) for option in app.query_one(SideList).options]


def text(app: ReviewApp) -> str:
    """The chapter that is shown."""
    return "\n".join(app.query_one(TextLog).lines)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_every_chapter_is_read_by_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    """Down goes to the next one; the heading tells that the chain is intact."""
    path = tmp_path / "site.state"
    filled(path)
    app = ReviewApp(Source(path))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "chain intact" in title(app))
        await until(pilot, lambda: "site: acme" in text(app))
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: "ops@10.0.0.9" in text(app) and "One: 1" in text(app))


async def test_the_verdict_is_read_in_a_narrow_terminal(tmp_path: Path) -> None:
    """A long name and hosts that are simulated push nothing out; how far it is stands below."""
    path = tmp_path / "site.state"
    state = StateFile.create(
        path, site_name="a-site-of-a-long-name" * 3, site_text="site: acme\n", simulated=True
    )
    state.take([*begun(), *done("base@a"), FAILED, ENDED])
    state.close()
    app = ReviewApp(Source(path))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "chain intact" in title(app))
        first, second = title(app).splitlines()
        assert "SIMULATED HOSTS · chain intact · REVIEW · read-only" in first[:78]
        assert second == "0 of 3 steps done, failed at base@a"
        await until(pilot, lambda: app.query_one("#title", Plain).size.height == 3)


async def test_the_list_shows_where_one_is_and_what_there_is_none_of(tmp_path: Path) -> None:
    """A sign goes along with the cursor; no failure is told as 0."""
    path = tmp_path / "site.state"
    filled(path)
    app = ReviewApp(Source(path))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "▸ Site" in chapters(app))
        assert {"· Failures 0", "· Skips 0"} <= set(chapters(app))
        await pilot.press("down", "down")
        await until(pilot, lambda: any(line.startswith("▸ Runs") for line in chapters(app)))
        assert sum(line.startswith("▸") for line in chapters(app)) == 1
        assert app.query_one(SideList).highlighted == 2


async def test_a_run_that_goes_on_is_followed(tmp_path: Path) -> None:
    """What is written meanwhile appears by itself."""
    path = tmp_path / "site.state"
    state = made(path)
    state.take(story()[:3])
    app = ReviewApp(Source(path))
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "a run is going on" in title(app))
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: "One" in text(app))
        assert "1 changed, verified" not in text(app)
        state.take(story()[3:])
        await until(pilot, lambda: "1 changed, verified" in text(app))
        state.close()
        await until(pilot, lambda: "a run is going on" not in title(app))


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_every_line_of_the_output_can_be_read(tmp_path: Path, size: tuple[int, int]) -> None:
    """The chapter tells how many are not shown and which key shows them; it is in the palette."""
    path = tmp_path / "site.state"
    state = made(path)
    state.take(story(lines=620))
    state.close()
    app = ReviewApp(Source(path))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "▸ Site" in chapters(app))
        review = app.screen
        assert isinstance(review, ReviewScreen)
        review.go("output")
        more = "120 earlier lines are not shown: a shows all lines."
        await until(pilot, lambda: text(app).startswith(more))
        assert "line 120" in text(app)
        assert "line 119\n" not in text(app)
        review.go("site")
        await pilot.press("a")
        await until(pilot, lambda: text(app).startswith("All lines: a shows the last 500"))
        assert all(f"line {n}" in text(app) for n in (0, 119, 619))
        await pilot.press("a")
        await until(pilot, lambda: text(app).startswith(more))
        assert "All lines" in [one.title for one in app.get_system_commands(app.screen)]
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, Reading))
        assert "--lines 0" in app.screen.query(Plain).last().words


async def test_a_broken_chain_is_in_the_heading_and_in_the_exit_status(tmp_path: Path) -> None:
    """Nobody reads a changed record without being told."""
    path = tmp_path / "site.state"
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE events SET host = 'z' WHERE seq = 3")
    connection.commit()
    connection.close()
    app = ReviewApp(Source(path))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "CHAIN BROKEN" in title(app))
        await pilot.press("q")
    assert app.return_value == 1
