"""What primary and standby say of each other, measured with a canary on its way."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.database import canary

if TYPE_CHECKING:
    import psycopg

ARRIVES_WITHIN = 20.0  # seconds

_SENDER = """
SELECT r.state, r.sync_state, coalesce(s.ssl, false), coalesce(s.version, ''),
       coalesce(l.active, false), coalesce(l.wal_status, 'none'),
       CASE WHEN NOT pg_is_in_recovery()
            THEN pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::int8 END
FROM (SELECT) AS one
LEFT JOIN pg_stat_replication r ON r.application_name = %(name)s
LEFT JOIN pg_stat_ssl s ON s.pid = r.pid
LEFT JOIN pg_replication_slots l ON l.slot_name = %(slot)s
ORDER BY (r.state = 'streaming') DESC NULLS LAST LIMIT 1"""

_RECEIVER = """
SELECT pg_is_in_recovery(), coalesce((SELECT status FROM pg_stat_wal_receiver LIMIT 1), 'none'),
       coalesce(pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn(), false),
       extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """One standby seen from both ends."""

    standby: str
    primary_in_recovery: bool
    standby_in_recovery: bool
    identifiers: tuple[str, str]  # of the primary, of the standby
    state: str | None  # of the sender: "streaming"; None without one
    sync_state: str | None  # async, sync, quorum, potential
    encrypted: bool
    protocol: str  # "TLSv1.3"
    slot_active: bool
    slot_log: str  # reserved, extended, unreserved, lost, none
    receiver: str  # "streaming", "none"
    # Seconds that replay is behind: what the canary took, or, if it did not arrive, the age of the
    # last replayed transaction (0 when all that was received is replayed).
    lag: float
    bytes_behind: int | None
    canary_arrived: bool
    canary_seconds: float

    @property
    def delayed(self) -> float | None:
        """Seconds that the standby is behind, None while nothing arrives (receiver down).

        The age of the last replayed transaction alone grows on a primary that has nothing to do.
        """
        return self.lag if self.receiver == "streaming" else None


def measure(
    primary: psycopg.Connection[Any],
    standby: psycopg.Connection[Any],
    *,
    name: str,
    slot: str,
    within: float = ARRIVES_WITHIN,
) -> Replication:
    """Return what both ends say of the standby `name`, after sending a canary row through.

    Both connections lead to the database postgres, as a superuser; `within` is in seconds.
    """
    primary_down = _in_recovery(primary)
    begin = time.monotonic()
    arrived = not primary_down and _canary(primary, standby, begin + within)
    seconds = time.monotonic() - begin
    receiver = standby.execute(_RECEIVER).fetchone() or (False, "none", False, None)
    sender = primary.execute(_SENDER, {"name": name, "slot": slot}).fetchone() or (None,) * 7
    age = 0.0 if receiver[2] else float(receiver[3] or 0.0)
    return Replication(
        standby=name,
        primary_in_recovery=primary_down,
        standby_in_recovery=receiver[0],
        identifiers=(_identifier(primary), _identifier(standby)),
        state=sender[0],
        sync_state=sender[1],
        encrypted=bool(sender[2]),
        protocol=sender[3] or "",
        slot_active=bool(sender[4]),
        slot_log=sender[5] or "none",
        receiver=receiver[1],
        lag=round(seconds, 3) if arrived else age,
        bytes_behind=sender[6],
        canary_arrived=arrived,
        canary_seconds=round(seconds, 3),
    )


def _canary(primary: psycopg.Connection[Any], standby: psycopg.Connection[Any], end: float) -> bool:
    token = secrets.token_hex(8)
    lsn = canary.write(primary, token)
    while canary.read(standby, lsn) != (token, True):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _in_recovery(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)


def _identifier(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
    return str(row[0]) if row else ""
