"""What must agree between the sections of a site file.

Each check looks only at what could be read, so that one mistake does not hide another.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.site.application import NodeSourceKind
from wizard.site.cache import CacheKind
from wizard.site.layout import WARNINGS
from wizard.site.networking import TlsMode
from wizard.site.problems import Path, listed, nearest, seen_text
from wizard.site.storage import StorageKind
from wizard.site.topology import Role
from wizard.site.values import ip_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wizard.site.application import Application
    from wizard.site.cache import Cache
    from wizard.site.database import Database
    from wizard.site.load_balancer import LoadBalancer
    from wizard.site.machines import Placement
    from wizard.site.networking import Networking
    from wizard.site.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """The parts of a site file that could be read; the others are None."""

    placements: Sequence[Placement]
    networking: Networking | None = None
    database: Database | None = None
    load_balancer: LoadBalancer | None = None
    storage: Storage | None = None
    cache: Cache | None = None
    application: Application | None = None
    acknowledged: Sequence[str] = ()

    def certain(self, role: Role) -> list[Placement]:
        """The hosts that have the role for certain."""
        return [one for one in self.placements if one.has(role)]

    def possible(self, role: Role) -> list[Placement]:
        """The hosts that have the role, or whose roles could not be read."""
        return [one for one in self.placements if one.roles is None or role in one.roles]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A place in the file that does not fit the others."""

    path: Path
    seen: str
    wanted: str


def disagreements(site: Readable) -> Iterator[Disagreement]:
    """Everything that does not fit together."""
    yield from _twice(site)
    yield from _hosts_for_roles(site)
    yield from _virtual_address(site)
    yield from _chosen_kinds(site)
    yield from _ports(site)
    yield from _acknowledged(site)


def _twice(site: Readable) -> Iterator[Disagreement]:
    names: dict[str, int] = {}
    addresses: dict[str, int] = {}
    for place, host in enumerate(site.placements):
        where: Path = ("topology", "hosts", place)
        if not host.unnamed and (first := names.setdefault(host.name, place)) != place:
            seen = f"'{host.name}', the name of hosts[{first}]"
            yield Disagreement((*where, "name"), seen, "a name of its own for each host")
        if host.address and (first := addresses.setdefault(host.address, place)) != place:
            other = site.placements[first].name
            seen = f"'{host.address}', the address of {other}"
            yield Disagreement((*where, "address"), seen, "an address of its own for each host")


def _hosts_for_roles(site: Readable) -> Iterator[Disagreement]:
    where: Path = ("topology", "hosts")
    if not site.placements:
        return
    balancer, storage, cache = site.load_balancer, site.storage, site.cache
    if balancer and balancer.managed and not site.possible(Role.LOAD_BALANCER):
        wanted = "hosts with the role 'load_balancer', or load_balancer.kind 'external'"
        yield Disagreement(where, "no balancer", wanted)
    if storage and storage.managed and not site.possible(Role.STORAGE):
        wanted = "a host with the role 'storage', or storage.kind 'external'"
        yield Disagreement(where, "no storage", wanted)
    if storage and storage.managed and len(servers := site.certain(Role.STORAGE)) > 1:
        seen = f"the role 'storage' on {listed([one.name for one in servers], 'and')}"
        yield Disagreement(where, seen, "it on one host, or storage.kind 'external'")
    managed = cache and cache.kind is CacheKind.REDIS
    if managed and len(servers := site.certain(Role.CACHE)) > 1:
        seen = f"the role 'cache' on {listed([one.name for one in servers], 'and')}"
        yield Disagreement(where, seen, "it on one host, or cache.kind 'external'")


def _virtual_address(site: Readable) -> Iterator[Disagreement]:
    net, where = site.networking, ("networking", "virtual_ip")
    if net is None:
        return
    balancers = site.certain(Role.LOAD_BALANCER)
    if net.virtual_ip is None:
        if site.load_balancer and site.load_balancer.managed and len(balancers) > 1:
            yield Disagreement(where, "nothing", "the address that the balancers share")
        return
    ip = net.virtual_ip.ip
    if owner := next((one for one in site.placements if one.address == str(ip)), None):
        yield Disagreement(where, f"the address of {owner.name}", "an address of its own")
    if ip.version != net.private_network.version:
        wanted = f"an IPv{net.private_network.version} address, as networking.private_network has"
        yield Disagreement(where, seen_text(str(net.virtual_ip)), wanted)
    else:
        for one in balancers:
            address = ip_of(one.address or "")
            if address and address.version != ip.version:
                wanted = f"an IPv{address.version} address, as {one.name} has"
                yield Disagreement(where, seen_text(str(net.virtual_ip)), wanted)
                return


def _chosen_kinds(site: Readable) -> Iterator[Disagreement]:
    if site.storage and site.storage.kind is StorageKind.EXTERNAL and not site.storage.external:
        wanted = "server and path of the export, because storage.kind is 'external'"
        yield Disagreement(("storage", "external"), "nothing", wanted)
    if site.cache and site.cache.kind is CacheKind.EXTERNAL and not site.cache.external:
        wanted = "the host of the service, because cache.kind is 'external'"
        yield Disagreement(("cache", "external"), "nothing", wanted)
    if site.networking and (tls := site.networking.tls).mode is TlsMode.PROVIDED:
        for name in ("certificate", "key"):
            if getattr(tls, name) is None:
                wanted = "a path, because networking.tls.mode is 'provided'"
                yield Disagreement(("networking", "tls", name), "nothing", wanted)
    source = site.application.node_source if site.application else None
    if source and source.kind is NodeSourceKind.TARBALL:
        for name in ("path", "sha256"):
            if getattr(source, name) is None:
                wanted = f"the tarball's {name}, because application.node_source.kind is 'tarball'"
                yield Disagreement(("application", "node_source", name), "nothing", wanted)


def _ports(site: Readable) -> Iterator[Disagreement]:
    """Two services of one host cannot listen on one port."""
    used: list[tuple[Role, Path, int]] = []
    if site.load_balancer and site.load_balancer.managed:
        port = site.load_balancer.stats_port
        used.append((Role.LOAD_BALANCER, ("load_balancer", "stats_port"), port))
    if site.application:
        used.append((Role.APP, ("application", "port"), site.application.port))
    if site.database:
        used.append((Role.DATABASE, ("database", "port"), site.database.port))
    if site.cache and site.cache.kind is CacheKind.REDIS:
        used.append((Role.CACHE, ("cache", "port"), site.cache.port))
    reported: set[Path] = set()
    for host in site.placements:
        taken: defaultdict[int, list[Path]] = defaultdict(list)
        if host.has(Role.LOAD_BALANCER):
            taken[80].append(("load_balancer",))
            taken[443].append(("load_balancer",))
        for role, path, port in used:
            if host.has(role):
                if taken[port] and path not in reported:
                    reported.add(path)
                    seen = f"{port}, which {'.'.join(map(str, taken[port][0]))} uses on {host.name}"
                    yield Disagreement(path, seen, "a port of its own")
                taken[port].append(path)


def _acknowledged(site: Readable) -> Iterator[Disagreement]:
    known = [rule.id for rule in WARNINGS]
    for place, name in enumerate(site.acknowledged):
        if name not in known:
            near = nearest(name, known)
            wanted = f"'{near}'" if near else f"the id of a warning: {listed(known)}"
            yield Disagreement(("acknowledged", place), seen_text(name), wanted)
