"""Access: how the hosts are reached over SSH, tested live."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.layout_verdict import untrusted
from screens.probing import Probing
from screens.step import FormStep
from screens.widgets.field import Field, words
from wizard.errors import SetupError


class AccessStep(FormStep):
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
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(path="ssh.user", label="User", example="ops", required=True),
        Field(path="ssh.port", label="Port", kind="number", default=22),
        Field(path="ssh.key_file", label="Key file", example="~/.ssh/id_ed25519"),
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

    def aside(self) -> str:
        """How each host answered."""
        answers: dict[str, list[str]] = {}
        for host in self.setup.host_entries():
            name = str(host.get("name") or "?")
            answers.setdefault(self._answer(name, host.get("address")), []).append(name)
        return "\n".join(f"{', '.join(names)}\n  {words_}" for words_, names in answers.items())

    def _answer(self, name: str, address: object) -> str:
        seen = self.setup.live.fact(name, address)
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
