"""Shell built from parts: every value is quoted by type, never pasted into the text."""

from __future__ import annotations

import hashlib
import shlex
from typing import TYPE_CHECKING

from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.vault.text import SecretRef

# Where the installer keeps what it knows about a host, on that host; root only.
OWN_DIRECTORY = "/var/lib/minusnow-setup"

MOST = 100_000_000  # characters that bash reads of a file's content


def words(*parts: str | int) -> str:
    """Return a command of the given words, each quoted."""
    return shlex.join(str(part) for part in parts)


def lines(commands: Iterable[str | Text | SecretRef]) -> Text:
    """Return a script with one command per line."""
    return Text.join("\n", commands) + "\n"


def here_document(command: str, content: Text, *, after: str = "") -> Text:
    """Return a command that reads the content, unchanged, on standard input; `after` follows it.

    The content must end with a newline or be empty: a here-document has no other form. Secrets at
    the end are keys and certificates, which do; were one not to, the shell refuses the script.
    """
    masked = content.masked()
    last = content.parts[-1] if content.parts else "\n"
    if isinstance(last, str) and not last.endswith("\n"):
        raise ValueError("a here-document ends with a newline")
    delimiter = "END_" + hashlib.sha256(masked.encode()).hexdigest()[:16]
    return Text(f"{command} <<'{delimiter}'{after}\n", content, f"{delimiter}\n")
