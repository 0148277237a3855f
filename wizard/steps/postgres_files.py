"""The files of a database server: settings, who may come in, certificates, passwords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.database.names import (
    ACTING_ROLE,
    BACKUP_ROLE,
    MONITORING_ROLE,
    REPLICATION_PASSWORD,
    REPLICATION_ROLE,
    SETUP_ROLE,
)
from wizard.facts.platform import Family
from wizard.render.template import render
from wizard.resources.directory import Directory
from wizard.resources.file import File
from wizard.site.topology import Role
from wizard.site.values import ip_of
from wizard.steps.postgres_layout import ACCOUNT, TLS_DIRECTORY, server_name
from wizard.steps.postgres_sizes import sizes
from wizard.vault.catalogue import CA_CERTIFICATE, tls_certificate, tls_key
from wizard.vault.text import Encoding, SecretRef, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.site.topology import Host
    from wizard.steps.postgres_layout import Layout
    from wizard.steps.task import Situation

_HEADER = "# Managed by minusnow-setup: a later run puts this file back.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFiles:
    """The files of one database server in the order in which they are placed."""

    directories: tuple[Directory, ...]  # of the configuration
    identity: tuple[Directory | File, ...]  # certificates and passwords: before any cluster
    configuration: tuple[File, ...]

    @property
    def read_by_server(self) -> tuple[File, ...]:
        """What the running server has taken in."""
        identity = (item for item in self.identity if isinstance(item, File) and item.unit)
        return (*identity, *self.configuration)


def server_files(situation: Situation, place: Layout, primary: Host | None) -> ServerFiles:
    """Return a server's files; with `primary` those of a standby of it."""
    names = place.names
    directories = (
        Directory(path=names.config, owner=ACCOUNT, group=ACCOUNT, mode=_config_mode(place)),
        Directory(path=names.conf_d, owner=ACCOUNT, group=ACCOUNT),
    )
    configuration = [
        _file(place, f"{names.config}/postgresql.conf", _places(place)),
        _file(place, names.ident, Text(_HEADER)),
        _file(place, names.hba, access(situation), mode=0o640),
        _file(place, f"{names.conf_d}/minusnow.conf", settings(situation, place)),
    ]
    if place.family is Family.DEBIAN:
        # What postgresql-common wants to find beside postgresql.conf, pg_createcluster(1).
        configuration += [
            _file(place, f"{names.config}/start.conf", Text(_HEADER, "auto\n")),
            _file(place, f"{names.config}/pg_ctl.conf", Text(_HEADER, "pg_ctl_options = ''\n")),
            _file(place, f"{names.config}/environment", Text(_HEADER)),
        ]
    if primary is not None:
        content = render(
            "postgresql/minusnow-standby.conf.j2",
            conninfo=place.connection_to(primary),
            slot=place.slot,
        )
        configuration.append(_file(place, f"{names.conf_d}/minusnow-standby.conf", content))
    return ServerFiles(
        directories=directories, identity=identity(place), configuration=tuple(configuration)
    )


def _config_mode(place: Layout) -> int:
    """Return the mode of the configuration's directory: on RHEL it is the data directory."""
    return 0o700 if place.names.config == place.names.data else 0o755


def _file(place: Layout, path: str, content: Text, *, mode: int = 0o644) -> File:
    return File(
        path=path,
        content=content,
        owner=ACCOUNT,
        group=ACCOUNT,
        mode=mode,
        unit=place.names.unit,
    )


def _places(place: Layout) -> Text:
    return render(
        "postgresql/postgresql.conf.j2",
        names=place.names,
        debian=place.family is Family.DEBIAN,
    )


def settings(situation: Situation, place: Layout) -> Text:
    """Return conf.d/minusnow.conf, the same on all database servers of one family."""
    site = situation.site
    facts = [situation.facts[host.name] for host in site.hosts_with(Role.DATABASE)]
    return render(
        "postgresql/minusnow.conf.j2",
        names=place.names,
        debian=place.family is Family.DEBIAN,
        port=site.database.port,
        max_connections=site.database.max_connections,
        tls=site.database.tls,
        certificate=place.certificate,
        key=place.key,
        sizes=(found := sizes(facts, site.database.max_connections)),
        memory_gb=f"{found.shared_buffers * 4 / 1024:.3g}",
        slot_wal_megabytes=site.database.max_slot_wal_keep_size.megabytes,
    )


def access(situation: Situation) -> Text:
    """Return pg_hba.conf: the whole of it is ours."""
    site = situation.site
    return render(
        "postgresql/pg_hba.conf.j2",
        remote="hostssl" if site.database.tls else "host",
        database=site.database.name,
        users=(site.database.user, ACTING_ROLE),
        setup=SETUP_ROLE,
        replication=REPLICATION_ROLE,
        backup=BACKUP_ROLE,
        monitoring=MONITORING_ROLE,
        apps=_sources(host.address for host in site.hosts_with(Role.APP)),
        databases=_sources(host.address for host in site.hosts_with(Role.DATABASE)),
        monitors=_sources(site.networking.monitoring_hosts),
    )


def _sources(addresses: Iterable[str]) -> list[str]:
    """Return addresses as pg_hba.conf names them: with their length, names as they are."""
    found = []
    for address in addresses:
        number = ip_of(address)
        found.append(f"{number}/{number.max_prefixlen}" if number is not None else address)
    return list(dict.fromkeys(found))


def identity(place: Layout) -> tuple[Directory | File, ...]:
    """Return what the server proves itself with, and what it logs in elsewhere with."""
    found: list[Directory | File] = []
    host = place.host.name
    if place.site.database.tls:
        found = [
            Directory(path=TLS_DIRECTORY),
            File(path=place.authority, content=_pem(CA_CERTIFICATE)),
            _file(place, place.certificate, _pem(tls_certificate(host))),
            _file(place, place.key, _pem(tls_key(host)), mode=0o600),
        ]
    # Not read by the server when it is told to but at each connection: it has no unit.
    found.append(
        File(
            path=place.passfile,
            content=passwords(place),
            owner=ACCOUNT,
            group=ACCOUNT,
            mode=0o600,
        )
    )
    return tuple(found)


def _pem(secret: str) -> Text:
    return Text(SecretRef(secret), "\n")


def passwords(place: Layout) -> Text:
    """Return the password file of replication connections to any of the database servers."""
    password = SecretRef(REPLICATION_PASSWORD, (Encoding.PGPASS,))
    hosts = place.site.hosts_with(Role.DATABASE)
    others = [host for host in hosts if host.name != place.host.name]
    port = place.site.database.port
    return Text.join(
        "",
        (
            Text(f"{server_name(host)}:{port}:replication:{REPLICATION_ROLE}:", password, "\n")
            for host in others
        ),
    )
