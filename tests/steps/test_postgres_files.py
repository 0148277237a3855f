"""The files of a database server, for both families, and what PostgreSQL itself says of them."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.database.servers import prepared, programs
from tests.steps.postgres_situation import DEBIAN, RHEL, reference_site, situation
from wizard.resources.file import File
from wizard.steps.postgres_files import access, server_files, settings
from wizard.steps.postgres_layout import layout
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.facts.host import OperatingSystem


def paths(os: OperatingSystem, host: str) -> dict[str, str]:
    """Return path and access of every file of a server."""
    found = situation(os=os)
    site = found.site
    primary = None if host == site.primary.name else site.primary
    files = server_files(found, layout(found, site.host(host)), primary)
    return {
        item.path: f"{item.mode:o} {item.owner}"
        for item in (*files.identity, *files.configuration)
        if isinstance(item, File)
    }


IDENTITY = {
    "/etc/minusnow/postgresql/ca.crt": "644 root",
    "/etc/minusnow/postgresql/server.crt": "644 postgres",
    "/etc/minusnow/postgresql/server.key": "600 postgres",
}


def test_debian_keeps_configuration_in_etc() -> None:
    """What postgresql-common expects is there, the standby has its own file beside it."""
    config = "/etc/postgresql/15/main"
    expected = IDENTITY | {
        "/var/lib/postgresql/minusnow-replication.pgpass": "600 postgres",
        f"{config}/postgresql.conf": "644 postgres",
        f"{config}/pg_ident.conf": "644 postgres",
        f"{config}/pg_hba.conf": "640 postgres",
        f"{config}/conf.d/minusnow.conf": "644 postgres",
        f"{config}/start.conf": "644 postgres",
        f"{config}/pg_ctl.conf": "644 postgres",
        f"{config}/environment": "644 postgres",
    }
    assert paths(DEBIAN, "db1") == expected
    standby = {f"{config}/conf.d/minusnow-standby.conf": "644 postgres"}
    assert paths(DEBIAN, "db2") == expected | standby


def test_rhel_keeps_configuration_with_the_data() -> None:
    """The names are those of the PostgreSQL project's packages."""
    data = "/var/lib/pgsql/15/data"
    assert paths(RHEL, "db1") == IDENTITY | {
        "/var/lib/pgsql/minusnow-replication.pgpass": "600 postgres",
        f"{data}/postgresql.conf": "644 postgres",
        f"{data}/pg_ident.conf": "644 postgres",
        f"{data}/pg_hba.conf": "640 postgres",
        f"{data}/conf.d/minusnow.conf": "644 postgres",
    }


def test_both_servers_have_the_same_settings() -> None:
    """A standby with fewer connections than its primary would not start."""
    found = situation()
    hosts = ("db1", "db2")
    both = [settings(found, layout(found, found.site.host(host))) for host in hosts]
    assert both[0] == both[1]
    assert "max_connections = 200" in both[0].masked()
    assert "shared_buffers = 4096MB" in both[0].masked()
    assert "max_slot_wal_keep_size = 10240MB" in both[0].masked()


def rules(text: str) -> list[list[str]]:
    """Return the lines of pg_hba.conf as fields."""
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def test_who_may_come_in() -> None:
    """Applications, both servers as standbys, backups, and the installer from the host itself."""
    found = rules(access(situation()).masked())
    scram = "scram-sha-256"
    for address in ("10.0.1.10/32", "10.0.1.11/32"):
        assert ["hostssl", "minusnow_db", "minusnow", address, scram] in found
    for address in ("10.0.2.10/32", "10.0.2.11/32"):
        assert ["hostssl", "replication", "replicator", address, scram] in found
        assert ["hostssl", "minusnow_db", "minusnow_backup", address, scram] in found
    setup = [rule for rule in found if "minusnow_setup" in rule]
    assert setup == [["hostssl", "all", "minusnow_setup", "127.0.0.1/32", scram]]
    assert found[-2:] == [
        ["host", "all", "all", "all", "reject"],
        ["host", "replication", "all", "all", "reject"],
    ]
    assert {rule[-1] for rule in found} == {"peer", scram, "reject"}


def test_names_and_other_addresses_are_named_as_postgresql_wants() -> None:
    """A name stands as it is, an IPv6 address with its length; without TLS `host` says so."""
    site = reference_site(tls=False)
    networking = site.networking.model_copy(
        update={"monitoring_hosts": ("watch.example.com", "fd00::5")}
    )
    text = access(situation(site.model_copy(update={"networking": networking}))).masked()
    found = rules(text)
    method = "scram-sha-256"
    assert ["host", "all", "minusnow_monitoring", "watch.example.com", method] in found
    assert ["host", "all", "minusnow_monitoring", "fd00::5/128", method] in found
    assert "hostssl" not in text


def test_no_password_stands_in_the_standbys_settings() -> None:
    """The connection names a password file; only that holds the password, with : escaped."""
    found = situation()
    place = layout(found, found.site.host("db2"))
    files = server_files(found, place, found.site.primary)
    standby = files.configuration[-1]
    assert not standby.content.names()
    assert (
        "primary_conninfo = 'host=db1 hostaddr=10.0.2.10 port=5432 user=replicator"
        " application_name=db2 passfile=/var/lib/postgresql/minusnow-replication.pgpass"
        " connect_timeout=10 sslmode=verify-full"
        " sslrootcert=/etc/minusnow/postgresql/ca.crt'" in standby.content.masked()
    )
    passfile = files.identity[-1]
    assert isinstance(passfile, File)
    secrets = Secrets({"replication_password": "a:b"})
    assert passfile.content.reveal(secrets) == "db1:5432:replication:replicator:a\\:b\n"
    assert passfile not in files.read_by_server


@pytest.mark.parametrize("os", [DEBIAN, RHEL], ids=["debian", "rhel"])
def test_postgresql_accepts_the_files(tmp_path: Path, os: OperatingSystem) -> None:
    """A real server starts with the rendered settings and finds no error in any line."""
    programs()
    server = prepared(tmp_path / "server")
    server.program("initdb", "-D", server.data, "-U", "postgres", "--locale=C.UTF-8", "--no-sync")
    server.settings("include_dir 'conf.d'")
    found = situation(os=os)
    place = layout(found, found.site.primary)
    conf_d = server.data / "conf.d"
    conf_d.mkdir()
    text = settings(found, place).masked()
    # What this machine cannot give: the site's memory, port, certificates and directories.
    for name, value in {
        "shared_buffers": "16MB",
        "port": str(server.port),
        "ssl_cert_file": f"'{server.folder}/server.crt'",
        "ssl_key_file": f"'{server.folder}/server.key'",
        "listen_addresses": "'127.0.0.1'",
        "logging_collector": "off",
    }.items():
        text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
    (conf_d / "minusnow.conf").write_text(text)
    hba = access(found).masked()
    (server.data / "pg_hba.conf").write_text(hba.replace(" peer", " trust"))
    for path in (conf_d, conf_d / "minusnow.conf"):
        shutil.chown(path, "postgres", "postgres")
    server.start()
    try:
        with server.connect() as connection:
            errors = connection.execute(
                "SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL"
                " UNION ALL SELECT line_number::text, error FROM pg_hba_file_rules"
                " WHERE error IS NOT NULL"
            ).fetchall()
            assert errors == []
            lines = connection.execute("SELECT count(*) FROM pg_hba_file_rules").fetchone()
            assert lines == (len(rules(hba)),)
    finally:
        server.stop()
