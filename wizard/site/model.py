"""The site as a whole: what the customer wants, in one frozen value without secrets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from wizard.site.access import Ssh
from wizard.site.application import Application
from wizard.site.cache import Cache, CacheKind
from wizard.site.database import Database
from wizard.site.licensing import Licensing
from wizard.site.load_balancer import LoadBalancer
from wizard.site.networking import Networking
from wizard.site.storage import Storage
from wizard.site.topology import Host, Role, Topology
from wizard.site.values import Exact, Section, SiteName


class Purpose(StrEnum):
    """What the site is for."""

    PRODUCTION = "production"
    REHEARSAL = "rehearsal"


class Site(Section):
    """Everything the wizard asks."""

    schema_: Annotated[Literal[1], Exact] = Field(
        alias="schema", description="1, the version of this file's format."
    )
    site: SiteName = Field(description="Short name of the installation.")
    purpose: Purpose = Field(
        default=Purpose.PRODUCTION,
        description="production, or rehearsal: machines below the minimum pass with a warning.",
    )
    topology: Topology = Field(description="The servers.")
    ssh: Ssh = Field(description="How the servers are reached.")
    networking: Networking = Field(description="Names, addresses and rights on the network.")
    database: Database = Field(description="PostgreSQL.")
    load_balancer: LoadBalancer = Field(
        default=LoadBalancer(), description="What stands before the app servers."
    )
    storage: Storage = Field(default=Storage(), description="The share of the app servers.")
    cache: Cache = Field(default=Cache(), description="The session store.")
    application: Application = Field(description="The MinusNow release.")
    licensing: Licensing = Field(default=Licensing(), description="The licence record.")
    acknowledged: tuple[Annotated[str, Field(max_length=64)], ...] = Field(
        default=(),
        description="Ids of the warnings that were read and accepted, such as single-balancer.",
    )

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Every host, in the order of the file."""
        return self.topology.hosts

    def hosts_with(self, role: Role) -> tuple[Host, ...]:
        """The hosts with this role, in the order of the file."""
        return self.topology.with_role(role)

    def host(self, name: str) -> Host:
        """The host of this name.

        Raises:
            KeyError: the site has no such host.
        """
        for host in self.hosts:
            if host.name == name.lower():
                return host
        raise KeyError(name)

    @property
    def primary(self) -> Host:
        """The host that starts as database primary."""
        return self.host(self.database.primary)

    @property
    def standbys(self) -> tuple[Host, ...]:
        """The other database hosts."""
        return tuple(
            host for host in self.hosts_with(Role.DATABASE) if host.name != self.database.primary
        )

    def ssh_for(self, host: Host) -> Ssh:
        """The SSH settings with what this host overrides."""
        return self.ssh.merged(host.ssh)

    @property
    def base_url(self) -> str:
        """The address that users type, without a final slash."""
        return f"https://{self.networking.domain}"

    @property
    def cache_host(self) -> Host | None:
        """The host on which this installer sets Redis up, if there is one."""
        hosts = self.hosts_with(Role.CACHE) if self.cache.kind is CacheKind.REDIS else ()
        return hosts[0] if hosts else None

    @property
    def storage_host(self) -> Host | None:
        """The host on which this installer sets the NFS server up, if there is one."""
        hosts = self.hosts_with(Role.STORAGE) if self.storage.managed else ()
        return hosts[0] if hosts else None
