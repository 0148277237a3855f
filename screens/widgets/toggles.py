"""Several of a few: `[x] app  [ ] cache`; arrows move, space or a click switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from textual import events

_GAP = 1


class Toggles(Widget, can_focus=True):
    """Options in a row that can each be on or off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down", "step(1)", "Next", show=False),
        Binding("left,up", "step(-1)", "Previous", show=False),
        Binding("space,enter", "switch", "Switch", show=False),
    ]
    DEFAULT_CSS = """
    Toggles { height: 1; width: 1fr; }
    Toggles:focus { background: $surface-lighten-1; }
    """

    @dataclass
    class Switched(Message):
        """A person switched an option; `chosen` are all that are on now, in their order."""

        chosen: tuple[str, ...]

    def __init__(self, options: Sequence[tuple[str, str]], chosen: Collection[str] = ()) -> None:
        super().__init__()
        self.options = tuple(options)
        self.chosen = frozenset(chosen)
        self._at = 0

    def show(self, chosen: Collection[str]) -> None:
        """Show other options as on, without a message."""
        self.chosen = frozenset(chosen)
        self.refresh()

    def action_step(self, by: int) -> None:
        """Move the cursor."""
        self._at = max(0, min(self._at + by, len(self.options) - 1))
        self.refresh()

    def action_switch(self) -> None:
        """Switch the option at the cursor."""
        value = self.options[self._at][1]
        self.show(self.chosen ^ {value})
        order = [each for _, each in self.options if each in self.chosen]
        self.post_message(self.Switched(tuple(order)))

    def on_click(self, event: events.Click) -> None:
        """Switch what is under the pointer."""
        column = 0
        for place, (label, _) in enumerate(self.options):
            width = len(label) + 4
            if column <= event.x < column + width:
                self._at = place
                self.action_switch()
            column += width + _GAP

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def render(self) -> Text:
        """Draw the options."""
        text = Text(no_wrap=True)
        for place, (label, value) in enumerate(self.options):
            on = value in self.chosen
            here = self.has_focus and place == self._at
            style = " ".join(name for name, say in (("bold", on), ("reverse", here)) if say)
            text.append(" " * _GAP if place else "")
            text.append(f"[{'x' if on else ' '}] {label}", style=style)
        return text
