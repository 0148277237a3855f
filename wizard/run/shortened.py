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
        return replace(event, text=cut(event.text, LONGEST))
    if isinstance(event, TaskFailed) and any(len(line) > LONGEST for line in event.lines):
        return replace(event, lines=tuple(cut(line, LONGEST) for line in event.lines))
    return event


def weight(event: Event) -> int:
    """Return about how many characters the event keeps in memory."""
    return len(event.text) + _FRAME if isinstance(event, OutputLine) else _FRAME


_FRAME = 300  # of everything else in it
