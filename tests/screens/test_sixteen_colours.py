"""On a terminal of 16 colours everything can be read: no text in the colour it stands on."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual.strip import Strip
from textual.widgets import DataTable

from screens.app import SetupApp
from screens.audit_source import Source
from screens.audit_view import ReviewApp, ReviewScreen
from screens.dialogs.failure import FailureCard
from screens.dialogs.pick import Pick
from screens.dialogs.reading import Reading
from screens.draft import Draft
from screens.widgets.step_tree import StepTree
from screens.widgets.text_log import TextLog
from screens.work import work_of
from tests.run.state_story import story
from tests.run.test_status import FAILED
from tests.screens.site_text import SITE
from tests.screens.still import failed, half_way
from tests.screens.test_audit_view import text, title
from tests.screens.test_probed_table import look_at_all
from tests.screens.test_snapshots_review import CHAPTERS, CHECKS, SECRETS
from tests.screens.test_wizard import to
from tests.screens.waiting import shown, until
from wizard.checks.check import Verdict
from wizard.run.simulated.hosts import SimulatedFleet
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import App
    from textual.pilot import Pilot

_SIZE = (100, 30)
_TEXT = re.compile(r"[\w✓✗!·▸–»^/?]")  # rules and the handles of scrollbars are no text


def unreadable(setup: App[int]) -> Iterator[str]:
    """Every text of the screen in front that is written in the colour of its background."""
    screen = setup.screen
    strips = screen._compositor.render_strips()  # noqa: SLF001 - what goes to the terminal
    part = next(iter(screen.query(".dialog")), screen).region
    for strip in strips[part.y : part.bottom]:
        for words, style, _ in strip.crop(part.x, part.right):
            if style and _TEXT.search(words) and same(style):
                yield f"{words.strip()} ({style})"


def same(style: Style) -> bool:
    """Whether text and background have one colour in what is sent to such a terminal."""
    codes = Strip.render_ansi(style, ColorSystem.STANDARD)
    numbers = [int(code) for code in codes.split(";") if code]
    return any(number + 10 in numbers for number in colours(numbers))


def colours(numbers: list[int]) -> list[int]:
    """The colours of text among the codes of a style."""
    return [number for number in numbers if number in {*range(30, 38), *range(90, 98)}]


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_nothing_is_written_in_the_colour_it_stands_on(setup: SetupApp, theme: str) -> None:
    """Rows at the cursor, errors, the focus, what is closed yet, dialogs."""
    wrong: dict[str, list[str]] = {}

    async def look(pilot: Pilot[int], name: str) -> None:
        await pilot.pause()
        if found := list(unreadable(setup)):
            wrong[name] = found

    setup.theme = f"textual-{theme}"
    setup.animation_level = "none"
    async with setup.run_test(size=_SIZE) as pilot:
        await until(pilot, lambda: "acme" in "".join(every_text(setup)), "the site files")
        await look(pilot, "welcome")
        look_at_all(setup)
        await to(pilot, setup, "topology")
        assert setup.step.query_one(DataTable).row_count
        await look(pilot, "topology")
        setup.change({"networking.domain": "no domain", "ssh.user": None})
        for place in ("access", "networking", "balancer", "licensing"):
            await to(pilot, setup, place)
            await pilot.press("tab", "tab")
            await look(pilot, place)
        await pilot.press("f1")
        await shown(pilot, setup, Reading)
        await look(pilot, "help")
        await pilot.press("escape", "f4")
        await shown(pilot, setup, Pick)
        await look(pilot, "problems")
    assert not wrong


async def test_the_way_to_done_is_readable_too(site_file: Path) -> None:
    """A plan with its diffs, checks, the steps and their log, a failure's card, the proof."""
    setup = SetupApp(Draft.open(Path(site_file.name)), simulation=SimulatedFleet(pace=0))
    setup.animation_level = "none"
    async with setup.run_test(size=_SIZE) as pilot:
        looks = Looks(pilot, setup)
        await planned(pilot, setup)
        log, work = setup.step.query_one(TextLog), work_of(setup)
        assert log.search("@@")
        await until(pilot, lambda: "+" in "".join(every_text(setup)), "a diff")
        await looks.at("review", "@@")
        await to(pilot, setup, "preflight")
        await until(pilot, lambda: setup.step.query_one(DataTable).row_count, "the answers")
        await looks.at("preflight", "✓")
        await to(pilot, setup, "install")
        half_way(work)
        setup.step.live_changed()
        await until(pilot, lambda: "▸" in "".join(every_text(setup)), "it is under way")
        setup.step.query_one(StepTree).focus()
        await looks.at("install", "▸")
        failed(work)
        setup.step.live_changed()
        await shown(pilot, setup, FailureCard)
        await looks.at("failure", "pg_hba.conf")
        await pilot.press("escape")
        await until(pilot, lambda: len(setup.screen_stack) == 1, "the card is closed")
        await looks.at("install, failed", "✗")
        work.proof = tuple(replace(work.findings[0], verdict=verdict) for verdict in Verdict)
        await to(pilot, setup, "done")
        await until(pilot, lambda: setup.step.query_one(DataTable).row_count == 4, "the proof")
        await looks.at("done", "✗")
    assert not looks.wrong


async def planned(pilot: Pilot[int], setup: SetupApp) -> None:
    """Look at the simulated hosts and show the plan."""
    await to(pilot, setup, "review")
    await pilot.press("l")
    work = work_of(setup)
    await until(pilot, lambda: work.plan and not work.busy, "the plan")
    log = setup.step.query_one(TextLog)
    await until(pilot, lambda: any("@@" in line for line in log.lines), "the plan with its diffs")


async def test_the_review_of_what_was_done_is_readable_too(tmp_path: Path) -> None:
    """Every chapter, with checks, a step that failed and a broken chain."""
    path = tmp_path / "acme.state"
    state = StateFile.create(path, site_name="acme-itsm", site_text=SITE, site_path="acme.yaml")
    first, plan, *rest = story()
    state.take([first, *CHECKS, plan, *rest[:-1], FAILED, rest[-1]])
    state.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE events SET host = 'z' WHERE seq = 3")
    connection.commit()
    connection.close()
    app = ReviewApp(Source(path), SECRETS)
    async with app.run_test(size=_SIZE) as pilot:
        looks = Looks(pilot, app)
        review = app.screen
        assert isinstance(review, ReviewScreen)
        await until(pilot, lambda: review.told, "the chapters")
        more = {"failures": "what to do", "chain": "does not fit"}
        for chapter, words in {**CHAPTERS, **more}.items():
            review.go(chapter)
            await until(pilot, partial(_told, app, words), chapter)
            await looks.at(chapter)
        assert "CHAIN BROKEN" in title(app)
    assert not looks.wrong


def _told(app: ReviewApp, words: str) -> bool:
    return words in text(app)


class Looks:
    """Looks at what is in front, dark and light, and gathers what cannot be read."""

    def __init__(self, pilot: Pilot[int], app: App[int]) -> None:
        self._pilot, self._app = pilot, app
        self.wrong: dict[str, list[str]] = {}

    async def at(self, name: str, words: str = "") -> None:
        """Look at a screen on which there are these words."""
        # The theme that is there first: another one restyles everything.
        for theme in sorted(("dark", "light"), key=lambda one: not self._app.theme.endswith(one)):
            self._app.theme = f"textual-{theme}"
            await self._pilot.pause()
            assert words in "".join(every_text(self._app)), name
            if found := list(unreadable(self._app)):
                self.wrong[f"{name}, {theme}"] = found


def every_text(setup: App[int]) -> Iterator[str]:
    """The lines of the screen in front."""
    for strip in setup.screen._compositor.render_strips():  # noqa: SLF001 - as above
        yield strip.text


def test_a_text_in_its_backgrounds_colour_would_be_found() -> None:
    """Two greys that are one of the 16, which is what a terminal without a claim gets."""
    assert same(Style.parse("#292929 on #121212"))
    assert not same(Style.parse("#e0e0e0 on #121212"))
    plain = Console(force_terminal=True, file=StringIO(), _environ={"TERM": "xterm"})
    assert plain.color_system == "standard"
