"""Where PostgreSQL is on a host of the site, and how its servers reach each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.database.names import REPLICATION_ROLE, slot_name
from wizard.facts.platform import Family, platform_of
from wizard.resources.shell import OWN_DIRECTORY, words

if TYPE_CHECKING:
    from wizard.facts.postgres_names import Postgres
    from wizard.site.model import Site
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

TLS_DIRECTORY = "/etc/minusnow/postgresql"
ACCOUNT = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """PostgreSQL on one database host."""

    site: Site
    host: Host
    names: Postgres
    family: Family
    home: str  # of the account postgres

    @property
    def marker(self) -> str:
        """The file that says which cluster on the host is ours: it holds its system identifier."""
        return f"{OWN_DIRECTORY}/postgresql-{self.names.version}-{self.names.cluster}"

    @property
    def incoming(self) -> str:
        """Where data grows before it is moved to its place, in the same file system.

        The leading dot keeps it from being taken for a cluster of its own.
        """
        parent, _, name = self.names.data.rpartition("/")
        return f"{parent}/.{name}.minusnow-incoming"

    @property
    def passfile(self) -> str:
        """The password file of replication connections."""
        return f"{self.home}/minusnow-replication.pgpass"

    @property
    def authority(self) -> str:
        """The certificate with which servers are checked."""
        return f"{TLS_DIRECTORY}/ca.crt"

    @property
    def key(self) -> str:
        """The server's private key."""
        return f"{TLS_DIRECTORY}/server.key"

    @property
    def certificate(self) -> str:
        """The server's certificate."""
        return f"{TLS_DIRECTORY}/server.crt"

    @property
    def slot(self) -> str:
        """The replication slot this host uses as a standby."""
        return slot_name(self.host.name)

    def as_account(self, program: str, *arguments: str | int) -> str:
        """Return a PostgreSQL program's command line, run as PostgreSQL's account.

        With the account's own home: libpq looks for certificates there and fails on root's.
        """
        path = f"{self.names.bin}/{program}"
        home = f"HOME={self.home}"
        return words("runuser", "-u", ACCOUNT, "--", "env", home, path, *arguments)

    def connection_to(self, primary: Host) -> str:
        """Return the libpq connection string with which this host streams from the primary."""
        parts = [f"host={server_name(primary)}"]
        if primary.ip is not None:
            parts.append(f"hostaddr={primary.ip}")
        parts += [
            f"port={self.site.database.port}",
            f"user={REPLICATION_ROLE}",
            f"application_name={self.host.name}",
            f"passfile={self.passfile}",
            "connect_timeout=10",
        ]
        if self.site.database.tls:
            parts += ["sslmode=verify-full", f"sslrootcert={self.authority}"]
        return " ".join(parts)


def server_name(host: Host) -> str:
    """Return the name by which a database server is known: it stands in its certificate.

    An address given by number is passed beside it (`hostaddr`): before version 15 libpq does not
    find addresses in certificates.
    """
    return host.name if host.ip is not None else host.address


def layout(situation: Situation, host: Host) -> Layout:
    """Return the layout of a database host; raises HostError on an unsupported system."""
    platform = platform_of(situation.facts[host.name].os)
    return Layout(
        site=situation.site,
        host=host,
        names=platform.postgres(situation.site.database.version),
        family=platform.family,
        home=platform.postgres_home,
    )
