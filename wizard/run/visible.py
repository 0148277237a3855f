"""Text from hosts made safe to show: nothing in it can move the cursor or hide something."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 4096  # characters of a line that are worth showing

_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x1b\\|\x07|$)"  # OSC, DCS, SOS, PM, APC with their texts
    r"|\x1b[ -/]*[0-~]"  # other escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI as one C1 character
)
_CUT = re.compile(r" … \((\d+) characters\)$")
_CUT_WORDS = 40  # characters in which it stands
_LAST_BYTE = 0xFF


def spelt(text: str) -> str:
    """Return one line with everything that a terminal would obey, or not show, spelt out.

    What a file holds is shown like this: a control character, or one that changes the direction of
    reading, could make it look like another text. A very long line is cut.
    """
    return cut(text, LONGEST, _spelt)


def _spelt(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _code(char) for char in text.expandtabs(8))


def cut(text: str, length: int, shown: Callable[[str], str] = str) -> str:
    """Return the text, or its beginning and how long it was, also of one that was cut before."""
    if len(text) <= length:
        return shown(text)
    before = _CUT.search(text[-_CUT_WORDS:])
    total = before[1] if before else len(text)
    return f"{shown(text[:length])} … ({total} characters)"


def spelt_lines(text: str) -> str:
    """Return a text of several lines with each of them spelt out."""
    return "\n".join(spelt(line) for line in text.split("\n"))


def _code(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) <= _LAST_BYTE else f"\\u{ord(char):04x}"


def visible(text: str) -> str:
    """Return one line as a terminal would leave it, without its power over the terminal.

    Escape sequences are dropped, other control characters are spelt out, of a progress line that
    overwrites itself the last state is kept, and a very long line is cut.
    """
    if len(text) <= LONGEST and text.isprintable():
        return text
    last = text.rstrip("\r\n").rpartition("\r")[2]
    return cut(last, LONGEST, lambda line: _spelt(_SEQUENCE.sub("", line)))


def cells(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def fit(text: str, width: int) -> str:
    """Return the text cut to the width, with a sign where something is missing."""
    if cells(text) <= width:
        return text
    taken, used = [], 1
    for char in text:
        used += _width(char)
        if used > width:
            break
        taken.append(char)
    return "".join(taken) + "…"


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
