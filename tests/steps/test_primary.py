"""The primary's tasks and their order."""

from __future__ import annotations

from tests.steps.postgres_situation import reference_site, situation
from wizard.database.role import Role
from wizard.database.synchronous import SynchronousStandbys
from wizard.steps.primary import database_objects, ready_after, tasks


def test_the_server_comes_before_what_is_in_it() -> None:
    """Packages, server, roles."""
    server, inside = tasks(situation())
    assert (server.id, inside.id) == ("postgres@db1", "roles@db1")
    assert server.after == {"packages@db1"}
    assert inside.after == {"postgres@db1"}
    keys = [item.key for item in server.resources]
    assert len(set(keys)) == len(keys)
    order = [
        keys.index(key)
        for key in (
            "file /etc/minusnow/postgresql/server.key",
            "cluster 15/main",
            "directory /etc/postgresql/15/main/conf.d",
            "file /etc/postgresql/15/main/conf.d/minusnow.conf",
            "server postgresql@15-main",
            "role minusnow_setup",
        )
    ]
    assert order == sorted(order)


def test_what_is_in_the_server() -> None:
    """Roles, database, rights, canary and a slot for the standby."""
    keys = [item.key for item in database_objects(reference_site())]
    assert keys == [
        "synchronous standbys",
        "role minusnow",
        "role replicator",
        "role minusnow_backup",
        "role minusnow_monitoring",
        "database minusnow_db",
        "privileges on minusnow_db",
        "table minusnow_setup.canary",
        "replication slot minusnow_db2",
        "forgotten replication slots",
    ]
    roles = [item for item in database_objects(reference_site()) if isinstance(item, Role)]
    assert not any(role.superuser for role in roles)


def test_commits_wait_only_once_the_standby_streams() -> None:
    """With sync, waiting is turned on last; with async it is turned off first."""
    sync = reference_site(replication="sync")
    *_, last = tasks(situation(sync))
    assert last.id == "synchronous@db1"
    assert last.after == {"streaming@db2"}
    assert last.database == (SynchronousStandbys(standbys=("db2",)),)
    assert not any(isinstance(item, SynchronousStandbys) for item in database_objects(sync))
    assert database_objects(reference_site())[0] == SynchronousStandbys()


def test_the_application_waits_for_all_of_it() -> None:
    """The database may be used once it is replicated as the site says."""
    assert ready_after(reference_site()) == {"roles@db1", "streaming@db2"}
    assert "synchronous@db1" in ready_after(reference_site(replication="sync"))
