"""Screens that are laid out for the size the terminal has now, never for one it had before.

A screen of Textual that was laid out tells itself so by a message, and is laid out again when it
takes it. When the terminal changes twice before that, two such messages of different sizes call
for each other for ever, and no key is taken any more.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from textual import events
from textual.app import App
from textual.command import CommandPalette
from textual.screen import Screen

_Answer = TypeVar("_Answer")


class NewestSize(Screen[_Answer], Generic[_Answer]):
    """A screen, or what makes a dialog such a screen.

    It comes last among the bases: Textual takes styles and keys from the first one.
    """

    async def on_event(self, event: events.Event) -> None:
        """Leave out what tells of an old size."""
        if not isinstance(event, events.Resize) or event.size == self.app.size:
            await super().on_event(event)


class Palette(CommandPalette, NewestSize[None]):
    """The command palette."""


class ResizableApp(App[int]):
    """An application whose own screens are such."""

    def get_default_screen(self) -> Screen[Any]:
        """The screen that all others stand before."""
        return NewestSize(id="_default")

    def action_command_palette(self) -> None:
        """Open the palette, once."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))
