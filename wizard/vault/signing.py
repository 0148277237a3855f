"""Ed25519 signatures (RFC 8032): a key as PEM text, and what anybody needs to check with."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wizard.errors import VaultError

if TYPE_CHECKING:
    from collections.abc import Callable


def new_key() -> str:
    """Return a new private key, PKCS #8 in PEM without a passphrase."""
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def public_key(private: str) -> str:
    """Return the public key in PEM. Raises: VaultError if it is no Ed25519 key."""
    return _public_pem(_private(private).public_key())


def sign(private: str, data: bytes) -> bytes:
    """Return the signature, 64 bytes. Raises: VaultError if it is no Ed25519 key."""
    return _private(private).sign(data)


def signer(private: str) -> Callable[[bytes], bytes]:
    """Return what signs with a key that is read once. Raises: VaultError as of `sign`."""
    return _private(private).sign


def verifies(public: str, data: bytes, signature: bytes) -> bool:
    """Return whether the signature is of this data. Raises: VaultError for another kind of key."""
    try:
        _public(public).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def fingerprint(public: str) -> str:
    """Return the SHA-256 over the key, as OpenSSH writes fingerprints: `SHA256:...`."""
    der = _public(public).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")


def _public_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _private(text: str) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise VaultError(
            "this is no private Ed25519 key in PEM without a passphrase",
            remedy="Make one with `openssl genpkey -algorithm ed25519 -out FILE`.",
        )
    return key


def _public(text: str) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(text.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise VaultError(
            "this is no public Ed25519 key in PEM", remedy="Name the file that ends in .pub."
        )
    return key
