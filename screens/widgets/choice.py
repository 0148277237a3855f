"""One of a few, all of them visible: `(•) active-active   ( ) active-passive`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_GAP = 2


class Choice(Widget, can_focus=True):
    """Options in a row, on several lines where the width asks for it; arrows or a click choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down", "step(1)", "Next option", show=False),
        Binding("left,up", "step(-1)", "Previous option", show=False),
        Binding("space", "step(1)", "Next option", show=False),
    ]
    DEFAULT_CSS = """
    Choice { height: auto; width: 1fr; color: $foreground; }
    Choice:focus { background: $surface-lighten-1; }
    """

    @dataclass
    class Chosen(Message):
        """A person chose."""

        choice: Choice
        value: object

        @property
        def control(self) -> Choice:
            """The widget it came from."""
            return self.choice

    def __init__(
        self,
        options: Sequence[tuple[str, object]],
        value: object = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.options = tuple(options)
        self.value = value

    def show(self, value: object) -> None:
        """Show another value, without a message."""
        if value != self.value:
            self.value = value
            self.refresh(layout=True)

    def offer(self, options: Sequence[tuple[str, object]]) -> None:
        """Offer other options."""
        if tuple(options) != self.options:
            self.options = tuple(options)
            self.refresh(layout=True)

    def action_step(self, by: int) -> None:
        """Choose a neighbour."""
        values = [value for _, value in self.options]
        place = values.index(self.value) + by if self.value in values else 0
        if 0 <= place < len(values):
            self._choose(values[place])

    def on_click(self, event: events.Click) -> None:
        """Choose what is under the pointer."""
        for row, line in enumerate(self._lines(self.size.width)):
            for start, words, value in line:
                if row == event.y and start <= event.x < start + len(words):
                    self._choose(value)

    def _choose(self, value: object) -> None:
        if value != self.value:
            self.show(value)
            self.post_message(self.Chosen(self, value))

    def _lines(self, width: int) -> list[list[tuple[int, str, object]]]:
        lines: list[list[tuple[int, str, object]]] = [[]]
        column = 0
        for label, value in self.options:
            words = f"({'•' if value == self.value else ' '}) {label}"
            if lines[-1] and column + len(words) > width:
                lines.append([])
                column = 0
            lines[-1].append((column, words, value))
            column += len(words) + _GAP
        return lines

    def render(self) -> Text:
        """Draw the options; the chosen one is bold as well."""
        text = Text()
        for number, line in enumerate(self._lines(self.size.width or 60)):
            text.append("\n" if number else "")
            for place, (_, words, value) in enumerate(line):
                text.append(" " * _GAP if place else "")
                text.append(words, style="bold" if value == self.value else "")
        return text

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as the options need at this width."""
        del container, viewport
        return len(self._lines(width))
