"""A question with a few answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button

from screens.dialogs.dialog import Dialog
from screens.widgets.keys import Keys
from screens.widgets.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class Confirm(Dialog[str]):
    """Asks; answers with the id of the button, "" for Escape. The first one has the cursor."""

    HELP = (
        "← and → go from answer to answer, Enter or a click takes one. ↑ and ↓ scroll words"
        " that are longer than the screen. Escape closes without an answer: nothing is done then."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", "Back", tooltip="Close without an answer"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("up", "read(-1)", show=False),
        Binding("down", "read(1)", show=False),
        Binding("pageup", "read(-8)", show=False),
        Binding("pagedown", "read(8)", show=False),
    ]

    def __init__(self, title: str, text: str, answers: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title, self._text, self._answers = title, text, tuple(answers)

    def compose(self) -> ComposeResult:
        """Title, words, buttons."""
        with Vertical(classes="dialog"):
            yield Plain(self._title, classes="dialog-title")
            with VerticalScroll(classes="dialog-text", can_focus=False):
                yield Plain(self._text)
            with Horizontal(classes="dialog-buttons"):
                for answer, label in self._answers:
                    yield Button(label, id=f"answer-{answer}", compact=True)
        others = [("right", "← →", "Choose")] if self._answers[1:] else []
        yield Keys(*others, ("enter", "Enter", "Take"))

    def on_mount(self) -> None:
        """Begin at the first answer."""
        self.query(Button).first().focus()
        self.call_after_refresh(self._mark)

    def on_resize(self) -> None:
        """Another size of the terminal may show all words, or not."""
        self.call_after_refresh(self._mark)

    def _mark(self) -> None:
        """Say that there is more to read than is shown."""
        if self.is_mounted:
            more = self.query_one(VerticalScroll).max_scroll_y > 0
            self.query_one(".dialog").border_subtitle = "↑ ↓ read on" if more else ""

    def action_read(self, lines: int) -> None:
        """Scroll words that are longer than the screen; the buttons keep the cursor."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss((event.button.id or "").removeprefix("answer-"))
