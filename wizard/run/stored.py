"""Events as they stand in a state file, back as the values that screens and consoles know."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wizard.run import events as e
from wizard.run.canonical import said_in
from wizard.run.earlier import EarlierSteps
from wizard.run.edited import EditedReplaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.run.chain import Link
    from wizard.run.state_records import LineRecord

_CLASSES: tuple[type[e.Event], ...] = (*e.Event.__subclasses__(), EarlierSteps, EditedReplaced)
_KINDS = {kind.kind: kind for kind in _CLASSES}
# What a field of an annotation may hold; others are texts.
_PYTHON: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "bool": bool,
    "int | None": (int, type(None)),
    "tuple[str, ...]": tuple,
    "Mapping[str, int]": dict,
    "Mapping[str, object]": dict,
}


def event_of(link: Link) -> e.Event:
    """Return the event; only when and where it was, where the rest cannot be read.

    That is so for a kind that this version does not know, and for one that was tampered with.
    """
    kind = _KINDS.get(link.kind, e.Event)
    names = {field.name for field in dataclasses.fields(kind)} - {"time", "host", "task"}
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in said_in(link.body).items()
        if name in names
    }
    place: dict[str, Any] = {"time": _time(link.time), "host": link.host, "task": link.task}
    try:
        if kind is e.TaskIntended:
            said["changes"] = tuple(_change(change) for change in said["changes"])
        event = kind(**place, **said)
    except (TypeError, KeyError):
        return e.Event(**place)
    return event if _as_declared(event) else e.Event(**place)


def _change(said: dict[str, Any]) -> e.IntendedChange:
    change = e.IntendedChange(**said)
    if not _as_declared(change):
        raise TypeError("not the fields of a change")
    return change


def _as_declared(value: Any) -> bool:  # noqa: ANN401 - any dataclass
    """Return whether every field holds what its annotation says."""
    for field in dataclasses.fields(value):
        held = getattr(value, field.name)
        if field.name in {"time", "changes"} and not isinstance(held, int | str):
            continue
        if not isinstance(held, _PYTHON.get(str(field.type), str)):
            return False
        if isinstance(held, tuple) and not all(isinstance(item, str) for item in held):
            return False
    return True


def _time(text: str) -> datetime:
    """Return the time; the beginning of time where it cannot be read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def line_of(record: LineRecord) -> e.OutputLine:
    """Return the line of output."""
    return e.OutputLine(
        time=_time(record.time),
        host=record.host,
        task=record.task,
        stream="err" if record.stream == "err" else "out",
        text=record.text,
        resource=record.resource,
    )


def plan_of(text: str) -> dict[str, object]:
    """Return a plan as `Plan.to_json` made it, {} where somebody has put something else there."""
    plan = said_in(text)
    return plan if _list_of(plan.get("tasks"), _is_task) else {}


def _is_task(value: dict[str, Any]) -> bool:
    texts = ("phase", "host", "step", "title")
    return (
        isinstance(value.get("task"), str)
        and all(isinstance(value.get(name, ""), str) for name in texts)
        and _list_of(value.get("changes", []), _is_change)
        and _list_of(value.get("problems", []), lambda _problem: True)
    )


def _is_change(value: dict[str, Any]) -> bool:
    return (
        isinstance(value.get("summary"), str)
        and all(isinstance(value.get(name, ""), str) for name in ("resource", "diff"))
    ) and _list_of(value.get("uploads", []), lambda one: isinstance(one.get("size", 0), int))


def _list_of(value: object, is_one: Callable[[dict[str, Any]], bool]) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and is_one(one) for one in value)
