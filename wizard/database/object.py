"""The contract of an idempotent PostgreSQL object, the database's counterpart of a resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseChange:
    """What one database object would change, to be shown before and run after consent."""

    resource: str  # the object's key
    summary: str  # "create role minusnow (login, SCRAM verifier)"
    apply: Callable[[psycopg.Connection[Any]], None]  # raises psycopg.Error
    diff: str = ""
    waiting_for: str = ""
    # What it is and what it will be, in words with secrets by name, "" where it is not there; their
    # hashes are on record.
    before: str = ""
    after: str = ""


class DatabaseObject(Protocol):
    """Something that should be true of one PostgreSQL server."""

    @property
    def key(self) -> str:
        """Its kind and name: `role minusnow`."""

    def look(self, connection: psycopg.Connection[Any]) -> object:
        """Return what is there; changes nothing."""

    def change(self, seen: object, secrets: Secrets) -> DatabaseChange | None:
        """Return what would have to be done, None if nothing. `seen` is None without a server."""
