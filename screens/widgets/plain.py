"""Text from anywhere, shown as it is: never read as markup, without control characters."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

_TAB = "    "


def clean(text: str) -> str:
    """Return the text without anything that a terminal would obey."""
    return "".join(
        char if char.isprintable() or char == "\n" else _TAB if char == "\t" else "\N{MIDDLE DOT}"
        for char in text
    )


class Plain(Static):
    """Words on the screen; whatever they hold is shown, not interpreted."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str = "") -> None:  # noqa: A002 - Textual's own name
        super().__init__(Text(clean(text)), id=id, classes=classes, markup=False)
        self.words = text

    def say(self, text: str) -> None:
        """Show other words."""
        if text != self.words:
            self.words = text
            self.update(Text(clean(text)))
