"""Preflight: are the ports free, or held by what this installer sets up there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.site.flows import NFS_PORT
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts
    from wizard.site.model import Site
    from wizard.site.topology import Host

PORTS = Question("ports", "Are the needed ports free, or held by what belongs there?")

# Either balancer is right: a site may change from one to the other.
_BALANCER = ("haproxy", "nginx")
_NODE = ("node", "MainThread", "nodejs")  # newer versions name their main thread
_POSTGRES = ("postgres", "postmaster")
_REDIS = ("redis-server", "valkey-server")
_KERNEL = ("",)


def needed_ports(site: Site, host: Host) -> dict[int, tuple[str, ...]]:
    """Return the ports a host's roles need, with the processes that may hold them already."""
    ports: dict[int, tuple[str, ...]] = {}
    if host.has(Role.LOAD_BALANCER) and site.load_balancer.managed:
        ports |= dict.fromkeys((80, 443, site.load_balancer.stats_port), _BALANCER)
    if host.has(Role.APP):
        ports[site.application.port] = _NODE
    if host.has(Role.DATABASE):
        ports[site.database.port] = _POSTGRES
    if site.storage_host == host:
        ports[NFS_PORT] = _KERNEL
    if site.cache_host == host:
        ports[site.cache.port] = _REDIS
    return ports


def check(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Answer for every host that has to listen on some port."""
    for host in site.hosts:
        if host.name in facts:
            yield from _host(site, host, facts[host.name])


def _host(site: Site, host: Host, facts: HostFacts) -> Iterator[Finding]:
    ports = needed_ports(site, host)
    strangers = {
        (listener.port, listener.process or "the kernel", listener.address)
        for listener in facts.listeners
        if listener.port in ports and listener.process not in ports[listener.port]
    }
    listed = ", ".join(str(port) for port in sorted(ports))
    if strangers:
        held = "; ".join(
            f"{port} by {process} on {address}" for port, process, address in sorted(strangers)
        )
        yield PORTS.failed(
            host.name,
            f"held by others: {held}",
            "Stop and disable that service, or use another host.",
            wanted=f"free: {listed}",
        )
    elif ports:
        ours = sorted({listener.port for listener in facts.listeners} & set(ports))
        words = f", {', '.join(map(str, ours))} held by what belongs there" if ours else ""
        yield PORTS.ok(host.name, f"{listed}{words or ' free'}")
