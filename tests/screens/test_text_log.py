"""A log that keeps its end in sight, until somebody reads further up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.app import App

from screens.widgets.text_log import TextLog

if TYPE_CHECKING:
    from textual.app import ComposeResult


class LogApp(App[None]):
    """Nothing but a log."""

    def compose(self) -> ComposeResult:
        """The log."""
        yield TextLog()

    def on_mount(self) -> None:
        """The keys go to it."""
        self.log_lines.focus()

    @property
    def log_lines(self) -> TextLog:
        """The log."""
        return self.query_one(TextLog)


def _some(first: int, count: int = 50) -> list[str]:
    return [f"line {number}" for number in range(first, first + count)]


async def test_the_end_stays_in_sight_when_the_pane_becomes_lower() -> None:
    """What stands above it grows by a line, and lines go on coming."""
    app = LogApp()
    async with app.run_test(size=(40, 20)) as pilot:
        app.log_lines.write_lines(_some(0))
        await pilot.pause()
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert app.log_lines.is_vertical_scroll_end
        app.log_lines.write_lines(_some(50))
        await pilot.pause()
        assert app.log_lines.is_vertical_scroll_end


@pytest.mark.parametrize("key", ["up", "pageup", "home"])
async def test_who_reads_further_up_is_left_there(key: str) -> None:
    """New lines do not pull it away; following again goes to the end."""
    app = LogApp()
    async with app.run_test(size=(40, 20)) as pilot:
        log = app.log_lines
        log.write_lines(_some(0))
        await pilot.press(key)
        await pilot.pause()
        assert not log.following
        place = log.scroll_y
        log.write_lines(_some(50))
        await pilot.pause()
        assert log.scroll_y == place
        log.follow(on=True)
        await pilot.pause()
        assert log.is_vertical_scroll_end
