"""Which accounts a host has, from /etc/passwd."""

from __future__ import annotations

import re

SCRIPT = "show /etc/passwd"

_LINE = re.compile(r"([^:\s]+):[^:]*:([0-9]{1,10}):([0-9]{1,10}):", re.ASCII)


def parse(text: str) -> dict[str, tuple[int, int]]:
    """Return the user and group number of each account."""
    found = (_LINE.match(line) for line in text.splitlines())
    return {match[1]: (int(match[2]), int(match[3])) for match in found if match}
