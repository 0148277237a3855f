"""PostgreSQL primary: cluster, files, server, then everything inside it through psycopg."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.database.canary import CanaryTable
from wizard.database.database import Database, Privileges
from wizard.database.names import (
    APP_PASSWORD,
    BACKUP_PASSWORD,
    BACKUP_ROLE,
    MONITORING_PASSWORD,
    MONITORING_ROLE,
    REPLICATION_PASSWORD,
    REPLICATION_ROLE,
    slot_name,
)
from wizard.database.role import Role
from wizard.database.slot import NoForgottenSlots, ReplicationSlot
from wizard.database.synchronous import SynchronousStandbys
from wizard.resources.unit import stamp
from wizard.site.database import Replication
from wizard.steps.postgres_cluster import NewCluster
from wizard.steps.postgres_files import server_files
from wizard.steps.postgres_layout import layout
from wizard.steps.postgres_refusals import refuse
from wizard.steps.postgres_server import PostgresServer
from wizard.steps.postgres_setup_role import SetupRole
from wizard.steps.task import Phase, Task, task_id

if TYPE_CHECKING:
    from wizard.database.object import DatabaseObject
    from wizard.site.model import Site
    from wizard.steps.task import Situation

_READ_ALL_VERSION = 14  # pg_read_all_data came with it


def tasks(situation: Situation) -> tuple[Task, ...]:
    """Return the primary's tasks: `postgres`, `roles` and, with sync replication, `synchronous`.

    Raises: RefusedOnHost if the facts show data that this would endanger.
    """
    refuse(situation)
    site = situation.site
    host = site.primary
    place = layout(situation, host)
    files = server_files(situation, place, None)
    server = Task(
        phase=Phase.PRIMARY,
        step="postgres",
        host=host.name,
        title="PostgreSQL server",
        resources=(
            *files.identity,
            NewCluster(place=place),
            *files.directories,
            *files.configuration,
            PostgresServer(place=place, stamp=stamp(files.read_by_server)),
            SetupRole(place=place),
        ),
        after=frozenset({task_id("packages", host.name)}),
    )
    inside = Task(
        phase=Phase.PRIMARY,
        step="roles",
        host=host.name,
        title="roles, database and replication slots",
        database=database_objects(site),
        after=frozenset({server.id}),
    )
    return (server, inside, *_synchronous(site))


def database_objects(site: Site) -> tuple[DatabaseObject, ...]:
    """Return what is in the primary's server, in the order in which it is made."""
    database, owner = site.database.name, site.database.user
    # Version 13 has no role that reads everything; there the backup reads as the owner.
    reads = "pg_read_all_data" if site.database.version >= _READ_ALL_VERSION else owner
    waits = site.database.replication is Replication.SYNC
    found: list[DatabaseObject] = [
        # First: with a standby away, commits wait for nothing from here on.
        *([] if waits else [SynchronousStandbys()]),
        Role(name=owner, password=APP_PASSWORD),
        Role(name=REPLICATION_ROLE, password=REPLICATION_PASSWORD, replication=True),
        Role(name=BACKUP_ROLE, password=BACKUP_PASSWORD, replication=True, member_of=(reads,)),
        Role(
            name=MONITORING_ROLE,
            password=MONITORING_PASSWORD,
            member_of=("pg_monitor",),
            connection_limit=10,
        ),
        Database(name=database, owner=owner),
        Privileges(database=database, owner=owner, connect=(BACKUP_ROLE, MONITORING_ROLE)),
        CanaryTable(),
    ]
    slots = {slot_name(host.name): host.name for host in site.standbys}
    found += [ReplicationSlot(name=name, standby=standby) for name, standby in slots.items()]
    found.append(NoForgottenSlots(wanted=tuple(slots)))
    return tuple(found)


def _synchronous(site: Site) -> tuple[Task, ...]:
    """Return the task that makes commits wait, once there is somebody to wait for."""
    if site.database.replication is not Replication.SYNC or not site.standbys:
        return ()
    names = tuple(host.name for host in site.standbys)
    return (
        Task(
            phase=Phase.STANDBY,
            step="synchronous",
            host=site.primary.name,
            title="synchronous replication",
            database=(SynchronousStandbys(standbys=names),),
            after=frozenset(task_id("streaming", name) for name in names),
        ),
    )


def ready_after(site: Site) -> frozenset[str]:
    """Return the tasks after which the database may be used: for the application's `after`."""
    found = {task_id("roles", site.primary.name)}
    found |= {task_id("streaming", host.name) for host in site.standbys}
    found |= {task.id for task in _synchronous(site)}
    return frozenset(found)
