"""What every part of the proof works with: the site, the ways to its hosts, and where to ask."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from wizard.checks.https import Client, context_for
from wizard.remote.cancellation import Cancellation
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    import psycopg

    from wizard.checks.check import Finding
    from wizard.facts.host import HostFacts
    from wizard.remote.transport import Transport
    from wizard.site.model import Site
    from wizard.site.topology import Host
    from wizard.vault.secret import Secrets

SERVICE = "minusnow"
"""The unit of the application on the app servers."""
SHARED_ROOT = "/opt/minusnow"
"""Under it the five shared directories are mounted."""
SERVED_BY = "X-Served-By"
"""A header in which an application may tell its node."""

# Whoever asks must be no balancer: to a balancer its own addresses are always near. App servers
# come last, because a drill stops them.
_ASKERS = (Role.CACHE, Role.STORAGE, Role.DATABASE, Role.APP)


class DatabaseOpener(Protocol):
    """A way to the PostgreSQL server of a host, through the transport that is open already."""

    def __call__(
        self, transport: Transport, /
    ) -> AbstractContextManager[psycopg.Connection[Any] | None]:
        """Give a connection with autocommit on; None inside when no server answers there."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """An installed site that is about to be proven."""

    site: Site
    transports: Mapping[str, Transport]
    facts: Mapping[str, HostFacts]
    secrets: Secrets
    open_database: DatabaseOpener
    on_finding: Callable[[Finding], None]
    stop: Cancellation = field(default_factory=Cancellation)
    findings: list[Finding] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, findings: Iterable[Finding]) -> None:
        """Keep findings and hand them out, one at a time, from whatever thread."""
        for finding in findings:
            with self._lock:
                self.findings.append(finding)
                self.on_finding(finding)

    def reached(self, role: Role) -> tuple[Host, ...]:
        """Return the hosts of a role to which there is a way."""
        return tuple(host for host in self.site.hosts_with(role) if host.name in self.transports)

    def address_of(self, host: Host) -> str:
        """Return a host's address by number, if the host itself knows it."""
        facts = self.facts.get(host.name)
        return facts.own_address(host.address) if facts else host.address

    @property
    def balancers(self) -> tuple[Host, ...]:
        """The balancers that this installer set up."""
        return self.reached(Role.LOAD_BALANCER) if self.site.load_balancer.managed else ()

    @cached_property
    def asker(self) -> Transport | None:
        """The way to the host that asks as a user would; None if every host is a balancer."""
        for role in _ASKERS:
            for host in self.reached(role):
                if not (host.has(Role.LOAD_BALANCER) and self.site.load_balancer.managed):
                    return self.transports[host.name]
        return None

    @property
    def front(self) -> str:
        """Where users' requests arrive: the virtual address, the one balancer, or the domain."""
        shared = self.site.networking.virtual_ip
        if shared is not None:
            return str(shared.ip)
        balancers = self.balancers
        return self.address_of(balancers[0]) if balancers else self.site.networking.domain

    def client(self, address: str, *, timeout: float = 5.0) -> Client | None:
        """Return what asks an address over HTTPS; None without a host to ask from."""
        if self.asker is None:
            return None
        return Client(
            transport=self.asker,
            address=address,
            domain=self.site.networking.domain,
            context=context_for(self.site, self.secrets),
            timeout=timeout,
        )

    def node_named(self, name: str) -> Host | None:
        """Return the app server that calls itself by this name."""
        for host in self.site.hosts_with(Role.APP):
            facts = self.facts.get(host.name)
            names = {host.name, host.address} | ({facts.hostname} if facts else set())
            if name in names or name.partition(".")[0] in names:
                return host
        return None
