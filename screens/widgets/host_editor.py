"""The host at the table's cursor, to edit: name, address, roles; every keystroke counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from screens.widgets.field import Field
from screens.widgets.plain import Plain
from screens.widgets.toggles import Toggles

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screens.draft import Draft

ROLES = (
    ("balancer", "load_balancer"),
    ("app", "app"),
    ("database", "database"),
    ("storage", "storage"),
    ("cache", "cache"),
)


class HostEditor(Vertical):
    """Two lines under the table, and what is wrong with the host."""

    DEFAULT_CSS = """
    HostEditor { height: auto; margin-top: 1; border-left: thick $panel; padding-left: 1; }
    HostEditor:focus-within { border-left: thick $primary; }
    HostEditor Horizontal { height: 1; }
    HostEditor .label { width: 6; color: $text-muted; }
    HostEditor #host-name { width: 16; margin-right: 2; }
    HostEditor #host-address { width: 1fr; }
    HostEditor .wrong { height: auto; color: $text-error; }
    HostEditor .wrong.-good { color: $text-success; }
    HostEditor .wrong.-warned { color: $text-warning; }
    """

    @dataclass
    class Edited(Message):
        """A person changed one thing of the host at `place`."""

        place: int
        key: str  # name, address, roles
        value: object

    @dataclass
    class Finished(Message):
        """A person is done with the address of the host at `place`."""

        place: int

    def __init__(self) -> None:
        super().__init__()
        self.place = 0

    def compose(self) -> ComposeResult:
        """Name and address, roles, what is wrong."""
        with Horizontal():
            yield Plain("Host", classes="label")
            yield Input(placeholder="app1", id="host-name", compact=True, select_on_focus=False)
            yield Input(
                placeholder="address, as 10.0.1.10",
                id="host-address",
                compact=True,
                select_on_focus=False,
            )
        with Horizontal():
            yield Plain("Roles", classes="label")
            yield Toggles(ROLES)
        yield Plain(classes="wrong")

    def sync(self, draft: Draft, place: int, seen: str = "") -> None:
        """Show a host as the draft has it; `seen` is what its machine has to say."""
        self.place = place
        path = f"topology.hosts[{place}]"
        for key in ("name", "address"):
            box = self.query_one(f"#host-{key}", Input)
            value = draft.value(f"{path}.{key}")
            shown = "" if value is None else str(value)
            if box.value.strip() != shown:
                with self.prevent(Input.Changed):
                    box.value = shown
        roles = draft.value(f"{path}.roles")
        self.query_one(Toggles).show([str(one) for one in roles] if isinstance(roles, list) else [])
        wrong = next((one for one in draft.problems if one.path.startswith(path)), None)
        words = f"✗ seen {wrong.seen}, wanted {wrong.wanted}" if wrong else seen
        told = self.query_one(".wrong", Plain)
        told.set_class(words.startswith("✓"), "-good")
        told.set_class(words.startswith("!"), "-warned")
        told.say(words)
        told.display = bool(words)

    def here(self) -> Field | None:
        """The question that the cursor is in, None if it is elsewhere."""
        path = f"topology.hosts[{self.place}]"
        if self.query_one("#host-name").has_focus:
            return Field(path=f"{path}.name", label="Host", example="app1")
        if self.query_one("#host-address").has_focus:
            return Field(path=f"{path}.address", label="Address", example="10.0.1.10")
        if self.query_one(Toggles).has_focus:
            return Field(path=f"{path}.roles", label="Roles", kind="choice", options=ROLES)
        return None

    def begin(self, *, at_name: bool = False) -> None:
        """Put the cursor into it."""
        self.query_one("#host-name" if at_name else "#host-address", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass on what was typed."""
        event.stop()
        key = (event.input.id or "").removeprefix("host-")
        self.post_message(self.Edited(self.place, key, event.value.strip() or None))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter leads from the name to the address, and from there to the next host."""
        event.stop()
        if event.input.id == "host-name":
            self.begin()
        else:
            self.post_message(self.Finished(self.place))

    def on_toggles_switched(self, event: Toggles.Switched) -> None:
        """Pass on the roles."""
        event.stop()
        self.post_message(self.Edited(self.place, "roles", list(event.chosen)))
