"""What hosts write, cut to what is worth keeping: no single line fills memory, disk or screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.run.events import OutputLine, TaskFailed
from wizard.run.visible import cut

if TYPE_CHECKING:
    from wizard.run.events import Event

LONGEST = 64 << 10  # characters of a line that are kept


def shortened(event: Event) -> Event:
    """Return the event with every very long line cut, and its length told.

    It has to be masked before: of half a secret no mask would know.
    """
    if isinstance(event, OutputLine) and len(event.text) > LONGEST:
        return replace(event, text=_short(event.text))
    if isinstance(event, TaskFailed) and any(len(line) > LONGEST for line in event.lines):
        return replace(event, lines=tuple(_short(line) for line in event.lines))
    return event


def _short(line: str) -> str:
    """Return a line as it is if it is short; else of one that overwrites itself its last state."""
    if len(line) <= LONGEST:
        return line
    return cut(line.rstrip("\r\n").rpartition("\r")[2], LONGEST)


def weight(event: Event) -> int:
    """Return about how many characters the event keeps in memory."""
    return len(event.text) + _FRAME if isinstance(event, OutputLine) else _FRAME


_FRAME = 300  # of everything else in it
