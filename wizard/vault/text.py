r"""Text in which secrets stand by name: files and scripts are built of it and stay safe to show.

`Text("password ") + SecretRef("redis_password") + "\\n"` prints as `password ‹redis_password›`;
only `reveal`, called where bytes leave for a host, puts the value in.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.vault.secret import Secrets


class Encoding(StrEnum):
    """How a secret is written so that the place it stands in reads it back unchanged."""

    URL = "url"  # one component of a URL, percent-encoded
    SHELL = "shell"  # one word of a POSIX shell
    SYSTEMD = "systemd"  # the inside of a double-quoted value in a systemd EnvironmentFile
    PGPASS = "pgpass"  # one field of a PostgreSQL password file
    REDIS = "redis"  # the inside of a double-quoted word in redis.conf
    SCRAM = "scram"  # a SCRAM-SHA-256 verifier of it, as PostgreSQL stores it


def encode(value: str, encoding: Encoding) -> str:
    """Return the value written in the given encoding."""
    match encoding:
        case Encoding.URL:
            return quote(value, safe="")
        case Encoding.SHELL:
            return shlex.quote(value)
        case Encoding.SYSTEMD:
            # Inside double quotes systemd unescapes \\ \" \$ and \` (systemd.exec(5)).
            return "".join("\\" + char if char in '\\"$`' else char for char in value)
        case Encoding.PGPASS:
            return value.replace("\\", "\\\\").replace(":", "\\:")
        case Encoding.REDIS:
            return value.replace("\\", "\\\\").replace('"', '\\"')
        case Encoding.SCRAM:
            from wizard.vault.scram import verifier  # noqa: PLC0415 - 4096 rounds, rarely needed

            return verifier(value)


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A place in a text where a secret belongs, with the encodings it needs, first one first."""

    name: str
    encodings: tuple[Encoding, ...] = ()

    def masked(self) -> str:
        """Return what people see in its place."""
        return f"‹{self.name}›"

    def reveal(self, secrets: Secrets) -> str:
        """Return the encoded value; VaultError if the secret is not known."""
        value = secrets[self.name].reveal()
        for encoding in self.encodings:
            value = encode(value, encoding)
        return value


@dataclass(frozen=True, slots=True, init=False)
class Text:
    """An immutable text of plain parts and secret references."""

    parts: tuple[str | SecretRef, ...]

    def __init__(self, *parts: str | SecretRef | Text) -> None:
        flat: list[str | SecretRef] = []
        for part in parts:
            if isinstance(part, Text):
                flat.extend(part.parts)
            elif isinstance(part, str | SecretRef):
                flat.append(part)
            else:
                raise TypeError(f"a Text is made of str, SecretRef and Text, not {type(part)}")
        object.__setattr__(self, "parts", tuple(part for part in flat if part != ""))

    def __add__(self, other: str | SecretRef | Text) -> Text:
        return Text(self, other)

    def __radd__(self, other: str | SecretRef) -> Text:
        return Text(other, self)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __str__(self) -> str:
        return self.masked()

    @staticmethod
    def join(separator: str, texts: Iterable[str | SecretRef | Text]) -> Text:
        """Return the texts one after another with the separator between them."""
        parts: list[str | SecretRef | Text] = []
        for text in texts:
            if parts:
                parts.append(separator)
            parts.append(text)
        return Text(*parts)

    def names(self) -> frozenset[str]:
        """Return the names of the secrets that stand in it."""
        return frozenset(part.name for part in self.parts if isinstance(part, SecretRef))

    def masked(self) -> str:
        """Return the text with ‹name› where a secret stands; safe to show and to store."""
        return "".join(part if isinstance(part, str) else part.masked() for part in self.parts)

    def reveal(self, secrets: Secrets) -> str:
        """Return the text with its secrets; for what is sent to a host or compared with one."""
        return "".join(
            part if isinstance(part, str) else part.reveal(secrets) for part in self.parts
        )
