"""Facts that are assumed, not seen: for rendering files without a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.facts.host import HostFacts, Interface, OperatingSystem
from wizard.facts.platform import PLATFORMS

if TYPE_CHECKING:
    from wizard.facts.platform import Platform
    from wizard.site.topology import Host

_CODENAMES = {
    ("debian", "11"): "bullseye",
    ("debian", "12"): "bookworm",
    ("debian", "13"): "trixie",
    ("ubuntu", "22.04"): "jammy",
    ("ubuntu", "24.04"): "noble",
}
INSTALLER = "192.0.2.1"  # an address for documentation, RFC 5737


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What every host is taken to be."""

    platform: Platform
    memory: int  # bytes
    cpus: int
    interface: str

    def sentences(self) -> tuple[str, ...]:
        """Return what is assumed, for people."""
        return (
            f"every host runs {self.platform.title}",
            f"every host has {self.cpus} CPUs and {self.memory // 2**30} GiB of memory",
            f"the site's addresses are on the interface {self.interface}",
            f"the installer is seen at {INSTALLER}",
            "program versions are those of the distribution; nothing is installed yet",
        )


def platform_named(name: str) -> Platform | None:
    """Return the platform of a name such as `debian-12` or `rhel-9`, None if it is unknown."""
    found = (each for each in PLATFORMS if f"{each.id}-{each.version}" == name.lower())
    return next(found, None)


def platform_names() -> tuple[str, ...]:
    """Return the names that `platform_named` knows."""
    return tuple(f"{each.id}-{each.version}" for each in PLATFORMS)


def assumed_facts(host: Host, assumption: Assumption) -> HostFacts:
    """Return the facts of a host as assumed."""
    platform = assumption.platform
    interfaces: tuple[Interface, ...] = ()
    if host.ip is not None:
        prefix = host.ip.max_prefixlen
        interfaces = (Interface(name=assumption.interface, address=str(host.ip), prefix=prefix),)
    return HostFacts(
        name=host.name,
        hostname=host.name,
        os=OperatingSystem(
            id=platform.id,
            version=platform.version,
            codename=_CODENAMES.get((platform.id, platform.version), ""),
            pretty=platform.title,
            family=platform.family,
        ),
        architecture="x86_64",
        kernel="assumed",
        virtualisation="",
        cpus=assumption.cpus,
        memory=assumption.memory,
        disk_size=0,
        disk_free=0,
        machine_id=f"assumed-{host.name}",
        boot_id=f"assumed-{host.name}",
        hardware_id="",
        clock_skew=0.0,
        clock_synchronised=None,
        init="systemd",
        systemd=platform.systemd,
        selinux="enforcing" if platform.family == "rhel" else "disabled",
        firewall=platform.firewall,
        interfaces=interfaces,
        installer_address=INSTALLER,
    )
