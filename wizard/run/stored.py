"""Events as they stand in a state file, back as the values that screens and consoles know."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wizard.run import events as e

if TYPE_CHECKING:
    from wizard.run.chain import Link
    from wizard.run.state_records import LineRecord

_KINDS: dict[str, type[e.Event]] = {kind.kind: kind for kind in e.Event.__subclasses__()}


def event_of(link: Link) -> e.Event:
    """Return the event; of a kind that this version does not know, only when and where it was."""
    kind = _KINDS.get(link.kind, e.Event)
    names = {field.name for field in dataclasses.fields(kind)}
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(link.body).items()
        if name in names
    }
    if kind is e.TaskIntended:
        said["changes"] = tuple(e.IntendedChange(**change) for change in said["changes"])
    return kind(time=datetime.fromisoformat(link.time), host=link.host, task=link.task, **said)


def line_of(record: LineRecord) -> e.OutputLine:
    """Return the line of output."""
    return e.OutputLine(
        time=datetime.fromisoformat(record.time),
        host=record.host,
        task=record.task,
        stream="err" if record.stream == "err" else "out",
        text=record.text,
        resource=record.resource,
    )
