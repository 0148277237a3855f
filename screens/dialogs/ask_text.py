"""One line to type: a path, a reason, or a secret that stays unseen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from screens.apart import apart, begin
from screens.dialogs.dialog import Dialog
from screens.widgets.keys import Keys
from screens.widgets.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.events import Key


class AskText(Dialog[str]):
    """Asks for a line; answers with it, "" for Escape. `wrong` says why a line cannot be taken."""

    HELP = (
        "Type one line. Enter takes it: what is wrong with it is said below, and it can be put"
        " right. Escape closes without an answer, and nothing happens.\n\n"
        "A password stays unseen as it is typed."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", tooltip="Take what is typed", show=False),
        Binding("escape", "dismiss('')", "Back", tooltip="Close without an answer"),
    ]

    def __init__(
        self,
        title: str,
        text: str,
        value: str = "",
        *,
        hidden: bool = False,
        wrong: Callable[[str], str] | None = None,
        remark: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self._title, self._text, self._value = title, text, value
        self._hidden, self._wrong, self._remark = hidden, wrong, remark

    def compose(self) -> ComposeResult:
        """Title, words, the line, and what is wrong with it."""
        with Vertical(classes="dialog small"):
            yield Plain(self._title, classes="dialog-title")
            yield Plain(self._text)
            yield Input(self._value, password=self._hidden, compact=True, select_on_focus=False)
            yield Plain(classes="dialog-wrong")
        yield Keys(("enter", "Enter", "Take"))

    def on_mount(self) -> None:
        """Begin to type at once."""
        self.query_one(Input).focus()

    def on_key(self, event: Key) -> None:
        """Whoever types before the cursor is there loses nothing of what was typed."""
        box = self.query_one(Input)
        if event.is_printable and event.character and not box.has_focus:
            event.stop()
            box.insert_text_at_cursor(event.character)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is to be told of the line so far."""
        if self._remark:
            self.say(self._remark(event.value))

    def on_input_submitted(self) -> None:
        """Enter takes it."""
        self.action_take()

    def action_take(self) -> None:
        """Answer, unless the line cannot be taken."""
        value = self.line
        self.answer(value, self._wrong(value) if self._wrong else "")

    def answer(self, value: str, problem: str) -> None:
        """Answer with a line, or say why it cannot be taken."""
        if problem or not value:
            self.say(f"✗ {problem or 'Nothing is typed yet.'}")
        else:
            self.dismiss(value)

    @property
    def line(self) -> str:
        """What is typed by now."""
        value = self.query_one(Input).value
        return value if self._hidden else value.strip()

    def say(self, words: str) -> None:
        """Say something below the line."""
        self.query_one(".dialog-wrong", Plain).say(words)


class AskFile(AskText):
    """Asks for the path of a file; `wrong` looks at it apart from the screen's thread."""

    def __init__(self, title: str, text: str, value: str, wrong: Callable[[str], str]) -> None:
        super().__init__(title, text, value)
        self._look = wrong

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was said of another line, or is being found out about it, holds no more."""
        del event
        self.workers.cancel_group(self, "file")
        self.say("")

    def action_take(self) -> None:
        """Look at the file, then answer unless it cannot be taken."""
        if value := self.line:
            self.say(f"… looking at {value}")
            self.workers.cancel_group(self, "file")
            begin(self, "file", partial(self._take, value))
        else:
            self.answer("", "")

    async def _take(self, value: str) -> None:
        self.answer(value, await apart(partial(self._look, value)))
