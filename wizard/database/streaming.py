"""A standby that receives the primary's write-ahead log through its slot."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.database.object import DatabaseChange
from wizard.errors import RefusedOnHost, StepFailed

if TYPE_CHECKING:
    import psycopg

    from wizard.vault.secret import Secrets

# A standby that has just started asks again every 5 s (wal_retrieve_retry_interval).
STREAMS_WITHIN = 90.0  # seconds

_LOOK = """
SELECT pg_is_in_recovery(), coalesce(status, 'none'), coalesce(slot_name, ''),
       coalesce(conninfo, '')
FROM (SELECT) AS one LEFT JOIN pg_stat_wal_receiver ON true"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamingSeen:
    """What a standby says of its receiver."""

    in_recovery: bool
    status: str  # "streaming", "none" without a receiver
    slot: str
    verified: bool  # the primary's certificate is checked, which needs TLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """Looked at on the standby: it streams through its slot, over TLS if the site has it.

    A receiver that streams also proves that both servers are of one system: PostgreSQL refuses
    a primary with another system identifier.
    """

    standby: str
    slot: str
    tls: bool = True
    within: float = STREAMS_WITHIN  # seconds

    @property
    def key(self) -> str:
        """`streaming to NAME`."""
        return f"streaming to {self.standby}"

    def look(self, connection: psycopg.Connection[Any]) -> StreamingSeen:
        """Return what the standby says of its receiver."""
        row = connection.execute(_LOOK).fetchone()
        recovery, status, slot, conninfo = row or (False, "none", "", "")
        return StreamingSeen(
            in_recovery=recovery,
            status=status,
            slot=slot,
            verified="sslmode=verify-full" in conninfo,
        )

    def right(self, seen: StreamingSeen) -> bool:
        """Tell whether it streams as wanted."""
        return (
            seen.in_recovery
            and seen.status == "streaming"
            and seen.slot == self.slot
            and seen.verified >= self.tls
        )

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Return the wait for it; RefusedOnHost if the server is no standby."""
        if isinstance(seen, StreamingSeen):
            if not seen.in_recovery:
                raise RefusedOnHost(
                    f"{self.standby} accepts writes: it is no standby",
                    remedy="If it was promoted on purpose, name it as database.primary in the site"
                    " file; otherwise two servers have written, and a person must decide whose"
                    " data counts.",
                )
            if self.right(seen):
                return None
        return DatabaseChange(
            resource=self.key,
            summary=f"wait until {self.standby} streams from the primary through {self.slot}",
            apply=self._wait,
            waiting_for=f"{self.standby} to receive the write-ahead log",
            before=repr(seen) if isinstance(seen, StreamingSeen) else "",
            after=f"streaming through {self.slot}{' over TLS' if self.tls else ''}",
        )

    def _wait(self, connection: psycopg.Connection[Any]) -> None:
        end = time.monotonic() + self.within
        while not self.right(seen := self.look(connection)):
            if time.monotonic() > end:
                raise StepFailed(
                    f"{self.standby} does not stream within {self.within:.0f} s:"
                    f" receiver {seen.status}, slot {seen.slot or 'none'}",
                    remedy="Its server log says why. If it was away for longer than the primary"
                    " keeps its log, stop it, move its data directory away and run again: a new"
                    " base backup is taken.",
                    host=self.standby,
                )
            time.sleep(0.2)
