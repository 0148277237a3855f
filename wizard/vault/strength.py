"""What a typed secret may look like, and how hard it is to guess."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from wizard.vault.catalogue import SESSION_SECRET_LENGTH, VRRP_LENGTH
from wizard.vault.scram import saslprep

LONGEST = 128  # characters, of a password
SHORTEST_PASSPHRASE = 8  # characters, of a new keyring file's
# Made by others, as long as they like; or typed as a sentence.
_LONGEST_OF = {"license_key": 4096, "key_passphrase": 1024, "keyring_passphrase": 1024}
_WEAK, _FAIR = 45.0, 70.0  # bits; below: weak, fair
# Read by the application's and the exporter's own drivers, which do not all normalise.
_BY_DRIVER = frozenset({"app_password", "monitoring_password"})
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "1234567890")


@dataclass(frozen=True, slots=True)
class Strength:
    """How hard a secret is to guess, as an estimate."""

    bits: float
    word: str  # weak, fair, strong


def _named(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip()


def _is_noncharacter(char: str) -> bool:
    point = ord(char)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE  # noqa: PLR2004 - Unicode 23.7


def _character_problems(value: str) -> list[str]:
    """Return why characters cannot stand in the files and protocols that secrets travel through."""
    problems = []
    if "\0" in value:
        problems.append("It holds a NUL character: programs would take it for the end.")
    if any(char in "\r\n\v\f\x85\u2028\u2029" for char in value):
        problems.append("It holds a line break: password and environment files have one line each.")
    kinds = {
        "Cc": "a control character, which systemd drops from environment files",
        "Cs": "half a character, which cannot be written as UTF-8",
        "Cf": "an invisible character, usually left over from copying",
    }
    for char in dict.fromkeys(value):
        if char in "\0\r\n\v\f\x85":
            continue
        kind = unicodedata.category(char)
        if kind in kinds:
            problems.append(f"It holds {_named(char)}: {kinds[kind]}.")
        elif _is_noncharacter(char):
            problems.append(f"It holds {_named(char)}, which systemd does not take for UTF-8.")
    return problems


def problems(name: str, value: str) -> tuple[str, ...]:
    """Return every reason why a value cannot be this secret, () if it can."""
    longest = _LONGEST_OF.get("license_key" if name.startswith("license_key_") else name, LONGEST)
    if not value:
        return ("It is empty.",)
    found = _character_problems(value)
    if len(value) > longest:
        found.append(f"It has {len(value)} characters, {longest} are the most.")
    if name == "session_secret" and len(value) < SESSION_SECRET_LENGTH:
        found.append(
            f"It has {len(value)} characters; MinusNow wants {SESSION_SECRET_LENGTH} at least."
        )
    if name == "keyring_passphrase" and len(value) < SHORTEST_PASSPHRASE:
        found.append(f"It is too short: give {SHORTEST_PASSPHRASE} characters at least.")
    if name == "vrrp_password":
        if len(value) > VRRP_LENGTH:
            found.append(f"keepalived cuts it after {VRRP_LENGTH} characters: give no more.")
        if not (value.isascii() and value.isalnum()):
            found.append("It may hold letters and digits only: keepalived has no quoting for it.")
    # Where RFC 4013 prohibits a password, all take its bytes as they are.
    if name in _BY_DRIVER and not found and saslprep(value) not in {None, value}:
        found.append(
            "It holds characters that PostgreSQL rewrites before it compares (RFC 4013), such as"
            " ligatures, full-width letters or combining accents; not every driver does the same."
        )
    return tuple(found)


def _predictable(before: str, char: str) -> bool:
    """Return whether a character follows from the one before: repeated, in order, next on a row."""
    if abs(ord(char) - ord(before)) <= 1:
        return True
    pair = (before + char).lower()
    return any(pair in row or pair[::-1] in row for row in _ROWS)


def _pool(value: str) -> int:
    """Return the size of the alphabet that the characters seem to be drawn from."""
    sizes = {
        "lower": (26, lambda char: char.isascii() and char.islower()),
        "upper": (26, lambda char: char.isascii() and char.isupper()),
        "digit": (10, lambda char: char.isascii() and char.isdigit()),
        "sign": (33, lambda char: char.isascii() and not char.isalnum()),
        "other": (100, lambda char: not char.isascii()),
    }
    return sum(size for size, test in sizes.values() if any(map(test, value)))


def strength(value: str) -> Strength:
    """Return an estimate: it counts characters and sees through repetition, not through words.

    A character that follows from the one before counts a quarter, one that occurred already half.
    """
    weight = 0.0
    seen: set[str] = set()
    for place, char in enumerate(value):
        if place and _predictable(value[place - 1], char):
            weight += 0.25
        else:
            weight += 0.5 if char in seen else 1.0
        seen.add(char)
    # Someone who guesses tries few different characters first.
    weight = min(weight, 3.0 * len(seen))
    bits = weight * math.log2(_pool(value)) if value else 0.0
    word = "weak" if bits < _WEAK else "fair" if bits < _FAIR else "strong"
    return Strength(round(bits, 1), word)
