"""Finds known secrets in any bytes: it decodes whatever it meets, and looks at what comes out.

It shares nothing with the mask of the program, which would be blind to what its author forgot.
"""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHORTEST = 6  # bytes; anything shorter is met by chance
_HALVED = 24  # bytes; half of a longer secret is a leak as well
_LAYERS = 2  # encodings inside one another: a URL in base64, base64 in a URL
# What quoting for a shell, SQL, JSON or a configuration file adds, and where programs break lines.
_QUOTING = b"\\'\" \t\r\n"
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){6,}")
_JSON = re.compile(rb"(?:\\u[0-9A-Fa-f]{4})+")
_VERIFIER = re.compile(rb"SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+")
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_PUBLIC = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END", re.DOTALL)


def _bare(data: bytes) -> bytes:
    return data.translate(None, _QUOTING)


class Detector:
    """Knows secrets by name and tells which of them, or half of them, stand somewhere."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        public = "".join(
            "".join(body.split()) for value in secrets.values() for body in _PUBLIC.findall(value)
        )
        self._wanted: dict[bytes, str] = {}
        for name, value in secrets.items():
            for piece in _pieces(value, public):
                assert len(piece) >= _SHORTEST, f"{name} is too short to be looked for"
                self._wanted[piece] = name

    def found(self, data: bytes) -> set[str]:
        """Return the names of the secrets in it; verifiers of passwords count, whoever's."""
        names: set[str] = set()
        views = {data}
        for layer in range(_LAYERS + 1):
            for view in views:
                bare = _bare(view)
                names |= {name for piece, name in self._wanted.items() if piece in bare}
                if _VERIFIER.search(view):
                    names.add("SCRAM verifier")
            if layer < _LAYERS:
                views = {other for view in views for other in _decoded(view) if other != view}
        return names


def _pieces(value: str, public: str) -> Iterator[bytes]:
    """Yield what must not be found: a value, its halves, the lines of a private key."""
    keys = _PRIVATE.findall(value)
    if keys or "-----BEGIN " in value:
        # The last line of an elliptic curve's key is its public half, and stands in certificates.
        lines = (line for body in keys for line in body.split() if len(line) >= _HALVED)
        yield from (line.encode() for line in lines if line not in public)
        return
    bare = _bare(value.encode())
    yield bare
    if len(bare) >= _HALVED:
        yield bare[: len(bare) // 2]
        yield bare[len(bare) // 2 :]


def _decoded(data: bytes) -> Iterator[bytes]:
    """Yield the data with one kind of encoding taken off, wherever it stands."""
    if b"%" in data:
        yield unquote_to_bytes(data)
        yield unquote_to_bytes(data.replace(b"+", b" "))
    if b"&" in data:
        yield html.unescape(data.decode("latin-1")).encode("latin-1", "replace")
    if b"\\u" in data:
        yield _JSON.sub(lambda run: _from_json(run[0]), data)
    runs = set(_HEX.findall(data))
    if runs:
        yield b"\n".join(
            bytes.fromhex(run[place : len(run) - place].decode())
            for run in runs
            for place in (0, 1)
        )
    runs = set(_BASE64.findall(data))
    if runs:
        yield b"\n".join(_from_base64(run, place) for run in runs for place in range(4))


def _from_base64(run: bytes, place: int) -> bytes:
    """Return what a run means that begins at a place: programs may have cut it anywhere."""
    part = run[place:].translate(bytes.maketrans(b"-_", b"+/"))
    part += b"A" * (-len(part) % 4)
    return base64.b64decode(part)


def _from_json(run: bytes) -> bytes:
    units = bytes.fromhex(run.replace(b"\\u", b"").decode())
    return units.decode("utf-16-be", "replace").encode()
