"""The keys at the bottom; where there is no room for all, those that matter least are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.widgets import Footer
from textual.widgets._footer import FooterKey  # Textual has no public name for it

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

# What goes first where room is scarce, by action: all of it is in the palette and in F1's words.
_LEAST = ("quit", "search", "host", "follow", "only", "one_host", "export", "why", "save", "back")
_LAST = ("help", "quit")  # where they are looked for on every screen
_BETWEEN = 1  # columns between two keys


class Keys(Footer):
    """A footer that is never cut."""

    def __init__(self, *own: tuple[str, str, str]) -> None:
        """Show `own` first: keys that a widget takes, as (key, its name, what it does)."""
        super().__init__(compact=True, show_command_palette=False)
        self._own, self._for = own, 0

    def compose(self) -> ComposeResult:
        """As many keys as there is room for."""
        keys: list[Widget] = list(super().compose())
        own = [
            FooterKey(key, name, words, "", tooltip=words, classes="-compact")
            for key, name, words in (self._own if keys else ())
        ]
        self._for = self.size.width or self.app.size.width
        keys.sort(key=lambda key: _LAST.index(_action(key)) if _action(key) in _LAST else -1)
        yield from fitting([*own, *keys], self._for)

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for other keys."""
        if event.size.width != self._for and self._bindings_ready:
            self.call_after_refresh(self.recompose)


def fitting(keys: Sequence[Widget], width: int) -> list[Widget]:
    """Return the keys without those, least important first, that do not fit."""
    left = list(keys)
    for action in _LEAST:
        if _width(left) <= width:
            break
        left = [key for key in left if _action(key) != action]
    return left


def _action(key: Widget) -> str:
    return key.action if isinstance(key, FooterKey) else ""


def _width(keys: Sequence[Widget]) -> int:
    found = [key for key in keys if isinstance(key, FooterKey)]
    return sum(cell_len(f"{key.key_display} {key.description}") + _BETWEEN for key in found)
