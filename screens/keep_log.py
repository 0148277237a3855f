"""The whole log of a state file as a text file; nothing of it is left out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wizard.errors import StateError
from wizard.run.report import Story, all_events
from wizard.run.state import StateFile
from wizard.run.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wizard.run.state_records import LineRecord, StateRecords


def write_log(state: Path, target: Path) -> int:
    """Write every event and every line of output, in order; return how many lines.

    Raises: StateError if the state cannot be read or the file cannot be written; a file that is
    there already is left as it is.
    """
    opened = StateFile.open_read_only(state)
    try:
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        count = 0
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            for line in log_lines(opened.records):
                file.write(line + "\n")
                count += 1
    except OSError as error:
        raise StateError(
            f"{target} cannot be written: {error.strerror}", remedy="Name another file."
        ) from None
    else:
        return count
    finally:
        opened.close()


def log_lines(records: StateRecords) -> Iterator[str]:
    """Return events in words, each followed by the output that came after it."""
    output = _output(records)
    line = next(output, None)
    for each in Story(records.runs(), records.plan()).told(all_events(records)):
        while line and line.seq < each.link.seq:
            yield f"{line.time} {line.host} | {visible(line.text)}"
            line = next(output, None)
        for words in each.words.split("\n"):
            yield f"{each.link.time} {each.event.host or '-'} {each.sign} {words}"
    while line:
        yield f"{line.time} {line.host} | {visible(line.text)}"
        line = next(output, None)


def _output(records: StateRecords) -> Iterator[LineRecord]:
    after = 0
    while page := records.output(after):
        yield from page
        after = page[-1].id
