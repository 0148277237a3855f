"""Does the standby follow its primary: through its slot, over TLS, and how far behind is it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import Question

if TYPE_CHECKING:
    from wizard.checks.check import Finding
    from wizard.database.replication import Replication

DELAY_ACCEPTED = 60.0  # seconds

_ROLES = Question("replication-roles", "Is each server what the site file says?")
_SYSTEM = Question("replication-system", "Do both servers hold the same system?")
_STREAM = Question("replication-stream", "Does the standby stream through its slot?", "streaming")
_TLS = Question("replication-tls", "Is replication encrypted?", "TLS")
_SYNC = Question("replication-sync", "Do commits wait for the standby as the site says?")
_CANARY = Question("replication-canary", "Does a row written on the primary arrive?", "arrives")
_DELAY = Question(
    "replication-delay", "How far is the standby behind?", f"at most {DELAY_ACCEPTED:.0f} s"
)


def judge(seen: Replication, *, tls: bool, synchronous: bool) -> tuple[Finding, ...]:
    """Return the findings about one standby; `tls` and `synchronous` are what the site wants."""
    return (
        _roles(seen),
        _system(seen),
        _stream(seen),
        _encryption(seen, tls=tls),
        _sync(seen, synchronous=synchronous),
        _canary(seen),
        _delay(seen),
    )


def _roles(seen: Replication) -> Finding:
    if seen.standby_in_recovery and not seen.primary_in_recovery:
        return _ROLES.ok(seen.standby, "primary accepts writes, standby follows")
    wrong = "the primary is in recovery" if seen.primary_in_recovery else "both accept writes"
    return _ROLES.failed(
        seen.standby,
        wrong,
        "Name the server that accepts writes as database.primary in the site file.",
        wanted="one primary, the others in recovery",
    )


def _system(seen: Replication) -> Finding:
    primary, standby = seen.identifiers
    if primary and primary == standby:
        return _SYSTEM.ok(seen.standby, f"system identifier {primary} on both")
    return _SYSTEM.failed(
        seen.standby,
        f"system identifier {primary or 'unknown'} on the primary, {standby or 'unknown'} here",
        "This server holds other data: find out whose it is before the standby is built anew.",
        wanted="the same system identifier",
    )


def _stream(seen: Replication) -> Finding:
    if seen.state == "streaming" and seen.slot_active:
        return _STREAM.ok(seen.standby, f"streaming, slot active, its log {seen.slot_log}")
    slot = "active" if seen.slot_active else "not in use"
    remedy = "See the standby's server log; start PostgreSQL there if it is down."
    if seen.slot_log == "lost":
        remedy = (
            "It was away for longer than the primary keeps its log: stop it, move its data"
            " directory away and apply the site again."
        )
    return _STREAM.failed(
        seen.standby, f"{seen.state or 'no connection'}, slot {slot} ({seen.slot_log})", remedy
    )


def _encryption(seen: Replication, *, tls: bool) -> Finding:
    if not tls:
        return _TLS.skipped(seen.standby, "the site does without TLS to the database")
    if seen.encrypted:
        return _TLS.ok(seen.standby, seen.protocol)
    if seen.state is None:
        return _TLS.skipped(seen.standby, "there is no connection")
    return _TLS.failed(seen.standby, "not encrypted", "Apply the site again.")


def _sync(seen: Replication, *, synchronous: bool) -> Finding:
    if seen.state is None:
        return _SYNC.skipped(seen.standby, "there is no connection")
    waits = seen.sync_state in {"sync", "quorum"}
    shown = "commits wait for it" if waits else "commits do not wait for it"
    if waits == synchronous:
        return _SYNC.ok(seen.standby, f"{shown} ({seen.sync_state})")
    return _SYNC.failed(
        seen.standby,
        f"{shown} ({seen.sync_state})",
        "Apply the site again.",
        wanted="sync" if synchronous else "async",
    )


def _canary(seen: Replication) -> Finding:
    if seen.canary_arrived:
        return _CANARY.ok(seen.standby, f"arrived and replayed after {seen.canary_seconds:.2f} s")
    return _CANARY.failed(
        seen.standby,
        f"not there after {seen.canary_seconds:.0f} s",
        "See whether the standby streams, and whether a long query holds replay up there.",
    )


def _delay(seen: Replication) -> Finding:
    behind = "" if seen.bytes_behind is None else f", {seen.bytes_behind} bytes"
    if seen.delayed is None:
        return _DELAY.failed(
            seen.standby,
            f"nothing arrives: receiver {seen.receiver}{behind}",
            "Start the receiver: see the standby's server log for what it is refused.",
        )
    if seen.delayed <= DELAY_ACCEPTED:
        return _DELAY.ok(seen.standby, f"{seen.delayed:.1f} s{behind}")
    return _DELAY.warning(
        seen.standby,
        f"{seen.delayed:.1f} s{behind}",
        "See what the standby waits for: its disk, or a long query there.",
    )
