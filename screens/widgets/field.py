"""One answer: a label, what a person types or chooses, and what is wrong with it beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.text import Text
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from screens.widgets.choice import Choice
from screens.widgets.plain import Plain
from wizard.site.edit import REMOVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from screens.draft import Draft

_COMMA = re.compile(r",(?![^\[]*\])")  # not one inside the brackets of an apt source
_PAIR = re.compile(r",\s*(?=[A-Za-z_]\w*\s*=)")  # a comma before the next NAME=
Kind = Literal["text", "number", "list", "pairs", "choice"]
YES_NO: tuple[tuple[str, object], ...] = (("yes", True), ("no", False))


def words(*values: str) -> tuple[tuple[str, object], ...]:
    """Options that are shown as they are written."""
    return tuple((value, value) for value in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What is asked: where it stands in the site file, and how it is answered."""

    path: str
    label: str
    kind: Kind = "text"
    options: tuple[tuple[str, object], ...] = ()
    default: object = None  # what holds while the file says nothing
    example: str = ""
    required: bool = False  # an empty answer stays in the file, as null, and is a problem
    when: Callable[[Draft], bool] | None = None  # whether it is asked at all
    options_of: Callable[[Draft], tuple[tuple[str, object], ...]] | None = None  # as things are

    @property
    def ghost(self) -> str:
        """What an empty box says: what holds then, or an example that is marked as one."""
        if self.default is not None:
            return f"{self.default} (default)"
        return f"e.g. {self.example}" if self.example else ""

    def written(self, typed: str) -> object:
        """What the typed text is in the file."""
        typed = typed.strip()
        if self.kind == "list":
            parts = _COMMA.split(typed)
            return [part.strip() for part in parts if part.strip()] or REMOVE
        if self.kind == "pairs":
            pairs = (part.strip().rstrip(",").partition("=") for part in _PAIR.split(typed))
            return {name.strip(): value.strip() for name, _, value in pairs if name} or REMOVE
        if not typed:
            return None if self.required else REMOVE
        if self.kind == "number" and typed.isascii() and typed.isdigit():
            return int(typed)
        return typed

    def shown(self, value: object) -> str:
        """What stands in the file as it is typed."""
        if value is None:
            return ""
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(value, dict):
            pairs = (f"{name}={each}" for name, each in value.items())
            return ", ".join(pairs) if self.kind == "pairs" else ""
        return str(value)


class FieldRow(Vertical):
    """A field on the screen."""

    DEFAULT_CSS = """
    FieldRow { height: auto; }
    FieldRow > Horizontal { height: auto; }
    FieldRow .label { width: 19; color: $text-muted; }
    FieldRow.-here .label { color: $text; text-style: bold; }
    FieldRow Input { width: 1fr; }
    FieldRow .wrong { height: auto; margin-left: 19; color: $text-error; display: none; }
    FieldRow.-wrong .wrong { display: block; }
    """

    @dataclass
    class Answered(Message):
        """A person gave another answer."""

        field: Field
        value: object

    @dataclass
    class Entered(Message):
        """The cursor is in this field now."""

        field: Field

    @dataclass
    class Left(Message):
        """The cursor has left this field."""

        field: Field

    def __init__(self, field: Field, draft: Draft) -> None:
        super().__init__(id=field_id(field.path))
        self.field = field
        self._draft = draft
        self.in_the_way = False  # shown although it is not asked: it has to be put right
        self._touched = False

    def compose(self) -> ComposeResult:
        """Label, control, and the line for what is wrong."""
        value = self._draft.value(self.field.path)
        with Horizontal():
            yield Plain(f"  {self.field.label}", classes="label")
            if self.field.kind == "choice":
                yield Choice(self.field.options, self.field.default if value is None else value)
            else:
                yield Input(
                    self.field.shown(value),
                    placeholder=self.field.ghost,
                    compact=True,
                    select_on_focus=False,
                )
        yield Plain(classes="wrong")

    def on_mount(self) -> None:
        """Show what the draft says."""
        self.sync(self._draft)

    def sync(self, draft: Draft, *, insist: bool = False) -> None:
        """Show what the draft says now; `insist` also tells what is wrong before it was visited."""
        self._draft = draft
        self._touched = self._touched or insist
        self.display = self.in_the_way or self.field.when is None or self.field.when(draft)
        value = draft.value(self.field.path)
        if self.field.kind == "choice":
            choice = self.query_one(Choice)
            if self.field.options_of:
                choice.offer(self.field.options_of(draft))
            choice.show(self.field.default if value is None else value)
        else:
            box = self.query_one(Input)
            typed = self.field.written(box.value)
            same = box.value.strip() == self.field.shown(value)
            if not same and (None if typed is REMOVE else typed) != value:
                with self.prevent(Input.Changed):
                    box.value = self.field.shown(value)
        problem = draft.problem_at(self.field.path)
        asked = value is not None or self._touched
        shown = problem is not None and self._touched and asked
        if problem and shown:
            seen = "" if value is None else f"seen {problem.seen}, "
            more = " (not used as things are: empty what stands here)" if self.in_the_way else ""
            self.query_one(".wrong", Plain).say(f"✗ {seen}wanted {problem.wanted}{more}")
        self.set_class(shown, "-wrong")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the typed answer on."""
        event.stop()
        # A box also reports what it is filled with at first: that is no answer.
        if event.value != self.field.shown(self._draft.value(self.field.path)):
            self.post_message(self.Answered(self.field, self.field.written(event.value)))

    def on_choice_chosen(self, event: Choice.Chosen) -> None:
        """Pass the chosen answer on."""
        event.stop()
        self._touched = True
        self.post_message(self.Answered(self.field, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field."""
        event.stop()
        self.screen.focus_next()

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Mark the row with a sign, and say where the cursor is."""
        self._mark("▸ ")
        self.add_class("-here")
        self.post_message(self.Entered(self.field))

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        """From now on say what is wrong."""
        self._mark("  ")
        self.remove_class("-here")
        self._touched = True
        self.sync(self._draft)
        self.post_message(self.Left(self.field))

    def _mark(self, sign: str) -> None:
        self.query_one(".label", Plain).update(Text(f"{sign}{self.field.label}"))


def field_id(path: str) -> str:
    """The id of the row of a path."""
    return "field-" + "".join(char if char.isalnum() else "-" for char in path)
