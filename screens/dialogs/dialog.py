"""What every dialog has: keys of its own at the bottom, and F1 that says what is asked here."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from screens.dialogs.reading import Reading
from screens.newest_size import NewestSize

_Answer = TypeVar("_Answer")


class Dialog(ModalScreen[_Answer], NewestSize[_Answer], Generic[_Answer]):
    """A question in front of a screen."""

    HELP: ClassVar[str] = ""
    """What F1 says of it."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", key_display="F1", tooltip="What is asked here"),
    ]

    def help_text(self) -> str:
        """What F1 says here and now."""
        return self.HELP

    def action_help(self) -> None:
        """Explain the dialog."""
        self.app.push_screen(Reading("Help · this question", self.help_text()))
