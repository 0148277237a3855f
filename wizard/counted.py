"""How many of something, in words."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, whose plural ends in s: 1 warning, 2 warnings."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
