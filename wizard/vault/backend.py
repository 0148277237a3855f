"""Which keyring keeps the secrets: the desktop's, or our own encrypted file; never plain text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import VaultError

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

_FILE_REMEDY = (
    "Name an encrypted file with --keyring-file FILE (and its passphrase with"
    " --keyring-passphrase-file), or unset PYTHON_KEYRING_BACKEND and remove keyringrc.cfg."
)


def keyring_path(site_name: str) -> Path:
    """Return where the encrypted keyring file of a site lies unless another is named."""
    data = os.environ.get("XDG_DATA_HOME", "")
    # The XDG Base Directory Specification: a relative path is to be ignored.
    base = Path(data) if data.startswith("/") else Path.home() / ".local" / "share"
    return base / "minusnow-setup" / "keyring" / f"{site_name}.keyring"


def refusal(backend: type[KeyringBackend]) -> str:
    """Return why a backend may not keep secrets, "" if it may.

    Every backend of keyrings.alt is refused: most store plain text or something as good as that.
    """
    for kind in backend.__mro__:
        name = f"{kind.__module__}.{kind.__qualname__}"
        if kind.__module__.split(".")[:2] == ["keyrings", "alt"] or "plaintext" in name.lower():
            return f"{name} stores secrets in plain text or without real protection"
        if kind.__module__ == "keyring.backends.null":
            return f"{name} forgets what it is given"
    return ""


def _usable(found: KeyringBackend) -> KeyringBackend | None:
    """Return the backend to use, None if there is none on this machine.

    Raises:
        VaultError: the one that is configured must not be used.
    """
    import keyring.backends.chainer  # noqa: PLC0415 - start-up time
    import keyring.backends.fail  # noqa: PLC0415 - start-up time

    if isinstance(found, keyring.backends.fail.Keyring):
        return None
    if isinstance(found, keyring.backends.chainer.ChainerBackend):
        # The chain tries one after another until one takes the secret: only a safe one may.
        candidates = [one for one in found.backends if not refusal(type(one))]
        return candidates[0] if candidates else None
    reason = refusal(type(found))
    if reason:
        raise VaultError(f"the keyring is refused: {reason}", remedy=_FILE_REMEDY)
    return found


def choose(
    site_name: str,
    *,
    passphrase: Callable[[], str] | None,
    passphrase_file: Path | None,
    keyring_file: Path | None,
) -> KeyringBackend:
    """Return the keyring of a site.

    The encrypted file is used when it, or its passphrase, is named; when it exists already; and
    when this machine has no other keyring. Otherwise the machine's own keyring is used.

    Raises:
        VaultError: a keyring without protection is configured, or a passphrase is needed and
            nobody can be asked.
    """
    from wizard.vault.encrypted_file import EncryptedFileKeyring  # noqa: PLC0415 - imports keyring
    from wizard.vault.passphrase import STANDARD_INPUT, from_file  # noqa: PLC0415 - as above

    path = (keyring_file or keyring_path(site_name)).expanduser()
    if passphrase_file is None and keyring_file is None and not path.exists():
        import keyring  # noqa: PLC0415 - start-up time

        own = _usable(keyring.get_keyring())
        if own is not None:
            return own

    # Standard input may hold more, so its first line is taken before anyone else reads it.
    taken = from_file(STANDARD_INPUT) if passphrase_file == STANDARD_INPUT else ""

    def ask() -> str:
        if taken:
            return taken
        if passphrase_file is not None:
            return from_file(passphrase_file)
        if passphrase is not None:
            return passphrase()
        raise VaultError(
            f"the keyring file {path} needs its passphrase, and nobody can be asked for it",
            remedy="Give a file that holds it with --keyring-passphrase-file.",
        )

    return EncryptedFileKeyring(path, ask)
