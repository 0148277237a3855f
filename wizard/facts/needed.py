"""What has to be asked of a host, and which packages its roles need on its platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.facts.platform import PLATFORMS, Family
from wizard.site.application import NodeSourceKind
from wizard.site.load_balancer import BalancerKind
from wizard.site.networking import Firewall
from wizard.site.topology import Role
from wizard.site.values import ip_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.platform import Platform
    from wizard.site.model import Site
    from wizard.site.topology import Host

# Directories whose file system counts, by role; of several the first that exists on the host.
_DATA = {
    Role.DATABASE: "/var/lib/postgresql:/var/lib/pgsql",
    Role.APP: "/opt/minusnow",
    Role.CACHE: "/var/lib/redis",
    Role.LOAD_BALANCER: "/var/log",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What the facts of one host have to answer, known before its platform is."""

    packages: Mapping[Family, tuple[str, ...]]
    names: tuple[str, ...]
    data_path: str


def questions(site: Site, host: Host) -> Questions:
    """Return what to ask a host, whichever supported distribution it turns out to run."""
    packages: dict[Family, set[str]] = {family: set() for family in Family}
    for platform in PLATFORMS:
        packages[platform.family].update(needed_packages(platform, site, host))
    return Questions(
        packages={family: tuple(sorted(names)) for family, names in packages.items()},
        names=names_used(site),
        data_path=data_path(site, host),
    )


def names_used(site: Site) -> tuple[str, ...]:
    """Return every name that some host has to resolve, each once; addresses are no names."""
    wanted = ["localhost", site.networking.domain, site.networking.smtp.host]
    for host in site.hosts:
        wanted += [host.name, host.address]
    if site.storage.external:
        wanted.append(site.storage.external.server)
    if site.cache.external:
        wanted.append(site.cache.external.host)
    return tuple(name for name in dict.fromkeys(wanted) if ip_of(name) is None)


def data_path(site: Site, host: Host) -> str:
    """Return where the host's most demanding role keeps its data; alternatives behind a colon."""
    if host.has(Role.DATABASE):
        return _DATA[Role.DATABASE]
    if host.has(Role.STORAGE):
        return site.storage.export
    return next((path for role, path in _DATA.items() if host.has(role)), "/")


def needed_packages(platform: Platform, site: Site, host: Host) -> tuple[str, ...]:
    """Return the packages that the host's roles need, in the platform's words, each once."""
    return tuple(dict.fromkeys(_needed(platform, site, host)))


def _needed(platform: Platform, site: Site, host: Host) -> Iterator[str]:
    yield from platform.base_packages
    yield from platform.selinux_packages
    if host.has(Role.LOAD_BALANCER) and site.load_balancer.managed:
        haproxy = site.load_balancer.kind is BalancerKind.HAPROXY
        yield from (platform.haproxy if haproxy else platform.nginx).packages
        if site.networking.virtual_ip:
            yield from platform.keepalived.packages
    if host.has(Role.APP):
        if site.application.node_source.kind is NodeSourceKind.PACKAGES:
            yield from platform.node_packages
        yield from platform.nfs_client.packages
    if host.has(Role.DATABASE):
        yield from platform.postgres(site.database.version).packages
    if site.storage_host == host:
        yield from platform.nfs_server.packages
    if site.cache_host == host:
        yield from platform.redis.packages
    kind = firewall_kind(platform, site)
    if kind:
        yield from platform.firewall_software(kind).packages


def firewall_kind(platform: Platform, site: Site) -> str:
    """Return which firewall a host of this platform gets: ufw, firewalld, or "" for none."""
    wanted = site.networking.firewall
    if wanted is Firewall.NONE:
        return ""
    return platform.firewall if wanted is Firewall.AUTO else str(wanted)
