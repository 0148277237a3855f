"""Takes every secret out of text that leaves: ‹name› stands where a value stood.

A value is found as it is and in the forms programs print it in: percent-encoded, quoted for a
shell, SQL, JSON, HTML or a configuration file, hexadecimal, base64 (wherever it stands in the
encoded text). SCRAM verifiers go too, whatever they were made of. Of a value that a line break has
cut in two each part goes that is long enough to be told from other words. What is not found: the
middle of one cut in three, and a value that was compressed, encrypted or printed in part.

A secret shorter than 4 characters is masked only where it stands as a word of its own, and not in
encoded forms; otherwise a password `a` would take every `a` away.
"""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from wizard.vault.text import Encoding, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wizard.vault.secret import Secrets

_SHORT = 4  # characters; below, only whole words are masked
_PART = 8  # characters; a shorter part of a value at the edge of a line may be any word
_QUARTER = 4  # of long values, a part counts from this share on
_SHORTEST_LINE = 16  # characters of a private key's line; a shorter last one tells nothing
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END", re.DOTALL)
# Whoever has a verifier can try passwords against it: PostgreSQL's logs and errors quote them.
_VERIFIER = r"SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+"
_TRIPLET = re.compile("%[0-9A-F]{2}")


def _base64_forms(value: bytes) -> Iterator[str]:
    """Yield the parts of base64 text that depend on the value alone: its three alignments."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value).decode()
        start = (0, 2, 3)[before]  # characters that hold bits of what stands before
        end = (0, 3, 2)[(before + len(value)) % 3]  # padding, and one with bits of what follows
        forms = [encoded[start : len(encoded) - end]]
        if not before:
            forms.append(encoded)  # as it ends where nothing follows: of a cut one that part counts
        for form in forms:
            yield form
            yield form.translate(str.maketrans("+/", "-_"))


def _url_forms(value: str) -> Iterator[str]:
    # Python, JavaScript's encodeURIComponent and encodeURI differ in what they leave alone.
    for safe in ("", "/", "!'()*", "!'()*;/?:@&=+$,#"):
        for form in (quote(value, safe=safe), quote_plus(value, safe=safe)):
            yield form
            yield _TRIPLET.sub(lambda triplet: triplet[0].lower(), form)


def _forms(value: str) -> Iterator[str]:
    yield value
    yield from _url_forms(value)
    for encoding in Encoding:
        if encoding is not Encoding.SCRAM:  # a verifier has a salt: it cannot be foreseen
            yield encode(value, encoding)
    yield value.replace("'", "'\\''")
    yield value.replace("'", "''")
    yield value.replace("\\", "\\\\").replace("'", "''")
    yield value.replace("\\", "\\\\").replace("'", "\\'")
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield html.escape(value)
    raw = value.encode()
    yield raw.hex()
    yield raw.hex().upper()
    yield from _base64_forms(raw)


def _pieces(value: str, public: str) -> Iterator[str]:
    """Yield what is secret of a value: all of it, or the lines of the private keys in it.

    Certificates are public, and their text in a plan is worth reading. The last line of an
    elliptic-curve key holds nothing but the public key, and may stand in its certificate.
    """
    if "-----BEGIN " not in value:
        yield value
        return
    for body in _PRIVATE_KEY.findall(value):
        yield from (
            line for line in body.split() if len(line) >= _SHORTEST_LINE and line not in public
        )


type_of_trie = dict[str, "type_of_trie"]
_END = ""


def _trie(words: Iterable[str]) -> type_of_trie:
    root: type_of_trie = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[_END] = {}
    return root


def _branches(node: type_of_trie) -> list[str]:
    """Return the alternatives that a trie offers, each as a pattern.

    Alternatives that share no beginning are tried in half the time of a flat list of words.
    """
    branches = []
    for char, following in node.items():
        if char == _END:
            continue
        literal, tail = char, following
        while len(tail) == 1 and _END not in tail:
            ((only, tail),) = tail.items()
            literal += only
        inner = _branches(tail)
        group = f"(?:{'|'.join(inner)})" + ("?" if _END in tail else "") if inner else ""
        branches.append(re.escape(literal) + group)
    return branches


class _Edges:
    """Finds the parts of values that line breaks have cut: the one at a line's end, or begin."""

    __slots__ = ("_places",)

    def __init__(self, forms: Iterable[str]) -> None:
        # By how any stretch of it reads: a form, and where in it that stretch begins.
        self._places: dict[str, list[tuple[str, int]]] = {}
        for form in forms:
            for at in range(len(form) - _PART + 1):
                self._places.setdefault(form[at : at + _PART], []).append((form, at))

    def at_end(self, line: str) -> tuple[int, str] | None:
        """Return how long a part at the end is whose rest is to follow, and the value's form."""
        found = [
            (at + _PART, form)
            for form, at in self._places.get(line[-_PART:], ())
            if line.endswith(form[: at + _PART])
        ]
        return self._longest(found)

    def at_begin(self, line: str) -> tuple[int, str] | None:
        """Return how long a part at the begin is that goes on before, and the value's form."""
        found = [
            (len(form) - at, form)
            for form, at in self._places.get(line[:_PART], ())
            if line.startswith(form[at:])
        ]
        return self._longest(found)

    def _longest(self, found: list[tuple[int, str]]) -> tuple[int, str] | None:
        return max((each for each in found if each[0] >= len(each[1]) // _QUARTER), default=None)


class Mask:
    """Replaces the secrets of a site in any text; made once, used for every line."""

    __slots__ = ("_edges", "_names", "_search")

    def __init__(self, secrets: Secrets | Mapping[str, str]) -> None:
        self._names: dict[str, str] = {}
        words: list[str] = []
        values = {
            name: secret if isinstance(secret, str) else secret.reveal()
            for name, secret in secrets.items()
        }
        public = "\n".join(
            body for value in values.values() for body in _CERTIFICATE.findall(value)
        )
        for name, value in values.items():
            for piece in _pieces(value, public):
                if 0 < len(piece) < _SHORT:
                    words.append(piece)
                    self._names.setdefault(piece, name)
                    continue
                for form in _forms(piece):
                    if len(form) >= _SHORT:
                        self._names.setdefault(form, name)
        self._edges = _Edges(self._names)
        patterns = _branches(_trie(form for form in self._names if len(form) >= _SHORT))
        patterns.append(_VERIFIER)
        # The look behind stands last, where it takes the word itself in: see the next remark.
        patterns += [rf"{word}(?<!\w{word})(?!\w)" for word in map(re.escape, words)]
        # On one level, so that the search can skip to the characters that any of them begins with.
        self._search = re.compile("|".join(patterns))

    def __repr__(self) -> str:
        return f"Mask({sorted(set(self._names.values()))})"

    def __reduce__(self) -> str:
        raise TypeError("a mask holds secrets and is not pickled")

    def text(self, text: str) -> str:
        """Return the text with ‹name› in the place of every secret, and of parts that lines cut."""
        masked = self._search.sub(self._replacement, text)
        if "\n" in masked:
            return "\n".join(map(self._line, masked.split("\n")))
        return self._line(masked)

    def _line(self, line: str) -> str:
        if found := self._edges.at_end(line):
            line = f"{line[: -found[0]]}‹{self._names[found[1]]}›"
        if found := self._edges.at_begin(line):
            line = f"‹{self._names[found[1]]}›{line[found[0] :]}"
        return line

    def _replacement(self, match: re.Match[str]) -> str:
        return f"‹{self._names.get(match[0], 'SCRAM verifier')}›"
