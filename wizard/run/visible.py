"""Text from hosts made safe to show: nothing in it can move the cursor or hide something."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 4096  # characters of a line that are worth showing

_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x1b\\|\x07|$)"  # OSC, DCS, SOS, PM, APC with their texts
    r"|\x1b[ -/]*[0-~]"  # other escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI as one C1 character
)
# Direction overrides could make a command read differently from what it is.
_UNSEEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def visible(text: str) -> str:
    """Return one line as a terminal would leave it, without its power over the terminal.

    Escape sequences are dropped, other control characters are spelt out, of a progress line that
    overwrites itself the last state is kept, and a very long line is cut.
    """
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return text
    last = text.rstrip("\r\n").rpartition("\r")[2]
    cut = len(last) > LONGEST
    shown = _SEQUENCE.sub("", last[:LONGEST]).expandtabs(8)
    shown = _UNSEEN.sub(lambda found: f"\\x{ord(found[0]):02x}", shown)
    return f"{shown} … ({len(last)} characters)" if cut else shown


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
