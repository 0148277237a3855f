"""The standby's tasks and their order."""

from __future__ import annotations

from tests.steps.postgres_situation import RHEL, situation
from wizard.steps.primary import tasks as primary_tasks
from wizard.steps.standby import tasks


def test_the_standby_comes_after_the_primarys_slot() -> None:
    """Packages and roles first; then data, files, server; then proof."""
    server, streaming = tasks(situation())
    assert (server.id, streaming.id) == ("standby@db2", "streaming@db2")
    assert server.after == {"packages@db2", "roles@db1"}
    assert streaming.after == {"standby@db2"}
    keys = [item.key for item in server.resources]
    order = [
        keys.index(key)
        for key in (
            "file /var/lib/postgresql/minusnow-replication.pgpass",
            "base backup of db1",
            "file /etc/postgresql/15/main/conf.d/minusnow-standby.conf",
            "server postgresql@15-main",
        )
    ]
    assert order == sorted(order)


def test_secrets_are_those_of_the_host() -> None:
    """Each server has its own key; both know the replication password, nobody a clear other one."""
    for os in (None, RHEL):
        found = situation() if os is None else situation(os=os)
        names = {
            task.host: {
                name
                for item in task.resources
                if hasattr(item, "content")
                for name in item.content.names()
            }
            for task in (primary_tasks(found)[0], tasks(found)[0])
        }
        common = {"ca_certificate", "replication_password"}
        assert names == {
            host: common | {f"tls_key_{host}", f"tls_certificate_{host}"} for host in ("db1", "db2")
        }
