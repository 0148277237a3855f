"""What of one host differs from the others: its login, port, key, jump host, interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from screens.dialogs.reading import Reading
from screens.field_help import describe, explain
from screens.newest_size import NewestSize
from screens.widgets.field import Field, FieldRow
from screens.widgets.keys import Keys
from screens.widgets.plain import Plain
from wizard.site.edit import REMOVE

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screens.app import SetupApp

_SUDO = (("as the others", None), ("nopasswd", "nopasswd"), ("password", "password"))


def fields_of(place: int) -> tuple[Field, ...]:
    """The questions about the host at a place of the table."""
    host = f"topology.hosts[{place}]"
    return (
        Field(path=f"{host}.ssh.user", label="User", example="admin"),
        Field(path=f"{host}.ssh.port", label="Port", kind="number", example="2222"),
        Field(path=f"{host}.ssh.key_file", label="Key file", example="~/.ssh/other_key"),
        Field(path=f"{host}.ssh.sudo", label="Sudo", kind="choice", options=_SUDO),
        Field(path=f"{host}.ssh.jump", label="Jump host", example="ops@bastion.example.com"),
        Field(path=f"{host}.ssh.known_hosts", label="Known hosts", example="./known_hosts"),
        Field(path=f"{host}.interface", label="Interface", example="eth1"),
    )


class HostSsh(ModalScreen[None], NewestSize[None]):
    """Writes into the draft as one types; Escape closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", tooltip="Go back to the table"),
        Binding("f1", "help", "Help", key_display="F1", tooltip="What this field is"),
    ]

    def __init__(self, name: str, place: int) -> None:
        super().__init__()
        self._title, self._place = f"{name}: what differs from the other hosts", place

    @property
    def setup(self) -> SetupApp:
        """The application, by its real type."""
        return cast("SetupApp", self.app)

    def compose(self) -> ComposeResult:
        """The questions, and a line about the current one."""
        with Vertical(classes="dialog"):
            yield Plain(self._title, classes="dialog-title")
            for field in fields_of(self._place):
                yield FieldRow(field, self.setup.draft)
            yield Plain(classes="dialog-hint")
        yield Keys(("tab", "Tab", "Next field"))

    def on_mount(self) -> None:
        """Begin at the login."""
        self.query(Input).first().focus()

    def on_field_row_answered(self, event: FieldRow.Answered) -> None:
        """Write it; when nothing differs any more, the host's section goes too."""
        event.stop()
        draft, path = self.setup.draft, event.field.path
        value = REMOVE if event.value is None else event.value
        section = f"topology.hosts[{self._place}].ssh"
        others = draft.value(section)
        alone = isinstance(others, dict) and set(others) <= {path.rpartition(".")[2]}
        if value is REMOVE and path.startswith(section) and alone:
            path = section
        self.setup.change({path: value})
        for row in self.query(FieldRow):
            row.sync(draft)

    def on_field_row_entered(self, event: FieldRow.Entered) -> None:
        """Explain the question."""
        event.stop()
        self.query_one(".dialog-hint", Plain).say(describe(event.field))

    def on_field_row_left(self, event: FieldRow.Left) -> None:
        """What was typed here is one step of the way back."""
        event.stop()
        self.setup.draft.settle()

    def action_help(self) -> None:
        """Explain the question at the cursor."""
        for row in self.query(FieldRow):
            if row.has_focus_within:
                words = explain(row.field, self.setup.draft)
                self.setup.push_screen(Reading(f"Help · {row.field.label}", words))

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)
