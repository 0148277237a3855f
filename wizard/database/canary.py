"""The canary: a row that is written on the primary and looked for on a standby."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.database.names import OWN_SCHEMA
from wizard.database.object import DatabaseChange

if TYPE_CHECKING:
    import psycopg

    from wizard.vault.secret import Secrets

_TABLE = f"{OWN_SCHEMA}.canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryTable:
    """The table of one row that the canary is written to, in the database postgres."""

    @property
    def key(self) -> str:
        """`table NAME`."""
        return f"table {_TABLE}"

    def look(self, connection: psycopg.Connection[Any]) -> bool:
        """Return whether it is there."""
        return connection.execute("SELECT to_regclass(%s) IS NOT NULL", (_TABLE,)).fetchone() == (
            True,
        )

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Return what creates it."""
        if seen is True:
            return None
        return DatabaseChange(
            resource=self.key,
            summary=f"create table {_TABLE}, through which replication is proven",
            apply=_create,
            after="id, token, written",
        )


def _create(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        connection.execute("CREATE SCHEMA IF NOT EXISTS minusnow_setup")
        connection.execute("REVOKE ALL ON SCHEMA minusnow_setup FROM PUBLIC")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS minusnow_setup.canary (id int PRIMARY KEY CHECK (id = 1),"
            " token text NOT NULL, written timestamptz NOT NULL DEFAULT now())"
        )


def write(primary: psycopg.Connection[Any], token: str) -> str:
    """Write the token and return the log position after it, as text."""
    primary.execute(
        "INSERT INTO minusnow_setup.canary (id, token) VALUES (1, %s)"
        " ON CONFLICT (id) DO UPDATE SET token = excluded.token, written = now()",
        (token,),
    )
    row = primary.execute("SELECT pg_current_wal_lsn()::text").fetchone()
    return str(row[0]) if row else ""


def read(standby: psycopg.Connection[Any], lsn: str) -> tuple[str, bool]:
    """Return the token that stands there, and whether the log position was replayed."""
    from psycopg.errors import UndefinedTable  # noqa: PLC0415 - dear to import, needed only here

    try:
        row = standby.execute(
            "SELECT (SELECT token FROM minusnow_setup.canary WHERE id = 1),"
            " coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false)",
            (lsn,),
        ).fetchone()
    except UndefinedTable:
        return "", False  # its creation has not arrived yet
    return (str(row[0] or ""), bool(row[1])) if row else ("", False)
