"""Preflight: are the ports free, or held by what this installer sets up there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.facts.begun import marks
from wizard.site.flows import NFS_PORT
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts, Listener
    from wizard.site.model import Site
    from wizard.site.topology import Host

PORTS = Question("ports", "Are the needed ports free, or held by what belongs there?")

# Either balancer is right: a site may change from one to the other.
_BALANCER = ("haproxy", "nginx")
_NODE = ("node", "MainThread", "nodejs")  # newer versions name their main thread
_POSTGRES = ("postgres", "postmaster")
_REDIS = ("redis-server", "valkey-server")
_KERNEL = ("",)
# By which program's marks on the host a process is ours: its name alone says nothing.
_OURS = {
    "haproxy": marks("haproxy"),
    "nginx": marks("nginx"),
    **dict.fromkeys(_NODE, marks("minusnow")),
    **dict.fromkeys(_REDIS, marks("redis")),
}


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
    replaced = _replaced(site, host)
    strangers = {
        (listener.port, _whose(facts, listener), listener.address)
        for listener in facts.listeners
        if (
            listener.port in ports
            and not (listener.process in ports[listener.port] and _ours(facts, listener.process))
        )
        or (listener.process in replaced and not _ours(facts, listener.process))
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


def _replaced(site: Site, host: Host) -> tuple[str, ...]:
    """Return the processes whose configuration is replaced: their other ports would fall silent."""
    found: tuple[str, ...] = ()
    if host.has(Role.LOAD_BALANCER) and site.load_balancer.managed:
        found += (str(site.load_balancer.kind),)
    if site.cache_host == host:
        found += _REDIS
    return found


def _ours(facts: HostFacts, process: str) -> bool:
    """Tell whether a process of this name is this installer's work on the host."""
    if process in _POSTGRES:
        # Whose data a cluster holds is a question of its own; one that was not seen is a stranger.
        return bool(facts.clusters)
    return process not in _OURS or bool(_OURS[process] & facts.begun)


def _whose(facts: HostFacts, listener: Listener) -> str:
    name = listener.process or "the kernel"
    return name if _ours(facts, listener.process) else f"somebody else's {name}"
