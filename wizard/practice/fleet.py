"""What the practice fleet is: its hosts, and whether each has a kernel of its own."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

GATEWAY = ipaddress.IPv4Interface("10.0.0.1/16")
"""The bridge's address: the jump host's own place on the fleet's network."""

HOST_NAME = re.compile(r"[a-z][a-z0-9]{0,8}")
"""Short enough that ``vb-NAME`` and ``tap-NAME`` stay below the 15 characters of a link's name."""


class Kind(StrEnum):
    """How a practice host is run."""

    CONTAINER = "container"
    """systemd-nspawn: its own systemd, sshd and network, this machine's kernel."""

    MACHINE = "machine"
    """User-mode Linux: a whole kernel as a process, for hosts that need the kernel's NFS."""


@dataclass(frozen=True)
class PracticeHost:
    """One host of the practice fleet."""

    name: str
    address: ipaddress.IPv4Address
    role: str
    """As in a site file; ``external_storage`` is a file server the installer does not manage."""

    @property
    def kind(self) -> Kind:
        """A machine where kernel NFS is served or mounted, a container elsewhere.

        Machines are used even where this machine's kernel knows NFS: a container that loads nfsd
        would serve its exports from, and leave them in, the kernel of the machine it runs on.
        """
        needs_kernel = self.role in {"app", "storage", "external_storage"}
        return Kind.MACHINE if needs_kernel else Kind.CONTAINER

    @property
    def link(self) -> str:
        """The host's link on the fleet's bridge: the end outside the host."""
        return f"tap-{self.name}" if self.kind is Kind.MACHINE else f"vb-{self.name}"

    @property
    def interface(self) -> str:
        """The name of the network interface inside the host."""
        return "vec0" if self.kind is Kind.MACHINE else "host0"

    @property
    def mac(self) -> str:
        """A locally administered hardware address, unique because the IPv4 address is."""
        return "52:54:" + ":".join(f"{octet:02x}" for octet in self.address.packed)


@dataclass(frozen=True)
class Fleet:
    """The hosts that are brought up together.

    Raises:
        ValueError: a name is unusable, or two hosts share a name or an address.
    """

    hosts: tuple[PracticeHost, ...]

    def __post_init__(self) -> None:
        for host in self.hosts:
            if not HOST_NAME.fullmatch(host.name):
                raise ValueError(f"'{host.name}' cannot name a practice host")
            if host.address not in GATEWAY.network or host.address == GATEWAY.ip:
                raise ValueError(f"{host.name}: {host.address} is not free in {GATEWAY.network}")
        if len({host.name for host in self.hosts}) < len(self.hosts):
            raise ValueError("two practice hosts have the same name")
        if len({host.address for host in self.hosts}) < len(self.hosts):
            raise ValueError("two practice hosts have the same address")

    def __getitem__(self, name: str) -> PracticeHost:
        for host in self.hosts:
            if host.name == name:
                return host
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The hosts' names, in the fleet's order."""
        return tuple(host.name for host in self.hosts)

    def subset(self, names: tuple[str, ...]) -> "Fleet":
        """The named hosts only, in the fleet's order.

        Raises:
            KeyError: a name that the fleet does not have.
        """
        for name in names:
            self[name]
        return Fleet(tuple(host for host in self.hosts if host.name in names))

    def with_hosts(self, *extra: PracticeHost) -> "Fleet":
        """The same fleet and these hosts as well."""
        return Fleet((*self.hosts, *extra))


def practice_host(name: str, address: str, role: str) -> PracticeHost:
    """A host from the texts a person would write."""
    return PracticeHost(name, ipaddress.IPv4Address(address), role)


REFERENCE = Fleet(
    (
        practice_host("lb1", "10.0.0.10", "load_balancer"),
        practice_host("lb2", "10.0.0.11", "load_balancer"),
        practice_host("app1", "10.0.1.10", "app"),
        practice_host("app2", "10.0.1.11", "app"),
        practice_host("db1", "10.0.2.10", "database"),
        practice_host("db2", "10.0.2.11", "database"),
        practice_host("st1", "10.0.3.10", "storage"),
        practice_host("cache1", "10.0.4.10", "cache"),
    )
)
"""The eight hosts of the reference architecture."""

EXTERNAL_STORAGE = practice_host("ext1", "10.0.3.20", "external_storage")
"""A file server that exists before the installer comes: stands for a NetApp, EFS or Azure share."""

KNOWN = REFERENCE.with_hosts(EXTERNAL_STORAGE)
"""Every host that ``practice`` can start by name."""
