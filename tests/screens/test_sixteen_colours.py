"""On a terminal of 16 colours everything can be read: no text in the colour it stands on."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual.strip import Strip
from textual.widgets import DataTable

from screens.dialogs.pick import Pick
from screens.dialogs.reading import Reading
from tests.screens.test_probed_table import look_at_all
from tests.screens.test_wizard import to
from tests.screens.waiting import shown, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

    from screens.app import SetupApp

_SIZE = (100, 30)
_TEXT = re.compile(r"[\w✓✗!·▸–»^/?]")  # rules and the handles of scrollbars are no text


def unreadable(setup: SetupApp) -> Iterator[str]:
    """Every text of the screen in front that is written in the colour of its background."""
    screen = setup.screen
    strips = screen._compositor.render_strips()  # noqa: SLF001 - what goes to the terminal
    part = next(iter(screen.query(".dialog")), screen).region
    for strip in strips[part.y : part.bottom]:
        for text, style, _ in strip.crop(part.x, part.right):
            if style and _TEXT.search(text) and same(style):
                yield f"{text.strip()} ({style})"


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


def every_text(setup: SetupApp) -> Iterator[str]:
    """The lines of the screen in front."""
    for strip in setup.screen._compositor.render_strips():  # noqa: SLF001 - as above
        yield strip.text


def test_a_text_in_its_backgrounds_colour_would_be_found() -> None:
    """Two greys that are one of the 16, which is what a terminal without a claim gets."""
    assert same(Style.parse("#292929 on #121212"))
    assert not same(Style.parse("#e0e0e0 on #121212"))
    plain = Console(force_terminal=True, file=StringIO(), _environ={"TERM": "xterm"})
    assert plain.color_system == "standard"
