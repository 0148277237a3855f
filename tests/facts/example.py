"""Facts of hosts that fit the reference site, and variations of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wizard.checks.preflight_size import RECOMMENDED, wanted_size
from wizard.facts import os_release
from wizard.facts.host import HostFacts, Interface, PackageState
from wizard.facts.needed import names_used, needed_packages
from wizard.facts.platform import platform_of

if TYPE_CHECKING:
    from wizard.facts.host import OperatingSystem
    from wizard.site.model import Site
    from wizard.site.topology import Host

DEBIAN_12 = (
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\n'
    "VERSION_CODENAME=bookworm\nID=debian\n"
)
ROCKY_9 = 'PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\nID="rocky"\nVERSION_ID="9.4"\n'
DEBIAN_11 = 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nVERSION_ID="11"\nID=debian\n'
ALPINE = 'PRETTY_NAME="Alpine Linux v3.20"\nID=alpine\nVERSION_ID=3.20.0\n'


def system(text: str) -> OperatingSystem:
    """The operating system of an os-release file."""
    return os_release.parse(text)


def good_facts(site: Site, host: Host, **changes: Any) -> HostFacts:  # noqa: ANN401 - any field
    """Facts with which a host passes every check of the site; `changes` replace some."""
    size = wanted_size(host, RECOMMENDED)
    os = changes.pop("os", system(DEBIAN_12))
    versions = {"nodejs": f"{site.application.node}.1.0-1"}
    packages = {
        name: PackageState(installed=None, candidate=versions.get(name, "1.0"))
        for name in (needed_packages(platform_of(os), site, host) if os.family else ())
    }
    shared = site.networking.virtual_ip
    resolves = dict.fromkeys(names_used(site), "10.9.9.9")
    resolves |= {"localhost": "127.0.0.1"}
    resolves |= {each.name: each.address for each in site.hosts}
    if shared:
        resolves[site.networking.domain] = str(shared.ip)
    facts = HostFacts(
        name=host.name,
        hostname=host.name,
        os=os,
        architecture="x86_64",
        kernel="6.1.0-18-amd64",
        virtualisation="kvm",
        cpus=size.cpus,
        memory=size.memory * 1024**3,
        disk_size=size.disk * 1000**3,
        disk_free=size.disk * 1000**3,
        machine_id=f"machine-{host.name}",
        boot_id=f"boot-{host.name}",
        hardware_id=f"board-{host.name}",
        clock_skew=0.0,
        clock_synchronised=True,
        init="systemd",
        systemd=252,
        selinux="disabled",
        firewall="none",
        interfaces=(
            Interface(name="lo", address="127.0.0.1", prefix=8),
            Interface(name="eth0", address=host.address, prefix=16),
        ),
        packages=packages,
        resolves=resolves,
        filesystems=frozenset({"ext4", "nfs4", "nfsd"}),
        host_key=f"ssh-ed25519 {host.name}",
    )
    return replace(facts, **changes)


def all_good(site: Site) -> dict[str, HostFacts]:
    """Good facts of every host of the site."""
    return {host.name: good_facts(site, host) for host in site.hosts}
