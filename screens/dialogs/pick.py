"""One of a list, each with a sentence about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.dialogs.dialog import Dialog
from screens.widgets.keys import Keys
from screens.widgets.plain import Plain, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class Pick(Dialog[str]):
    """Shows (id, title, sentence); answers with the id, "" for Escape."""

    HELP = (
        "↑ and ↓ go through the list, Enter or a click chooses. Escape closes without choosing, and"
        " nothing happens."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", "Back", tooltip="Close without choosing"),
    ]

    def __init__(self, title: str, text: str, options: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._title, self._text, self._options = title, text, tuple(options)

    def compose(self) -> ComposeResult:
        """Title, words, the list."""
        with Vertical(classes="dialog"):
            yield Plain(self._title, classes="dialog-title")
            if self._text:
                yield Plain(self._text)
            yield OptionList(
                *(
                    Option(Text.assemble((clean(title), "bold"), f"\n  {clean(words)}"), id=key)
                    for key, title, words in self._options
                ),
                markup=False,
            )
        yield Keys(("enter", "Enter", "Choose"))

    def on_mount(self) -> None:
        """Begin at the first one."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(event.option.id or "")
