"""A log that keeps its end in sight, until somebody reads further up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.scrollbar import ScrollBar, ScrollBarRender

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


def _drawn(bar: ScrollBar) -> list[str]:
    return [strip.text for strip in bar.render_lines(bar.size.region)]


def _as_textual_draws(log: TextLog) -> list[str]:
    bar = ScrollBarRender.render_bar(
        size=log.vertical_scrollbar.size.height,
        virtual_size=len(log.lines),
        window_size=log.vertical_scrollbar.size.height,
        position=log.scroll_y,
        thickness=2,
    )
    return [segment.text for segment in bar.segments]


async def test_the_scrollbar_is_drawn_anew_only_when_its_handle_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And then stands where Textual would draw it."""
    app = LogApp()
    async with app.run_test(size=(40, 20)) as pilot:
        log = app.log_lines
        log.write_lines(_some(0, 1000))
        await pilot.pause()
        drawings = []
        render = ScrollBar.render

        def counted(bar: ScrollBar) -> object:
            if bar.vertical:
                drawings.append(bar)
            return render(bar)

        monkeypatch.setattr(ScrollBar, "render", counted)
        for more in range(10):
            log.write_lines(_some(1000 + more, 1))
            await pilot.pause()
        assert not drawings
        assert _drawn(log.vertical_scrollbar) == _as_textual_draws(log)
        for key, times in (("home", 1), ("pagedown", 9), ("pageup", 4), ("end", 1)):
            drawings.clear()
            await pilot.press(*[key] * times)
            await pilot.pause(0.5)
            assert drawings
            assert _drawn(log.vertical_scrollbar) == _as_textual_draws(log)
