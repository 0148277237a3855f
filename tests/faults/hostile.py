"""What a hostile, or just broken, host writes: everything that a terminal might obey."""

from __future__ import annotations

SHOWN = "as-text"  # stands in every line: whether the line was shown at all
LINES = (
    "\x1b]52;c;UFdORUQ=\x07\x1b]0;a title\x07\x1b[31;5mas-text 1\x1b[0m\x1b[2J\x1b[H\x1b[?1049l",
    "as-text 2 \x9b31m \x9d52;c;UFdORUQ=\x9c \x90q\x9c \x85",
    "as-text 3 \u202efdp.exe \u2066x\u2069 \u061c \u200b \u00ad \U000e0061 \ufeff",
    "install evil\ras-text 4",
    "as-text 5 \x00 a\b\b\b\x7f \x0e \x0f \x05 \f \v",
    "as-text 6 <script>alert(1)</script> ![x](http://e/) | a | **b** `c` [l](javascript:1) </pre>",
    "````",
    "# as-text 7",
    "\x1bPq dcs\x1b\\\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\\x1bc\x1b(0as-text 8\x1b(B",
    "as-text 9 \u2028 \u2029 [bold red]markup[/] [@click=app.quit]x[/] $(id) \\x1b[2J",
    "as-text 10 \ufffd",
)
LONG = 10 << 20  # characters on one line


def as_bytes() -> bytes:
    """Return the lines as they come over the wire, some bytes of them no UTF-8."""
    text = "\n".join(LINES).encode()
    return text + b"\nas-text 11 \xff\xfe\xed\xa0\x80 \x9b31m\x9d0;x\x9c\n"


def unprintable(text: str) -> set[str]:
    """Return what in a text a terminal would obey, or would not show."""
    return {char for char in text if not char.isprintable() and char != "\n"}
