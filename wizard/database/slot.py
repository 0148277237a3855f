"""Physical replication slots: the primary keeps what its standbys have not fetched yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.database.names import SLOT_PREFIX
from wizard.database.object import DatabaseChange
from wizard.errors import RefusedOnHost

if TYPE_CHECKING:
    import psycopg

    from wizard.vault.secret import Secrets

_PHYSICAL = "physical, log reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationSlot:
    """The slot of one standby, holding write-ahead log from the moment it is made."""

    name: str
    standby: str

    @property
    def key(self) -> str:
        """`replication slot NAME`."""
        return f"replication slot {self.name}"

    def look(self, connection: psycopg.Connection[Any]) -> tuple[str, str, bool] | None:
        """Return its type, the state of its log and whether it is in use, None if not there."""
        return connection.execute(
            "SELECT slot_type, coalesce(wal_status, 'none'), active FROM pg_replication_slots"
            " WHERE slot_name = %s",
            (self.name,),
        ).fetchone()

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Return what makes it; a slot that has lost its log is made anew."""
        if not isinstance(seen, tuple):
            return DatabaseChange(
                resource=self.key,
                summary=f"create replication slot {self.name} for {self.standby}",
                apply=self._create,
                after=_PHYSICAL,
            )
        kind, wal, active = seen
        if kind != "physical":
            raise RefusedOnHost(
                f"the replication slot {self.name} exists and is {kind}, not physical",
                remedy="Find out what uses it and drop it if nothing does.",
            )
        if wal != "lost" or active:
            return None
        return DatabaseChange(
            resource=self.key,
            summary=f"make replication slot {self.name} anew: {self.standby} was away for longer"
            " than the write-ahead log was kept",
            apply=self._renew,
            before=f"{kind}, log {wal}",
            after=_PHYSICAL,
        )

    def _create(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", (self.name,))

    def _renew(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute("SELECT pg_drop_replication_slot(%s)", (self.name,))
        self._create(connection)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoForgottenSlots:
    """No slot of this installer is left of a standby that the site no longer has.

    Nobody would fetch what it keeps.
    """

    wanted: tuple[str, ...]

    @property
    def key(self) -> str:
        """`forgotten replication slots`."""
        return "forgotten replication slots"

    def look(self, connection: psycopg.Connection[Any]) -> tuple[str, ...]:
        """Return the names of slots of ours that are neither wanted nor in use."""
        rows = connection.execute(
            "SELECT slot_name::text FROM pg_replication_slots WHERE slot_type = 'physical'"
            " AND NOT active AND starts_with(slot_name, %s) AND slot_name <> ALL(%s) ORDER BY 1",
            (SLOT_PREFIX, list(self.wanted)),
        ).fetchall()
        return tuple(row[0] for row in rows)

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Return what drops them."""
        if not isinstance(seen, tuple) or not seen:
            return None
        return DatabaseChange(
            resource=self.key,
            summary=f"drop replication slot {', '.join(seen)}: no standby of the site uses it",
            apply=self._drop,
            before=", ".join(seen),
        )

    def _drop(self, connection: psycopg.Connection[Any]) -> None:
        for name in self.look(connection):
            connection.execute("SELECT pg_drop_replication_slot(%s)", (name,))
