"""Text from anywhere, shown as it is: never read as markup, without control characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.visual import VisualType

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

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Draw other words; everything else is laid out anew only if they need other room.

        That draws the whole screen, which takes longer than anything else a key leads to.
        """
        before = self._height()
        super().update(content, layout=False)
        if layout and not 0 < before == self._height():
            self.refresh(layout=True)

    def _height(self) -> int:
        """How high the words are; 0 if that depends on more than is known."""
        if self.styles.is_auto_width or not self.content_size.width:
            return 0
        if not self.styles.is_auto_height:
            return 1  # whatever they are
        self.clear_cached_dimensions()
        return self.get_content_height(self.size, self.size, self.content_size.width)
