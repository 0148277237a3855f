"""The list at the side: where one is, what is done, what is wrong, what can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list."""

    id: str
    title: str
    sign: str
    style: str
    reachable: bool


# A theme's own colours for text: plain yellow cannot be read on a light background.
_OF_THE_THEME = {"green": "$text-success", "yellow": "$text-warning", "red": "$text-error"}


def _prompt(line: Line) -> Content:
    return Content.styled(f"{line.sign} {line.title}", _readable(line.style))


def _readable(style: str) -> str:
    return " ".join(_OF_THE_THEME.get(word, word) for word in style.split())


class SideList(OptionList):
    """All screens of the way; Enter or a click goes to one that can be reached."""

    DEFAULT_CSS = """
    SideList { width: 14; height: 1fr; border: none; border-right: solid $panel;
        background: transparent; padding: 0; }
    SideList:focus { border: none; border-right: solid $primary; }
    """

    @dataclass
    class Wanted(Message):
        """A person wants to go there."""

        place: str

    def __init__(self) -> None:
        super().__init__(id="side", markup=False, compact=True)
        self._shown: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line], here: str) -> None:
        """Show other lines; the cursor stands on the current one."""
        found, before = tuple(lines), self._shown
        self._shown = found
        if [(line.id, line.reachable) for line in found] == [
            (line.id, line.reachable) for line in before
        ]:
            # In place: the cursor, and whatever key comes next, stay where they are.
            for place, line in enumerate(found):
                if line != before[place]:
                    self.replace_option_prompt_at_index(place, _prompt(line))
        else:
            self.clear_options()
            self.add_options(
                Option(_prompt(line), id=line.id, disabled=not line.reachable) for line in found
            )
        if not self.has_focus:
            self.highlighted = next(
                (place for place, line in enumerate(found) if line.id == here), None
            )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Say where to go."""
        event.stop()
        if event.option.id:
            self.post_message(self.Wanted(event.option.id))
