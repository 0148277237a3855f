"""Many lines of text to read, search and copy; nothing in them is obeyed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Self

from rich.cells import cell_len
from rich.highlighter import Highlighter
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets import Log

from screens.widgets.still_scrollbar import StillScrollBar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.style import Style
    from rich.text import Text
    from textual.geometry import Region
    from textual.strip import Strip

_DIFF = (
    (re.compile(r"^\s*\+(?!\+\+)"), "green"),
    (re.compile(r"^\s*-(?!--)"), "red"),
    (re.compile(r"^\s*@@"), "cyan"),
    (re.compile(r"^\s*✗|^\S+ +\S* *✗ |what to do:"), "bold red"),
)


class Marker(Highlighter):
    """Colours the lines of a diff, and what is searched for."""

    def __init__(self, *, diff: bool) -> None:
        self.word = ""
        self._diff = diff

    def highlight(self, text: Text) -> None:
        """Style one line."""
        if self._diff:
            for pattern, style in _DIFF:
                if pattern.search(text.plain):
                    text.stylize(style)
                    break
        if self.word:
            text.highlight_regex(f"(?i){re.escape(self.word)}", "reverse bold")


class TextLog(Log):
    """Lines with search; `following` keeps the end in sight."""

    class Left(Message):
        """Somebody scrolled away from the end, which is no longer followed."""

    DEFAULT_CSS: ClassVar[str] = """
    TextLog { background: transparent; scrollbar-size-horizontal: 1; }
    """

    # Textual lays the whole screen out anew for every line that is added: half of what a talkative
    # host costs. Nothing moves unless a scrollbar comes or goes, and that is watched for below.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)

    def __init__(self, *, diff: bool = False, most: int | None = None) -> None:
        super().__init__(highlight=True, max_lines=most, auto_scroll=True)
        self._marker = Marker(diff=diff)
        self.highlighter = self._marker
        self._found = -1
        self._style: Style | None = None  # while lines are drawn

    def watch_virtual_size(self, size: Size) -> None:
        """Lay out anew where a scrollbar comes or goes; otherwise move the one that is there."""
        room, bars = self.container_size, self.styles
        high = size.height > room.height - self.scrollbar_size_horizontal
        wide = size.width > room.width - self.scrollbar_size_vertical
        shown = wide or bars.overflow_x == "scroll", high or bars.overflow_y == "scroll"
        if shown != (self.show_horizontal_scrollbar, self.show_vertical_scrollbar):
            self.refresh(layout=True)
            return
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = size.height
        if self.show_horizontal_scrollbar:
            self.horizontal_scrollbar.window_virtual_size = size.width

    @property
    def vertical_scrollbar(self) -> StillScrollBar:
        """The scrollbar, made when it is first asked for."""
        if not isinstance(self._vertical_scrollbar, StillScrollBar):
            self._vertical_scrollbar = StillScrollBar(thickness=self.scrollbar_size_vertical)
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)  # noqa: SLF001 - as Textual makes its own
        return self._vertical_scrollbar

    @property
    def rich_style(self) -> Style:
        """The style of plain lines, worked out once for all that are drawn together."""
        return self._style or super().rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines."""
        self._style = super().rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._style = None

    @property
    def following(self) -> bool:
        """Whether new lines scroll the end into sight."""
        return self.auto_scroll

    def follow(self, *, on: bool) -> None:
        """Keep the end in sight, or stay where one reads."""
        self.auto_scroll = on
        if on:
            self.scroll_end(animate=False)

    def write_lines(self, lines: Iterable[str], scroll_end: bool | None = None) -> Self:  # noqa: FBT001 - Textual's own signature
        """Write lines; empty ones are lines too."""
        # Textual follows only from the very end: a pane that became lower by a line would stay.
        super().write_lines([line or " " for line in lines], scroll_end=False)
        if self.following if scroll_end is None else scroll_end:
            self._to_end()
        return self

    def _update_size(self, updates: int, lines: list[str]) -> None:  # type: ignore[override] # Textual starts a thread for each call, which takes longer than to look
        if lines:
            longest = max(map(self._cells, lines))
            if longest > self._width:
                self._update_maximum_width(updates, longest)

    @classmethod
    def _cells(cls, line: str) -> int:
        if line.isascii() and line.isprintable():
            return len(line)  # most are so, and it is much quicker
        return cell_len(cls._process_line(line))

    def _to_end(self) -> None:
        if not self.is_vertical_scrollbar_grabbed:
            self.scroll_end(animate=False, immediate=True, x_axis=False)

    def on_resize(self) -> None:
        """Keep the end in sight."""
        if self.following:
            self._to_end()

    def action_scroll_up(self) -> None:
        """Scroll; who reads further up is left in peace by new lines."""
        self._leave_end()
        super().action_scroll_up()

    def action_page_up(self) -> None:
        """Scroll a page; as above."""
        self._leave_end()
        super().action_page_up()

    def action_scroll_home(self) -> None:
        """Scroll to the first line; as above."""
        self._leave_end()
        super().action_scroll_home()

    def on_mouse_scroll_up(self) -> None:
        """Turn the wheel; as above."""
        self._leave_end()

    def _leave_end(self) -> None:
        if self.following:
            self.auto_scroll = False
            self.post_message(self.Left())

    def replace(self, lines: Iterable[str]) -> None:
        """Show other lines."""
        self.clear()
        self.write_lines(lines)

    def search(self, word: str) -> bool:
        """Mark a word and go to its first line from here; whether there is one."""
        self._marker.word = word
        self._found = int(self.scroll_y) - 1
        self.notify_style_update()
        self.refresh()
        return self.next_match()

    def next_match(self) -> bool:
        """Go to the next line with the word, from the beginning again after the last one."""
        word = self._marker.word.lower()
        if not word:
            return False
        count = len(self.lines)
        order = [(self._found + 1 + step) % count for step in range(count)]
        for place in order:
            if word in self.lines[place].lower():
                self._found = place
                self.auto_scroll = False
                self.scroll_to(y=place, animate=False)
                return True
        return False
