"""What is told about each stored secret: a keyring cannot list what it holds, one entry says it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

INDEX = "minusnow-setup index"  # the name of that entry


class Origin(StrEnum):
    """How a secret came into the vault."""

    GENERATED = "generated"
    TYPED = "typed"
    READ = "read from a file"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index says of one secret."""

    created: datetime  # UTC
    origin: Origin
    purpose: str
    given_up: bool = False  # of a next value: the hosts go back to the present one


def read(text: str) -> dict[str, Entry]:
    """Return the entries by name.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is damaged.
    """
    return {
        name: Entry(
            datetime.fromisoformat(entry["created"]),
            Origin(entry["origin"]),
            entry["purpose"],
            entry.get("given_up", False) is True,
        )
        for name, entry in json.loads(text).items()
    }


def written(entries: Mapping[str, Entry]) -> str:
    """Return the entries as they are stored."""
    return json.dumps(
        {
            name: {
                "created": entry.created.astimezone(UTC).isoformat(timespec="seconds"),
                "origin": entry.origin,
                "purpose": entry.purpose,
                **({"given_up": True} if entry.given_up else {}),
            }
            for name, entry in entries.items()
        }
    )
