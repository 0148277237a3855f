"""What distributions call things: the only place that knows package, unit and path names.

Package, unit and path names are those of each distribution's own packages, and of the PostgreSQL
project's (PGDG) for PostgreSQL on the RHEL family: https://www.postgresql.org/download/linux/.
The versions a distribution brings are those of https://packages.debian.org,
https://packages.ubuntu.com and the RHEL 8 and 9 release notes (AppStream).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wizard.errors import HostError
from wizard.facts.postgres_names import Postgres, debian_postgres, rhel_postgres

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.facts.host import OperatingSystem


class Family(StrEnum):
    """The two families of distributions that are supported."""

    DEBIAN = "debian"
    RHEL = "rhel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """One server program as its distribution packages it."""

    packages: tuple[str, ...]
    unit: str  # systemd unit without ".service", "" if it has none
    config: str  # main configuration file, "" if it has none
    user: str = "root"  # the account it runs as
    group: str = "root"
    version: str = ""  # what the distribution brings, without modules or foreign repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Where certificates of additional authorities are placed so that every program trusts them."""

    directory: str
    update: str
    bundle: str  # the file that holds all trusted authorities


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One version of one distribution, and every name that differs between them."""

    id: str
    version: str
    title: str
    family: Family
    supported_until: dt.date  # end of free or standard security updates
    installer: str  # apt or dnf
    firewall: str  # ufw or firewalld: what is installed when the site says auto
    systemd: int
    native_postgres: tuple[int, ...]  # versions that need no other repository
    native_node: tuple[int, ...]  # versions without another repository (RHEL: module streams)
    haproxy: Software
    nginx: Software
    keepalived: Software
    redis: Software
    nfs_server: Software
    nfs_client: Software
    chrony: Software
    ufw: Software
    firewalld: Software
    node_packages: tuple[str, ...] = ("nodejs",)
    node_binary: str = "/usr/bin/node"
    base_packages: tuple[str, ...] = ("ca-certificates", "openssl", "curl")
    trust: Trust
    sources_directory: str
    keyrings_directory: str
    exports_directory: str = "/etc/exports.d"
    nginx_directory: str = "/etc/nginx/conf.d"
    nologin: str = "/usr/sbin/nologin"
    nobody_group: str
    postgres_home: str
    haproxy_socket: str = "/run/haproxy/admin.sock"  # in a directory that the package makes
    selinux_packages: tuple[str, ...] = ()
    selinux_booleans: Mapping[str, tuple[str, ...]] = field(
        hash=False, default_factory=dict
    )  # by program

    @property
    def major(self) -> int:
        """The distribution's major version: 12, 24, 9."""
        return int(self.version.partition(".")[0])

    def postgres(self, version: int) -> Postgres:
        """Return the names of one PostgreSQL major version."""
        if self.family is Family.DEBIAN:
            return debian_postgres(version)
        return rhel_postgres(version)

    def has_postgres(self, version: int) -> bool:
        """Tell whether the distribution itself brings that version."""
        return version in self.native_postgres

    def has_node(self, version: int) -> bool:
        """Tell whether the distribution itself brings that major version of Node.js."""
        return version in self.native_node

    def firewall_software(self, kind: str) -> Software:
        """Return the packages and unit of `ufw` or `firewalld`."""
        return self.firewalld if kind == "firewalld" else self.ufw


_HAPROXY = Software(
    packages=("haproxy",),
    unit="haproxy",
    config="/etc/haproxy/haproxy.cfg",
    user="haproxy",
    group="haproxy",
)
_NGINX = Software(
    packages=("nginx",),
    unit="nginx",
    config="/etc/nginx/nginx.conf",
    user="www-data",
    group="www-data",
)
_KEEPALIVED = Software(
    packages=("keepalived",), unit="keepalived", config="/etc/keepalived/keepalived.conf"
)
_REDIS = Software(
    packages=("redis-server",),
    unit="redis-server",
    config="/etc/redis/redis.conf",
    user="redis",
    group="redis",
)
_UFW = Software(packages=("ufw",), unit="ufw", config="/etc/ufw/ufw.conf")
_FIREWALLD = Software(
    packages=("firewalld",), unit="firewalld", config="/etc/firewalld/firewalld.conf"
)


def _brings(software: Software, version: str) -> Software:
    return replace(software, version=version)


_DEBIAN_12 = Platform(
    id="debian",
    version="12",
    title="Debian 12",
    family=Family.DEBIAN,
    supported_until=dt.date(2028, 6, 30),
    installer="apt",
    firewall="ufw",
    systemd=252,
    native_postgres=(15,),
    native_node=(18,),
    haproxy=_brings(_HAPROXY, "2.6"),
    nginx=_brings(_NGINX, "1.22"),
    keepalived=_brings(_KEEPALIVED, "2.2"),
    redis=_brings(_REDIS, "7.0"),
    nfs_server=Software(packages=("nfs-kernel-server",), unit="nfs-server", config="/etc/nfs.conf"),
    nfs_client=Software(packages=("nfs-common",), unit="", config="/etc/nfs.conf"),
    chrony=Software(packages=("chrony",), unit="chrony", config="/etc/chrony/chrony.conf"),
    ufw=_brings(_UFW, "0.36.2"),
    firewalld=_FIREWALLD,
    trust=Trust(
        directory="/usr/local/share/ca-certificates",
        update="update-ca-certificates",
        bundle="/etc/ssl/certs/ca-certificates.crt",
    ),
    sources_directory="/etc/apt/sources.list.d",
    keyrings_directory="/etc/apt/keyrings",
    nobody_group="nogroup",
    postgres_home="/var/lib/postgresql",
)
_DEBIAN_11 = replace(
    _DEBIAN_12,
    version="11",
    title="Debian 11",
    supported_until=dt.date(2026, 8, 31),
    systemd=247,
    native_postgres=(13,),
    native_node=(12,),
    haproxy=_brings(_HAPROXY, "2.2"),
    nginx=_brings(_NGINX, "1.18"),
    keepalived=_brings(_KEEPALIVED, "2.1"),
    redis=_brings(_REDIS, "6.0"),
    ufw=_brings(_UFW, "0.36"),
)
_DEBIAN_13 = replace(
    _DEBIAN_12,
    version="13",
    title="Debian 13",
    supported_until=dt.date(2030, 6, 30),
    systemd=257,
    native_postgres=(17,),
    native_node=(20,),
    haproxy=_brings(_HAPROXY, "3.0"),
    nginx=_brings(_NGINX, "1.26"),
    keepalived=_brings(_KEEPALIVED, "2.3"),
    redis=_brings(_REDIS, "8.0"),
)
_UBUNTU_2204 = replace(
    _DEBIAN_12,
    id="ubuntu",
    version="22.04",
    title="Ubuntu 22.04",
    supported_until=dt.date(2027, 4, 30),
    systemd=249,
    native_postgres=(14,),
    native_node=(12,),
    haproxy=_brings(_HAPROXY, "2.4"),
    nginx=_brings(_NGINX, "1.18"),
    redis=_brings(_REDIS, "6.0"),
    ufw=_brings(_UFW, "0.36.1"),
)
_UBUNTU_2404 = replace(
    _UBUNTU_2204,
    version="24.04",
    title="Ubuntu 24.04",
    supported_until=dt.date(2029, 4, 30),
    systemd=255,
    native_postgres=(16,),
    native_node=(18,),
    haproxy=_brings(_HAPROXY, "2.8"),
    nginx=_brings(_NGINX, "1.24"),
    redis=_brings(_REDIS, "7.0"),
    ufw=_brings(_UFW, "0.36.2"),
)
_NGINX_RHEL = replace(_NGINX, user="nginx", group="nginx")
# Newer releases of the family offer valkey instead; up to 9 the redis package is still there.
_REDIS_RHEL = replace(_REDIS, packages=("redis",), unit="redis")
_RHEL_9 = replace(
    _DEBIAN_12,
    id="rhel",
    version="9",
    title="RHEL 9",
    family=Family.RHEL,
    supported_until=dt.date(2032, 5, 31),
    installer="dnf",
    firewall="firewalld",
    native_postgres=(),  # PostgreSQL comes from PGDG always: same names and paths for any version
    native_node=(18, 20, 22),
    haproxy=_brings(_HAPROXY, "2.4"),
    nginx=_brings(_NGINX_RHEL, "1.20"),
    redis=_brings(_REDIS_RHEL, "6.2"),
    nfs_server=Software(packages=("nfs-utils",), unit="nfs-server", config="/etc/nfs.conf"),
    nfs_client=Software(packages=("nfs-utils",), unit="", config="/etc/nfs.conf"),
    chrony=Software(packages=("chrony",), unit="chronyd", config="/etc/chrony.conf"),
    trust=Trust(
        directory="/etc/pki/ca-trust/source/anchors",
        update="update-ca-trust",
        bundle="/etc/pki/tls/certs/ca-bundle.crt",
    ),
    sources_directory="/etc/yum.repos.d",
    keyrings_directory="/etc/pki/rpm-gpg",
    nobody_group="nobody",
    postgres_home="/var/lib/pgsql",
    haproxy_socket="/var/lib/haproxy/stats",
    selinux_packages=("policycoreutils", "policycoreutils-python-utils"),
    selinux_booleans={
        "haproxy": ("haproxy_connect_any",),
        "nginx": ("httpd_can_network_connect", "httpd_setrlimit"),
    },
)
_RHEL_8 = replace(
    _RHEL_9,
    version="8",
    title="RHEL 8",
    supported_until=dt.date(2029, 5, 31),
    systemd=239,
    haproxy=_brings(_HAPROXY, "1.8"),
    nginx=_brings(_NGINX_RHEL, "1.14"),
    keepalived=_brings(_KEEPALIVED, "2.1"),
    redis=replace(_REDIS_RHEL, config="/etc/redis.conf", version="5.0"),
)

_REBUILDS = {"rocky": "Rocky Linux", "almalinux": "AlmaLinux"}
PLATFORMS: tuple[Platform, ...] = (
    *(_DEBIAN_11, _DEBIAN_12, _DEBIAN_13, _UBUNTU_2204, _UBUNTU_2404, _RHEL_8, _RHEL_9),
    *(
        replace(platform, id=name, title=f"{title} {platform.version}")
        for name, title in _REBUILDS.items()
        for platform in (_RHEL_8, _RHEL_9)
    ),
)
_FAMILIES = {platform.id: platform.family for platform in PLATFORMS}


def family_of(distribution: str) -> Family | None:
    """Return the family of an os-release ID, None if none of its versions is supported."""
    return _FAMILIES.get(distribution)


def supported() -> str:
    """Return the supported distributions for people, comma-separated."""
    return ", ".join(platform.title for platform in PLATFORMS)


def platform_of(os: OperatingSystem) -> Platform:
    """Return the platform of a host; raises HostError naming the supported ones."""
    major = os.version.partition(".")[0]
    for platform in PLATFORMS:
        if os.id == platform.id and platform.version in (os.version, major):
            return platform
    seen = os.pretty or f"{os.id} {os.version}".strip() or "an unknown operating system"
    raise HostError(f"{seen} is not supported", remedy=f"Use one of {supported()}.")
