"""The facts of a simulated host: a machine that is as the guide recommends it; pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.checks.preflight_size import RECOMMENDED, wanted_size
from wizard.facts.assumed import INSTALLER, Assumption, assumed_facts, platform_named
from wizard.facts.host import Interface, PackageState
from wizard.facts.needed import names_used, needed_packages
from wizard.run.canonical import sha256
from wizard.site.values import ip_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.facts.host import HostFacts
    from wizard.facts.platform import Platform
    from wizard.site.model import Site
    from wizard.site.topology import Host

_GIB = 1024**3
_GB = 1000**3
_SYSTEM = "debian-12"
_KERNEL = "6.1.0-28-amd64"
_OUTSIDE = "192.0.2.25"  # an address for documentation, RFC 5737: the mail relay, say


def simulated_facts(site: Site, host: Host) -> HostFacts:
    """Return what a look at a simulated host finds: what the site's own checks ask for."""
    platform = platform_named(_SYSTEM)
    if platform is None:
        raise ValueError(_SYSTEM)
    size = wanted_size(host, RECOMMENDED)
    assumption = Assumption(
        platform=platform, memory=size.memory * _GIB, cpus=size.cpus, interface="eth0"
    )
    number = address_of(site, host)
    machine = sha256(f"simulated machine {number}")[:32]
    shared = site.networking.virtual_ip
    prefix = shared.network.prefixlen if shared else 24
    return replace(
        assumed_facts(host, assumption),
        kernel=_KERNEL,
        virtualisation="simulated",
        disk_size=size.disk * _GB,
        disk_free=size.disk * _GB * 9 // 10,
        machine_id=machine,
        boot_id=f"simulated-boot-{machine[:12]}",
        hardware_id=f"simulated-board-{machine[:12]}",
        host_key=f"ssh-ed25519 simulated-{machine[:24]}",
        clock_synchronised=True,
        firewall="none",
        interfaces=(
            Interface(name="lo", address="127.0.0.1", prefix=8),
            Interface(name="eth0", address=number, prefix=prefix),
        ),
        packages=_packages(platform, site, host),
        sources_reachable=True,
        resolves=_resolves(site),
        filesystems=frozenset({"ext4", "nfs4", "nfsd"}),
        installer_address=INSTALLER,
    )


def address_of(site: Site, host: Host) -> str:
    """Return the host's address by number; a name gets one of the private network."""
    found = ip_of(host.address)
    if found is not None:
        return str(found)
    place = [each.address for each in site.hosts].index(host.address)
    network = site.networking.private_network
    return str(network[min(200 + place, network.num_addresses - 1)])


def _packages(platform: Platform, site: Site, host: Host) -> Mapping[str, PackageState]:
    brought = {
        name: software.version
        for software in (
            platform.haproxy,
            platform.nginx,
            platform.keepalived,
            platform.redis,
            platform.ufw,
        )
        for name in software.packages
        if software.version
    }
    postgres = dict.fromkeys(
        platform.postgres(site.database.version).packages, f"{site.database.version}.1-1"
    )
    node = dict.fromkeys(platform.node_packages, f"{site.application.node}.1.0-1")
    known = {**brought, **postgres, **node}
    return {
        name: PackageState(installed=None, candidate=known.get(name, "1.0-1"))
        for name in needed_packages(platform, site, host)
    }


def _resolves(site: Site) -> Mapping[str, str]:
    names = dict.fromkeys(names_used(site), _OUTSIDE)
    names["localhost"] = "127.0.0.1"
    for host in site.hosts:
        names[host.name] = address_of(site, host)
        if host.address in names:
            names[host.address] = address_of(site, host)
    shared = site.networking.virtual_ip
    balancers = [address_of(site, host) for host in site.hosts if host.roles[0] == "load_balancer"]
    names[site.networking.domain] = str(shared.ip) if shared else (balancers or [_OUTSIDE])[0]
    return names
