"""Proof: does every standby follow the primary? Asked of both ends, with a row on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks import replication
from wizard.checks.check import Finding, Question
from wizard.errors import Cancelled, SetupError
from wizard.site.database import Replication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.checks.proof_ground import Ground
    from wizard.site.topology import Host

REPLICATION = Question(
    "replication", "Does the standby follow its primary?", "both database servers answer"
)
_LOG = "See PostgreSQL's log on both database servers."


def check(ground: Ground) -> Iterator[Finding]:
    """Answer for every standby of the site."""
    for standby in ground.site.standbys:
        yield from _one(ground, standby)


def _one(ground: Ground, standby: Host) -> Iterator[Finding]:
    from wizard.database.names import slot_name  # noqa: PLC0415 - needed only here
    from wizard.database.replication import measure  # noqa: PLC0415 - as above

    site = ground.site
    ends = [ground.transports.get(host.name) for host in (site.primary, standby)]
    if ends[0] is None or ends[1] is None:
        yield REPLICATION.skipped(standby.name, "not both servers are reached")
        return
    try:
        with ground.open_database(ends[0]) as primary, ground.open_database(ends[1]) as follower:
            if primary is None or follower is None:
                silent = site.primary.name if primary is None else standby.name
                yield REPLICATION.failed(
                    standby.name, f"no PostgreSQL answers the installer on {silent}", _LOG
                )
                return
            seen = measure(primary, follower, name=standby.name, slot=slot_name(standby.name))
    except SetupError as error:
        if isinstance(error, Cancelled):
            raise
        yield REPLICATION.failed(standby.name, error.seen, error.remedy or _LOG)
        return
    except Exception as error:
        if not _said_by_postgres(error):
            raise
        words = str(error).strip().partition("\n")[0]
        yield REPLICATION.failed(standby.name, words, _LOG)
        return
    yield from replication.judge(
        seen,
        tls=site.database.tls,
        synchronous=site.database.replication is Replication.SYNC,
    )


def _said_by_postgres(error: Exception) -> bool:
    """Tell whether psycopg raised it; by name, so that psycopg need not be imported."""
    return any(kind.__module__.partition(".")[0] == "psycopg" for kind in type(error).__mro__)
