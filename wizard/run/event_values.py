"""The values in events: how they are written down, and masked."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def utc(time: datetime) -> str:
    """Return the time as it is written everywhere: 2026-01-31T12:00:00.123Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_json(value: object) -> object:
    """Return a field of an event as JSON values."""
    if isinstance(value, datetime):
        return utc(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: as_json(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def masked(value: Any, mask: Callable[[str], str]) -> Any:  # noqa: ANN401 - any field's value
    """Return the same object when nothing in it had to be masked."""
    if isinstance(value, str):
        shown = mask(value)
        return value if shown == value else shown
    if isinstance(value, tuple | list):
        items = [masked(item, mask) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else type(value)(items)
    if isinstance(value, dict):
        return {masked(key, mask): masked(item, mask) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [item.name for item in dataclasses.fields(value)]
        fresh = {name: masked(getattr(value, name), mask) for name in names}
        if all(fresh[name] is getattr(value, name) for name in names):
            return value
        return dataclasses.replace(value, **fresh)
    return value
