"""Access: how the hosts are reached over SSH, tested live."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from screens.files_form import SIMULATED, FilesForm, at_home
from screens.layout_verdict import untrusted
from screens.probing import Probing
from screens.widgets.field import Field, words
from wizard.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEY = "ssh.key_file"


class AccessStep(FilesForm):
    """Login, key, jump host, sudo."""

    HELP = (
        "The installer logs in to every host over SSH and becomes root by sudo. A key is read from"
        " the file named here, or taken from the SSH agent if none is named; a password for SSH is"
        " never used. A host whose key is not in the known_hosts file is shown with its"
        " fingerprint and refused until you accept it.\n\n"
        "F5 logs in to every host as it is written here, becomes root and looks around; nothing is"
        " changed there."
    )
    ASIDE_TITLE = "Logins (F5 tests them)"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "test", "Test logins", key_display="F5", tooltip="Log in to every host now"),
    ]
    FILES = (_KEY,)
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(path="ssh.user", label="User", example="ops", required=True),
        Field(path="ssh.port", label="Port", kind="number", default=22),
        Field(path=_KEY, label="Key file", example="~/.ssh/id_ed25519"),
        Field(
            path="ssh.sudo",
            label="Sudo",
            kind="choice",
            options=words("nopasswd", "password"),
            default="nopasswd",
        ),
        Field(path="ssh.known_hosts", label="Known hosts", default="~/.ssh/known_hosts"),
        Field(path="ssh.jump", label="Jump host", example="ops@bastion.example.com:2222"),
    )

    def place_of(self, value: str) -> Path:
        """Where a key lies: a relative path starts where the program was begun."""
        return at_home(value)

    def aside(self) -> str:
        """Keys that are not there, then how each host answered."""
        return "\n".join([*self._keys(), *self._logins()])

    def files(self) -> Iterator[str]:
        """The key of all hosts, then those that single hosts have of their own."""
        yield from super().files()
        yield from self._own_keys()

    def _own_keys(self) -> dict[str, list[str]]:
        """Key files that are named for single hosts, with the hosts."""
        named: dict[str, list[str]] = {}
        for host in self.setup.host_entries():
            own = host.get("ssh")
            if isinstance(own, dict) and isinstance(path := own.get("key_file"), str):
                named.setdefault(path, []).append(str(host.get("name") or "?"))
        return named

    def _keys(self) -> list[str]:
        """What is wrong with each key file that is named, here or for one host."""
        faults = [("Key file", self.file_fault(_KEY))]
        faults += [
            (f"Key of {', '.join(on)}", self.fault_of(path))
            for path, on in self._own_keys().items()
        ]
        real = self.needed(_KEY)
        sign, more = ("✗", "") if real else ("·", f" {SIMULATED}")
        return [f"{sign} {whose}\n  {words_}{more}" for whose, words_ in faults if words_]

    def _logins(self) -> list[str]:
        """How each host answered."""
        answers: dict[str, list[str]] = {}
        for host in self.setup.host_entries():
            name = str(host.get("name") or "?")
            answers.setdefault(self._answer(name, host.get("address")), []).append(name)
        return [f"{', '.join(names)}\n  {words_}" for words_, names in answers.items()]

    def _answer(self, name: str, address: object) -> str:
        seen = self.setup.live.fact(self.draft, name, address)
        if name in self.setup.live.probing:
            words_ = "… logging in"
        elif seen is None:
            words_ = "· not tested" if address else "· no address yet"
        elif isinstance(seen, SetupError):
            words_ = f"✗ {seen.seen}\n  {seen.remedy}"
        else:
            words_ = f"✓ logged in and root; {seen.os.pretty}"
        return words_

    def blocked(self) -> str:
        """Nobody goes on past a host that shows another key than the known one."""
        return untrusted(self.draft, self.setup.live)

    def action_test(self) -> None:
        """Log in everywhere."""
        Probing(self.setup).start()
