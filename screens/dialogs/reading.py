"""Words to read: help, a report, a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen

from screens.newest_size import NewestSize
from screens.widgets.keys import Keys
from screens.widgets.plain import Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Reading(ModalScreen[None], NewestSize[None]):
    """Shows words until Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,f1,q", "close", "Close", tooltip="Go back to the screen"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """Title and words."""
        with Vertical(classes="dialog"):
            yield Plain(self._title, classes="dialog-title")
            with VerticalScroll(classes="dialog-text"):
                yield Plain(self._text)
        yield Keys(("down", "↑ ↓", "Read on"))

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)
