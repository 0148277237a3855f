"""A keyring that forgets everything when the program ends: for hosts that are only simulated."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import PasswordDeleteError

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryKeyring(KeyringBackend):
    """A keyring in memory; nothing of it reaches a disk."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring ships it so
        self._values: dict[tuple[str, str], str] = {}

    @properties.classproperty
    def priority(cls) -> float:  # noqa: N805 - keyring asks the class
        """Refuse to be picked by keyring on its own: it would lose what it is given."""
        raise RuntimeError("forgets everything at the end")

    @properties.classproperty
    def name(cls) -> str:  # noqa: N805 - as above
        """What people are told."""
        return "in memory, until the program ends (simulated hosts)"

    def get_password(self, service: str, username: str) -> str | None:
        """Return one value, None if there is none."""
        return self._values.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep one value."""
        self._values[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Take one value away. Raises: PasswordDeleteError if there is none."""
        if self._values.pop((service, username), None) is None:
            raise PasswordDeleteError(username)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else can see it."""
        yield
