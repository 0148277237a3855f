"""Who talks to whom: every connection the layout needs, for the firewall and for the checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.site.cache import CacheKind
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.site.model import Site
    from wizard.site.topology import Host

# Ends of a flow that are no hosts of the site; a host's name never has parentheses.
ANYWHERE = "(anywhere)"
INSTALLER = "(installer)"  # the address it is seen from stands in the facts
ADMINISTRATORS = "(administrators)"
MONITORING = "(monitoring)"
PRIVATE_NETWORK = "(private network)"
OUTSIDE = "(outside)"

NFS_PORT = 2049
TCP = "tcp"
VRRP = "vrrp"  # IP protocol 112, without ports (RFC 9568)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Connections from one place to one port of another."""

    source: str  # a host's name, or one of the ends above
    source_address: str  # address, name or network; "" where it is anywhere or the installer's
    target: str  # a host's name, or OUTSIDE
    target_address: str
    port: int  # 0 for a protocol without ports
    protocol: str
    purpose: str  # "sessions", "replication": completes "blocked: …"

    def __str__(self) -> str:
        end = f":{self.port}" if self.port else ""
        return f"{self.source} -> {self.target}{end}/{self.protocol} ({self.purpose})"


def flows(site: Site) -> tuple[Flow, ...]:
    """Return every flow once, grouped by purpose; a host's traffic to itself is none."""
    return tuple(dict.fromkeys(_flows(site)))


def into(site: Site, name: str) -> tuple[Flow, ...]:
    """Return the flows that end at a host: what its firewall has to let in."""
    return tuple(flow for flow in flows(site) if flow.target == name)


def out_of(site: Site, name: str) -> tuple[Flow, ...]:
    """Return the flows that begin at a host: what it has to be able to reach."""
    return tuple(flow for flow in flows(site) if flow.source == name)


def _flows(site: Site) -> Iterator[Flow]:
    yield from _administration(site)
    yield from _web(site)
    yield from _database(site)
    yield from _storage(site)
    yield from _cache(site)
    apps = site.hosts_with(Role.APP)
    smtp = site.networking.smtp
    yield from (_outward(app, smtp.host, smtp.port, "mail") for app in apps)


def _administration(site: Site) -> Iterator[Flow]:
    networks = tuple(str(network) for network in site.networking.admin_networks)
    for host in site.hosts:
        port = site.ssh_for(host).port
        yield _inward(INSTALLER, "", host, port, "installation over SSH")
        for network in networks:
            yield _inward(ADMINISTRATORS, network, host, port, "administration over SSH")


def _web(site: Site) -> Iterator[Flow]:
    apps, port = site.hosts_with(Role.APP), site.application.port
    balancers = site.hosts_with(Role.LOAD_BALANCER) if site.load_balancer.managed else ()
    for balancer in balancers:
        yield _inward(ANYWHERE, "", balancer, 443, "HTTPS")
        yield _inward(ANYWHERE, "", balancer, 80, "redirect to HTTPS")
        for peer in balancers:
            yield from _between(balancer, peer, 0, "virtual address", protocol=VRRP)
        for app in apps:
            yield from _between(balancer, app, port, "requests")
    for app in apps:
        if not balancers:
            network = str(site.networking.private_network)
            yield _inward(PRIVATE_NETWORK, network, app, port, "requests of the external balancer")
        yield from _monitored(site, app, port)


def _database(site: Site) -> Iterator[Flow]:
    # Every app server reaches every database server: a standby may become the primary.
    databases, port = site.hosts_with(Role.DATABASE), site.database.port
    for database in databases:
        for app in site.hosts_with(Role.APP):
            yield from _between(app, database, port, "database")
        for peer in databases:
            yield from _between(peer, database, port, "replication")
        yield from _monitored(site, database, port)


def _storage(site: Site) -> Iterator[Flow]:
    for app in site.hosts_with(Role.APP):
        if site.storage_host:
            yield from _between(app, site.storage_host, NFS_PORT, "shared files")
        elif site.storage.external:
            yield _outward(app, site.storage.external.server, NFS_PORT, "shared files")


def _cache(site: Site) -> Iterator[Flow]:
    for app in site.hosts_with(Role.APP):
        if site.cache_host:
            yield from _between(app, site.cache_host, site.cache.port, "sessions")
        elif site.cache.kind is CacheKind.EXTERNAL and site.cache.external:
            external = site.cache.external
            yield _outward(app, external.host, external.port, "sessions")


def _monitored(site: Site, host: Host, port: int) -> Iterator[Flow]:
    for address in site.networking.monitoring_hosts:
        yield _inward(MONITORING, address, host, port, "monitoring")


def _between(
    source: Host, target: Host, port: int, purpose: str, *, protocol: str = TCP
) -> Iterator[Flow]:
    if source.name != target.name:
        yield Flow(
            source=source.name,
            source_address=source.address,
            target=target.name,
            target_address=target.address,
            port=port,
            protocol=protocol,
            purpose=purpose,
        )


def _inward(source: str, address: str, target: Host, port: int, purpose: str) -> Flow:
    return Flow(
        source=source,
        source_address=address,
        target=target.name,
        target_address=target.address,
        port=port,
        protocol=TCP,
        purpose=purpose,
    )


def _outward(source: Host, address: str, port: int, purpose: str) -> Flow:
    return Flow(
        source=source.name,
        source_address=source.address,
        target=OUTSIDE,
        target_address=address,
        port=port,
        protocol=TCP,
        purpose=purpose,
    )
