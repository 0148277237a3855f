"""Secrets that were typed into a site file: found without ever being shown.

A site file is read, compared and reviewed by many; secrets live in the keyring under a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.site.problems import Path, Problem, path_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.site.document import Document

_SECRET_WORD = re.compile(
    r"passw|passphrase|passwd|secret|token|credential|api_?-?key|private_?-?key|access_?-?key"
    r"|(?:^|[_-])(?:pass|pwd)(?:$|[_-])",
    re.IGNORECASE,
)
# A variable is named for what it holds by its last word: TOKEN_URL holds an address.
_SECRET_VARIABLE = re.compile(
    r"(?:PASS|PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|CREDENTIALS?|KEY|SALT|PIN)$",
    re.IGNORECASE,
)
_KEY_BLOCK = re.compile(r"-----BEGIN|PRIVATE KEY|PuTTY-User-Key-File")
_LOGIN_WITH_PASSWORD = re.compile(r":[^\s/:@]+@[^\s@]|://[^\s@/:]{0,64}:[^\s@]{1,256}@[^\s@]")
_KNOWN_NAMES = (
    ("passphrase", "key_passphrase"),
    ("sudo", "sudo_password"),
    ("smtp", "smtp_password"),
    ("cache", "redis_password"),
    ("redis", "redis_password"),
    ("session", "session_secret"),
    ("repl", "replication_password"),
    ("database", "app_password"),
    ("app_password", "app_password"),
)


def secret_paths(data: object, path: Path = ()) -> Iterator[Path]:
    """Where secrets stand; what stands below such a place is not looked at."""
    if isinstance(data, dict):
        for key, value in data.items():
            here = (*path, key)
            if _names_secret(key, path) and value not in (None, {}, []):
                yield here
            elif _holds_secret(key):
                yield path
            else:
                yield from secret_paths(value, here)
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from secret_paths(value, (*path, place))
    elif isinstance(data, str) and _holds_secret(data):
        yield path


def secret_problem(path: Path, document: Document, file: str) -> Problem:
    """Says that a secret stands there, and where it belongs, without its value."""
    where = path_text(path)
    name = next((name for part, name in _KNOWN_NAMES if part in where.lower()), "NAME")
    return Problem(
        file,
        document.line(path),
        where,
        "a secret (not shown)",
        f"no secrets in this file: store it with `minusnow-setup secret set {name} {file}`",
    )


def key_block_problem(text: str, file: str) -> Problem | None:
    """Says that a private key stands somewhere in the text, be it in a comment."""
    for number, line in enumerate(text.splitlines(), start=1):
        if "PRIVATE KEY-----" in line:
            wanted = "a path to the key's file instead, outside version control"
            return Problem(file, number, "", "a private key (not shown)", wanted)
    return None


def _names_secret(key: str, path: Path) -> bool:
    pattern = _SECRET_VARIABLE if path[-1:] == ("environment",) else _SECRET_WORD
    return bool(pattern.search(key))


def _holds_secret(text: str) -> bool:
    return bool(_KEY_BLOCK.search(text) or _LOGIN_WITH_PASSWORD.search(text))
