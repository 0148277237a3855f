"""Host keys that nobody has confirmed yet: shown with their fingerprints, accepted one by one."""

from __future__ import annotations

import threading
from concurrent.futures import Future
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
    from textual.app import App, ComposeResult

    from wizard.remote.endpoint import HostKeyQuestion

_WORDS = (
    "Compare each fingerprint with what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints"
    " on that host's console. A key that is accepted is kept in the known_hosts file; a host"
    " whose key is refused is not connected to. ↓ goes to the first one."
)


class HostKeyDesk:
    """Takes the questions of connecting threads and holds each until a person answered."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._lock = threading.Lock()
        self.waiting: list[tuple[HostKeyQuestion, Future[bool]]] = []

    def ask(self, question: HostKeyQuestion) -> bool:
        """Ask, from a thread of its own; False if the program ends meanwhile."""
        answer = Future[bool]()
        with self._lock:
            self.waiting.append((question, answer))
        self._app.call_from_thread(self._show)
        while True:
            try:
                return answer.result(timeout=0.5)
            except TimeoutError:
                if not self._app.is_running:
                    return False

    def answer(self, number: int, *, accept: bool) -> None:
        """Answer one question."""
        with self._lock:
            _, answer = self.waiting.pop(number)
        answer.set_result(accept)

    def answer_all(self, *, accept: bool) -> None:
        """Answer everything that is waiting."""
        while self.waiting:
            self.answer(0, accept=accept)

    def _show(self) -> None:
        if isinstance(self._app.screen, HostKeys):
            self._app.screen.refresh_questions()
        else:
            self._app.push_screen(HostKeys(self))


class HostKeys(Dialog[None]):
    """The list of unknown keys; closes when every one is answered."""

    HELP = (
        "These hosts show keys that nobody has confirmed yet. ↓ goes to the first one; Enter keeps"
        " the key at the cursor in the known_hosts file, x refuses it, A accepts every key that is"
        " listed, Escape refuses all of them. A host whose key is refused is not connected to.\n\n"
        "Whoever stands between this machine and a host would show a key of their own: compare the"
        " fingerprint with what the host's own console prints."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", "Accept this", show=False),
        Binding("delete,x", "answer(False)", "Refuse this", tooltip="Do not connect to this host"),
        Binding("A", "all(True)", "Accept all", tooltip="Keep every key that is listed"),
        Binding("escape", "all(False)", "Refuse all", tooltip="Connect to none of these hosts"),
    ]

    def __init__(self, desk: HostKeyDesk) -> None:
        super().__init__()
        self._desk = desk

    def compose(self) -> ComposeResult:
        """What to compare, then the keys."""
        with Vertical(classes="dialog"):
            yield Plain("Unknown host keys", classes="dialog-title")
            yield Plain(_WORDS)
            yield OptionList(markup=False)
        yield Keys(("enter", "Enter", "Accept this"))

    def on_mount(self) -> None:
        """Show what waits."""
        self.refresh_questions()
        self.query_one(OptionList).focus()

    def on_screen_resume(self) -> None:
        """What waited may have been answered in a dialog that was over this one."""
        self.refresh_questions()

    def refresh_questions(self) -> None:
        """Show the questions that wait now; none: close."""
        if not self.query(OptionList):
            return  # a second host asks while the dialog is being made: `on_mount` shows both
        if not self._desk.waiting:
            self.dismiss(None)
            return
        keys = self.query_one(OptionList)
        place = keys.highlighted
        keys.clear_options()
        for question, _ in self._desk.waiting:
            where = f"{question.host}  {question.address}:{question.port}"
            key = f"\n  {question.key_type} {question.fingerprint}"
            keys.add_option(Option(Text.assemble((clean(where), "bold"), clean(key))))
        # Nothing is at the cursor until a person moves it: a stray Enter must accept no key.
        keys.highlighted = None if place is None else min(place, keys.option_count - 1)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click, accepts the key under it."""
        event.stop()
        if event.option_index < len(self._desk.waiting):
            self._desk.answer(event.option_index, accept=True)
        self.refresh_questions()

    def action_answer(self, accept: bool) -> None:  # noqa: FBT001 - Textual's actions are positional
        """Answer the question at the cursor."""
        number = self.query_one(OptionList).highlighted
        if number is not None and number < len(self._desk.waiting):
            self._desk.answer(number, accept=accept)
        self.refresh_questions()

    def action_all(self, accept: bool) -> None:  # noqa: FBT001 - as above
        """Answer every question; to accept, the cursor has to be in the list."""
        keys = self.query_one(OptionList)
        if accept and keys.highlighted is None:
            keys.highlighted = 0
            return
        self._desk.answer_all(accept=accept)
        self.refresh_questions()
