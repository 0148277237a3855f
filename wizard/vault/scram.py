"""PostgreSQL's SCRAM-SHA-256 verifiers, so that no clear password ever travels in SQL.

The stored form is `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (PostgreSQL,
catalog pg_authid); the keys are those of RFC 5802.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import stringprep
import unicodedata

_DIGEST = "sha256"
_SALT_LENGTH = 16  # bytes, as PostgreSQL's own
_DEFAULT_ITERATIONS = 4096  # PostgreSQL's own
_VERIFIER = re.compile(
    r"SCRAM-SHA-256\$([1-9][0-9]{0,8}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]{44}):([A-Za-z0-9+/=]{44})"
)

# RFC 4013 section 2.3: what may not stand in a prepared string; A.1 are the unassigned ones.
_PROHIBITED = (
    stringprep.in_table_a1,
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(password: str) -> str | None:
    """Return the password prepared as RFC 4013 says, None where it prohibits the password.

    Where PostgreSQL and the RFC part, this does as PostgreSQL: plain ASCII is left as it is,
    spaces are mapped before other characters are dropped (U+200B is both), normalisation follows
    current Unicode, and what is prohibited is looked for before it (pg_saslprep, saslprep.c).
    """
    if password.isascii():
        return password
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char
        for char in password
        if stringprep.in_table_c12(char) or not stringprep.in_table_b1(char)
    )
    if not mapped or any(table(char) for char in mapped for table in _PROHIBITED):
        return None
    if any(stringprep.in_table_d1(char) for char in mapped) and (
        any(stringprep.in_table_d2(char) for char in mapped)
        or not stringprep.in_table_d1(mapped[0])
        or not stringprep.in_table_d1(mapped[-1])
    ):
        return None
    return unicodedata.normalize("NFKC", mapped)


def _keys(password: str, salt: bytes, iterations: int) -> tuple[bytes, bytes]:
    """Return StoredKey and ServerKey (RFC 5802 section 3)."""
    prepared = saslprep(password)
    # PostgreSQL uses the bytes as they came where SASLprep prohibits them.
    raw = (password if prepared is None else prepared).encode()
    salted = hashlib.pbkdf2_hmac(_DIGEST, raw, salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", _DIGEST)
    return hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", _DIGEST)


def verifier(
    password: str, *, salt: bytes | None = None, iterations: int = _DEFAULT_ITERATIONS
) -> str:
    """Return the verifier of a password; a fresh random salt unless one is given.

    Raises:
        ValueError: the password is empty or there would be no iteration.
    """
    if not password or iterations < 1:
        raise ValueError("a verifier needs a password and at least one iteration")
    salt = secrets.token_bytes(_SALT_LENGTH) if salt is None else salt
    stored, server = (base64.b64encode(key).decode() for key in _keys(password, salt, iterations))
    return f"SCRAM-SHA-256${iterations}:{base64.b64encode(salt).decode()}${stored}:{server}"


def matches(password: str, stored_verifier: str | None) -> bool:
    """Return whether a stored verifier was made of this password; False if it is none at all."""
    found = _VERIFIER.fullmatch(stored_verifier or "")
    if not found or not password:
        return False
    try:
        salt, stored, server = (
            base64.b64decode(part, validate=True) for part in found.groups()[1:]
        )
    except binascii.Error:
        return False
    wanted_stored, wanted_server = _keys(password, salt, int(found[1]))
    return hmac.compare_digest(stored, wanted_stored) and hmac.compare_digest(server, wanted_server)
