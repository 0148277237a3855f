"""Standby: base backup, the same settings as the primary, streaming through its slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.database.streaming import Streaming
from wizard.resources.unit import stamp
from wizard.steps.postgres_base_backup import BaseBackup
from wizard.steps.postgres_files import server_files
from wizard.steps.postgres_layout import layout
from wizard.steps.postgres_refusals import refuse
from wizard.steps.postgres_server import PostgresServer
from wizard.steps.task import Phase, Task, task_id

if TYPE_CHECKING:
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

# A standby answers only once it has replayed what the backup needs to be consistent.
CATCHES_UP_WITHIN = 1800  # seconds


def tasks(situation: Situation) -> tuple[Task, ...]:
    """Return two tasks a standby: `standby` sets it up, `streaming` proves that it follows.

    Raises: RefusedOnHost if the facts show data that this would endanger.
    """
    refuse(situation)
    return tuple(task for host in situation.site.standbys for task in _of(situation, host))


def _of(situation: Situation, host: Host) -> tuple[Task, Task]:
    site = situation.site
    place = layout(situation, host)
    files = server_files(situation, place, site.primary)
    server = Task(
        phase=Phase.STANDBY,
        step="standby",
        host=host.name,
        title=f"PostgreSQL standby of {site.primary.name}",
        resources=(
            *files.identity,
            BaseBackup(place=place, primary=site.primary),
            *files.directories,
            *files.configuration,
            PostgresServer(
                place=place,
                stamp=stamp(files.read_by_server),
                ready_within=CATCHES_UP_WITHIN,
            ),
        ),
        after=frozenset({task_id("packages", host.name), task_id("roles", site.primary.name)}),
    )
    streaming = Task(
        phase=Phase.STANDBY,
        step="streaming",
        host=host.name,
        title=f"replication from {site.primary.name}",
        database=(Streaming(standby=host.name, slot=place.slot, tls=site.database.tls),),
        after=frozenset({server.id}),
    )
    return (server, streaming)
