"""A keyring backend for machines without a desktop: one sealed file, opened by a passphrase."""

from __future__ import annotations

import glob
import json
import os
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import PasswordDeleteError

from wizard.errors import VaultError
from wizard.vault.envelope import Damaged, Derivation, WrongPassphrase, fresh, parse, seal
from wizard.vault.lock import locked
from wizard.vault.strength import problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

type_of_content = dict[str, dict[str, str]]  # service -> entry -> value


class EncryptedFileKeyring(KeyringBackend):
    """A keyring in one file (0600), unlocked once by a passphrase.

    Every write replaces the file as a whole and is on the disk when the call returns; a reader
    or a power cut sees the old file or the new one, nothing between.
    """

    def __init__(self, path: Path, passphrase: Callable[[], str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring ships it so
        self.path = path.expanduser().resolve()
        self._ask = passphrase
        self._passphrase: str | None = None
        self._key: tuple[Derivation, bytes] | None = None
        self._threads = threading.RLock()
        self._depth = 0

    @properties.classproperty
    def priority(cls) -> float:  # noqa: N805 - keyring asks the class
        """Refuse to be picked by keyring on its own: it needs a path and a passphrase."""
        raise RuntimeError("needs a file and a passphrase")

    def __repr__(self) -> str:
        return f"EncryptedFileKeyring({str(self.path)!r})"

    def get_password(self, service: str, username: str) -> str | None:
        """Return one value, None if there is none."""
        return self._read().get(service, {}).get(username)

    def get_all(self, service: str) -> dict[str, str]:
        """Return every value of the service, read at once."""
        return dict(self._read().get(service, {}))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store one value."""
        self.set_many(service, {username: password})

    def set_many(self, service: str, values: Mapping[str, str | None]) -> None:
        """Store several values in one write; None takes one away."""
        with self.locked():
            content = self._read()
            entries = content.setdefault(service, {})
            for name, value in values.items():
                if value is None:
                    entries.pop(name, None)
                else:
                    entries[name] = value
            self._write(content)

    def delete_password(self, service: str, username: str) -> None:
        """Take one value away.

        Raises:
            PasswordDeleteError: there is none.
        """
        with self.locked():
            if self.get_password(service, username) is None:
                raise PasswordDeleteError(username)
            self.set_many(service, {username: None})

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the file's lock, against other processes and threads; may be nested."""
        with self._threads:
            if self._depth:
                yield
                return
            with locked(self.path.with_name(self.path.name + ".lock")):
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1

    def _key_for(self, derivation: Derivation) -> bytes:
        with self._threads:
            if self._passphrase is None:
                self._passphrase = self._ask()
            if self._key is None or self._key[0] != derivation:
                self._key = (derivation, derivation.key(self._passphrase))
            return self._key[1]

    def _forget(self) -> None:
        self._passphrase = self._key = None

    def _read(self) -> type_of_content:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise VaultError(
                f"the keyring file {self.path} cannot be read: {error.strerror}",
                remedy="Make it readable for this account, or name another with --keyring-file.",
            ) from error
        try:
            sealed = parse(data)
            content: type_of_content = json.loads(sealed.open(self._key_for(sealed.derivation)))
        except Damaged as error:
            raise VaultError(
                f"the keyring file {self.path} is damaged: {error}",
                remedy="Restore it from a backup; or move it away and store the secrets again.",
            ) from None
        except WrongPassphrase:
            self._forget()
            raise VaultError(
                f"the passphrase does not open the keyring file {self.path}",
                remedy="Give the passphrase it was made with; without it the file cannot be read.",
            ) from None
        return content

    def _write(self, content: type_of_content) -> None:
        try:
            derivation = parse(self.path.read_bytes()).derivation
        except FileNotFoundError:
            derivation = self._key[0] if self._key else fresh()
            if self._passphrase is None:
                self._passphrase = self._ask()
            wrong = problems("keyring_passphrase", self._passphrase)
            if wrong:
                self._forget()
                listed = "\n".join(f"  - {one}" for one in wrong)
                raise VaultError(
                    f"this cannot be the passphrase of the new keyring file {self.path}:\n{listed}",
                    remedy="Nothing was stored; give another one.",
                ) from None
        data = seal(json.dumps(content).encode(), derivation, self._key_for(derivation))
        try:
            _replace(self.path, data)
        except OSError as error:
            raise VaultError(
                f"the keyring file {self.path} cannot be written: {error.strerror}",
                remedy="Make room or grant the right to write there; the old file is unchanged.",
            ) from error


def _replace(path: Path, data: bytes) -> None:
    """Put data in the place of the file, durably: new file, fsync, rename, fsync of the folder."""
    pattern = f".{path.name}."
    # The lock is held: what a killed writer left behind is nobody's any more.
    for left in path.parent.glob(f"{glob.escape(pattern)}*.new"):
        left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=pattern, suffix=".new", dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - the name comes from mkstemp as text
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - as above
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
