"""The sealed form of the keyring file: Argon2id makes the key, AES-256-GCM seals the content.

The file is JSON: what is needed to derive the key, a nonce, the sealed content, and a checksum
that tells damage (a bad disk, a cut copy) from a wrong passphrase.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_FORMAT = "minusnow-setup keyring"
_VERSION = 1
_KEY_LENGTH = 32  # bytes: AES-256
_NONCE_LENGTH = 12  # bytes, NIST SP 800-38D
_SALT_LENGTH = 16  # bytes, RFC 9106


class Damaged(Exception):  # noqa: N818 - named for what is seen
    """The file is not, or no longer, a keyring file."""


class WrongPassphrase(Exception):  # noqa: N818 - named for what is seen
    """The file is whole but the passphrase does not open it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How the key is made of the passphrase; RFC 9106's second recommended option by default."""

    memory_kib: int = 65536
    iterations: int = 3
    lanes: int = 4
    salt: str = ""  # base64

    def acceptable(self) -> bool:
        """Return whether it is neither too cheap for an attacker nor too dear for this machine."""
        return (
            # OWASP's Password Storage Cheat Sheet names 19 MiB and two passes as the least.
            19 * 1024 <= self.memory_kib <= 4 * 1024 * 1024
            and 2 <= self.iterations <= 64  # noqa: PLR2004 - limits, said above
            and 1 <= self.lanes <= 16  # noqa: PLR2004 - limits, said above
        )

    def key(self, passphrase: str) -> bytes:
        """Return the key; takes about 0.2 s and `memory_kib` of memory, on purpose."""
        return Argon2id(
            salt=base64.b64decode(self.salt),
            length=_KEY_LENGTH,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        ).derive(passphrase.encode())


def fresh() -> Derivation:
    """Return the derivation of a new file, with a random salt."""
    return Derivation(salt=base64.b64encode(secrets.token_bytes(_SALT_LENGTH)).decode())


def _header(derivation: Derivation) -> dict[str, Any]:
    return {"format": _FORMAT, "version": _VERSION, "argon2id": asdict(derivation)}


def _canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def seal(content: bytes, derivation: Derivation, key: bytes) -> bytes:
    """Return the whole file; its header is authenticated together with the content."""
    header = _header(derivation)
    nonce = secrets.token_bytes(_NONCE_LENGTH)
    sealed = AESGCM(key).encrypt(nonce, content, _canonical(header))
    document = {
        **header,
        "nonce": base64.b64encode(nonce).decode(),
        "sealed": base64.b64encode(sealed).decode(),
    }
    checksum = hashlib.sha256(_canonical(document)).hexdigest()
    return json.dumps({**document, "checksum": checksum}, indent=1).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file as read: whole, of a known format, still closed."""

    derivation: Derivation
    nonce: bytes
    content: bytes

    def open(self, key: bytes) -> bytes:
        """Return the content.

        Raises:
            WrongPassphrase: the key is not the one it was sealed with.
        """
        try:
            return AESGCM(key).decrypt(
                self.nonce, self.content, _canonical(_header(self.derivation))
            )
        except InvalidTag:
            raise WrongPassphrase from None


def parse(data: bytes) -> Sealed:
    """Return the closed file.

    Raises:
        Damaged: it is cut, altered, of another format or with unacceptable key derivation; the
            text says which.
    """
    try:
        document = json.loads(data)
        checksum = document.pop("checksum")
        whole = checksum == hashlib.sha256(_canonical(document)).hexdigest()
        known = document["format"] == _FORMAT
        version = document["version"]
        derivation = Derivation(**document["argon2id"])
        nonce = base64.b64decode(document["nonce"], validate=True)
        content = base64.b64decode(document["sealed"], validate=True)
        salt = base64.b64decode(derivation.salt, validate=True)
        acceptable = derivation.acceptable() and len(salt) >= _SALT_LENGTH
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        raise Damaged("it is not a keyring file, or only a part of one") from None
    if not known:
        raise Damaged("it is not a keyring file")
    if not whole:
        raise Damaged("its checksum does not fit its content")
    if version != _VERSION:
        raise Damaged(f"it is of version {version}, this program knows version {_VERSION}")
    if not acceptable or len(nonce) != _NONCE_LENGTH:
        raise Damaged("its key derivation is outside of what is safe")
    return Sealed(derivation, nonce, content)
