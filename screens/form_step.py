"""A screen of questions, with something beside them that follows every keystroke."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.widgets import Input

from screens.field_help import describe, explain
from screens.set_aside import asked, choice, in_the_way, without
from screens.step import Step
from screens.widgets.choice import Choice
from screens.widgets.field import Field, FieldRow, field_id
from screens.widgets.plain import Plain
from wizard.site.edit import REMOVE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.widget import Widget


_AT_FIRST, _AT_A_TIME = 12, 6  # questions; each takes some 3 ms to make


class FormStep(Step):
    """A screen of questions with something beside them that follows every keystroke."""

    FIELDS: ClassVar[tuple[Field | str, ...]] = ()
    """Questions in order; a text is a heading."""
    ASIDE_TITLE: ClassVar[str] = ""

    DEFAULT_CSS = """
    FormStep .columns { height: 1fr; }
    FormStep .form { height: auto; }
    FormStep .aside { height: auto; padding: 1 0 0 0; }
    FormStep .heading { text-style: bold; margin-top: 1; }
    FormStep .first { margin-top: 0; }
    FormStep .hint { dock: bottom; height: auto; max-height: 4; color: $text-muted;
        border-top: solid $panel; padding: 0 0; }
    """

    def compose(self) -> ComposeResult:
        """Questions, what follows from them, and a line that explains the current one."""
        yield Plain(classes="hint")
        with VerticalScroll(classes="columns", can_focus=False):
            with VerticalScroll(classes="form", can_focus=False):
                yield from self._rows(0, _AT_FIRST)
                yield from self.below()
            with VerticalScroll(classes="aside"):
                if self.ASIDE_TITLE:
                    yield Plain(self.ASIDE_TITLE, classes="heading first")
                yield Plain(classes="aside-text")

    def _rows(self, begin: int, end: int) -> Iterator[Widget]:
        for number, item in enumerate(self.FIELDS[begin:end], begin):
            if isinstance(item, str):
                yield Plain(item, classes="heading" if number else "heading first")
            else:
                yield FieldRow(item, self.draft)

    async def complete(self) -> None:
        """Add the rows of a long form, a few at a time."""
        if len(self.FIELDS) <= _AT_FIRST:
            return
        form = self.query_one(".form")
        known = list(form.children)[len(self.FIELDS[:_AT_FIRST]) :]
        for begin in range(_AT_FIRST, len(self.FIELDS), _AT_A_TIME):
            await asyncio.sleep(0)  # whatever waits is drawn and answered in between
            rows = self._rows(begin, begin + _AT_A_TIME)
            await form.mount(*rows, before=known[0] if known else None)
        self._show_what_is_in_the_way()
        self.begin()

    def below(self) -> ComposeResult:
        """Further parts under the questions."""
        yield from ()

    def on_mount(self) -> None:
        """Show the draft and put the cursor where work is left."""
        self.draft_changed()
        self.begin()

    def begin(self) -> None:
        """Begin at the first open question, or the first one."""
        rows = [row for row in self.query(FieldRow) if row.display]
        open_rows = [row for row in rows if self.draft.problem_at(row.field.path)]
        if found := [*open_rows, *rows]:
            self._focus(found[0])

    def draft_changed(self) -> None:
        """Follow the draft with every row and with what stands beside."""
        self._show_what_is_in_the_way()
        for row in self.query(FieldRow):
            row.sync(self.draft)
        self.refresh_aside()

    def _show_what_is_in_the_way(self) -> None:
        """Show what is wrong although it is not asked: nobody could put it right otherwise."""
        paths = {field.path for field in in_the_way(self.draft, self._fields())}
        for row in self.query(FieldRow):
            # Half an answer may be right already: the row stays until it is left.
            here = row.field.path in paths or (row.in_the_way and row.has_focus_within)
            if here != row.in_the_way:
                row.in_the_way = here
                row.sync(self.draft)

    def _fields(self) -> list[Field]:
        return [field for field in self.FIELDS if isinstance(field, Field)]

    def live_changed(self) -> None:
        """What stands beside may tell of hosts."""
        self.refresh_aside()

    def refresh_aside(self) -> None:
        """Write the words beside the form anew."""
        self.query_one(".aside-text", Plain).say(self.aside())

    def aside(self) -> str:
        """What follows from the answers."""
        return ""

    def insist(self) -> None:
        """Show everything that is wrong and go to the first of it."""
        wrong = []
        for row in self.query(FieldRow):
            row.sync(self.draft, insist=True)
            if row.display and self.draft.problem_at(row.field.path):
                wrong.append(row)
        if wrong:
            self._focus(wrong[0])

    def jump_to(self, path: str) -> bool:
        """Go to the row that answers the path, or a part of it."""
        for row in self.query(FieldRow):
            own = row.field.path
            if row.display and (path == own or path.startswith((f"{own}.", f"{own}["))):
                row.sync(self.draft, insist=True)
                self._focus(row)
                return True
        return False

    def on_field_row_answered(self, event: FieldRow.Answered) -> None:
        """Write the answer into the draft."""
        event.stop()
        # A default that nobody wrote stays unwritten until it is changed.
        value = event.value
        if value is not REMOVE and value == event.field.default:
            value = value if self.draft.value(event.field.path) is not None else REMOVE
        changes: dict[str, object] = {event.field.path: value}
        aside: list[Field] = []
        if event.field.kind == "choice":
            changes, aside = choice(self.draft, self._fields(), changes)
        elif (value is None or value is REMOVE) and not asked(event.field, self.draft):
            changes = without(self.draft, [event.field])
        if self.setup.change(changes) and aside:
            what = ", ".join(dict.fromkeys(field.label.strip() for field in aside))
            words = f"{what}: set aside, not saved, until you are asked for it again."
            self.app.notify(words, title="Not complete, or wrong", markup=False)

    def on_field_row_entered(self, event: FieldRow.Entered) -> None:
        """Explain the question."""
        event.stop()
        self.query_one(".hint", Plain).say(describe(event.field))

    def on_field_row_left(self, event: FieldRow.Left) -> None:
        """What was typed here is one step of the way back."""
        event.stop()
        self.draft.settle()
        self._show_what_is_in_the_way()

    def help_text(self) -> str:
        """The screen, then the question at the cursor."""
        for row in self.query(FieldRow):
            if row.has_focus_within:
                return f"{explain(row.field, self.draft)}\n\nAbout this screen\n{self.HELP}"
        return self.HELP

    def _focus(self, row: FieldRow) -> None:
        kind = Choice if row.field.kind == "choice" else Input
        row.query_one(kind).focus()

    def row(self, path: str) -> FieldRow:
        """The row of a path."""
        return self.query_one(f"#{field_id(path)}", FieldRow)
