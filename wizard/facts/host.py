"""The facts of one host: what it is right now, gathered in one trip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.facts.platform import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingSystem:
    """What /etc/os-release says."""

    id: str  # debian, ubuntu, rhel, rocky, almalinux
    version: str  # VERSION_ID: "12", "24.04", "9.4"
    codename: str  # "bookworm", "" if none
    pretty: str
    family: Family | None  # None: not supported


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One address of one network interface."""

    name: str
    address: str
    prefix: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A TCP port somebody listens on."""

    address: str
    port: int
    process: str  # "" if the kernel or unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageState:
    """What the package manager knows of one package."""

    installed: str | None
    candidate: str | None  # what could be installed; not asked for what is installed already


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCluster:
    """A PostgreSQL cluster found on the host."""

    version: str
    name: str
    port: int
    running: bool
    data: str  # directory
    ours: bool  # made by this installer (its marker lies beside the data)
    databases: tuple[str, ...]  # user databases; empty when it cannot be told
    system_identifier: str = ""
    in_recovery: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that was found on the host."""

    path: str
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """Everything the plan may depend on, of one host."""

    name: str  # in the site file
    hostname: str
    os: OperatingSystem
    architecture: str  # uname -m
    kernel: str
    virtualisation: str
    cpus: int
    memory: int  # bytes
    disk_size: int  # bytes, of the file system that will hold the role's data
    disk_free: int  # bytes
    machine_id: str
    boot_id: str
    hardware_id: str  # DMI product UUID, "" if the machine has none
    clock_skew: float  # seconds, host minus here
    clock_synchronised: bool | None  # None: cannot be told
    init: str  # name of process 1
    systemd: int  # version
    selinux: str  # enforcing, permissive, disabled
    firewall: str  # ufw, firewalld, none: what is active or installed
    interfaces: tuple[Interface, ...] = ()
    listeners: tuple[Listener, ...] = ()
    packages: Mapping[str, PackageState] = field(default_factory=dict)
    package_lock: str = ""  # who holds the package manager's lock, "" if nobody
    sources_reachable: bool | None = None
    sources_seen: str = ""  # the package manager's own words when they are not
    clusters: tuple[PostgresCluster, ...] = ()
    begun: frozenset[str] = frozenset()  # packages and files of servers: this installer's work
    foreign_files: frozenset[str] = frozenset()  # configuration that is no package's nor ours
    redis_data: tuple[FoundFile, ...] = ()  # that is not ours
    accounts: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # name -> uid, gid
    resolves: Mapping[str, str] = field(default_factory=dict)  # name -> address, "" if not
    filesystems: frozenset[str] = frozenset()  # that the kernel can mount (nfs, nfs4)
    host_key: str = ""  # the SSH server's own Ed25519 public key, "" if it has none
    installer_address: str = ""  # where the session comes from, as the host sees it

    def version_of(self, package: str) -> str | None:
        """Return the version that is installed, or would be; None if unknown."""
        state = self.packages.get(package)
        return (state.installed or state.candidate) if state else None

    def own_address(self, address: str) -> str:
        """Return the address by number: as given, or what the host resolves its name to."""
        return self.resolves.get(address) or address
