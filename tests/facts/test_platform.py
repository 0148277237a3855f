"""What distributions call things."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from wizard.errors import HostError
from wizard.facts import os_release
from wizard.facts.platform import PLATFORMS, Family, platform_of

if TYPE_CHECKING:
    from wizard.facts.host import OperatingSystem

DEBIAN = [("debian", "11"), ("debian", "12"), ("debian", "13"), ("ubuntu", "22.04")]
DEBIAN += [("ubuntu", "24.04")]
RHEL = [(name, major) for name in ("rhel", "rocky", "almalinux") for major in ("8", "9")]


def system(distribution: str, version: str) -> OperatingSystem:
    """An operating system with only what the lookup reads."""
    return os_release.parse(f'ID={distribution}\nVERSION_ID="{version}"\n')


@pytest.mark.parametrize(("distribution", "version"), DEBIAN + RHEL)
def test_every_supported_version_is_found(distribution: str, version: str) -> None:
    """Each supported distribution has a platform of its family."""
    platform = platform_of(system(distribution, version))
    assert (distribution, version) == (platform.id, platform.version)
    assert platform.family is system(distribution, version).family


@pytest.mark.parametrize("version", ["8.10", "9.0", "9.6"])
def test_minor_releases_of_rhel_are_their_major(version: str) -> None:
    """RHEL's VERSION_ID has a minor number that changes no name."""
    assert version[0] == platform_of(system("rocky", version)).version


@pytest.mark.parametrize(
    ("distribution", "version"),
    [
        ("debian", "10"),
        ("debian", ""),
        ("ubuntu", "22.10"),
        ("ubuntu", "22"),
        ("rhel", "7.9"),
        ("fedora", "41"),
        ("centos", "9"),
        ("", ""),
    ],
)
def test_anything_else_is_refused_with_the_supported_ones(distribution: str, version: str) -> None:
    """The error names what would do."""
    with pytest.raises(HostError) as refused:
        platform_of(system(distribution, version))
    assert "Debian 12" in refused.value.remedy
    assert "Rocky Linux 9" in refused.value.remedy


@pytest.mark.parametrize(
    ("distribution", "version", "brings"),
    [
        ("debian", "11", ((13,), (12,), "2.2", "1.18", "6.0", 247)),
        ("debian", "12", ((15,), (18,), "2.6", "1.22", "7.0", 252)),
        ("debian", "13", ((17,), (20,), "3.0", "1.26", "8.0", 257)),
        ("ubuntu", "22.04", ((14,), (12,), "2.4", "1.18", "6.0", 249)),
        ("ubuntu", "24.04", ((16,), (18,), "2.8", "1.24", "7.0", 255)),
        ("rhel", "8", ((), (18, 20, 22), "1.8", "1.14", "5.0", 239)),
        ("rocky", "9", ((), (18, 20, 22), "2.4", "1.20", "6.2", 252)),
    ],
)
def test_versions_a_distribution_brings(
    distribution: str, version: str, brings: tuple[object, ...]
) -> None:
    """Configuration is rendered for these versions when a host has not been asked yet."""
    platform = platform_of(system(distribution, version))
    assert brings == (
        platform.native_postgres,
        platform.native_node,
        platform.haproxy.version,
        platform.nginx.version,
        platform.redis.version,
        platform.systemd,
    )


@pytest.mark.parametrize(("distribution", "version"), DEBIAN)
@pytest.mark.parametrize("postgres", [13, 15, 17])
def test_postgres_on_debian(distribution: str, version: str, postgres: int) -> None:
    """The layout is postgresql-common's, wherever the packages come from."""
    names = platform_of(system(distribution, version)).postgres(postgres)
    assert (f"postgresql-{postgres}", f"postgresql-client-{postgres}") == names.packages
    assert f"postgresql@{postgres}-main" == names.unit
    assert f"/var/lib/postgresql/{postgres}/main" == names.data
    assert f"/etc/postgresql/{postgres}/main/conf.d" == names.conf_d
    assert f"/etc/postgresql/{postgres}/main/pg_hba.conf" == names.hba
    assert f"/usr/lib/postgresql/{postgres}/bin" == names.bin
    assert names.conf_d_included
    assert not names.initialise


@pytest.mark.parametrize(("distribution", "version"), RHEL)
@pytest.mark.parametrize("postgres", [13, 15, 17])
def test_postgres_on_rhel(distribution: str, version: str, postgres: int) -> None:
    """The layout is PGDG's: data and configuration in one directory, initialised by hand."""
    names = platform_of(system(distribution, version)).postgres(postgres)
    assert (f"postgresql{postgres}-server", f"postgresql{postgres}-contrib") == names.packages
    assert f"postgresql-{postgres}" == names.unit
    assert f"/var/lib/pgsql/{postgres}/data" == names.data == names.config
    assert f"/var/lib/pgsql/{postgres}/data/pg_hba.conf" == names.hba
    assert f"/usr/pgsql-{postgres}/bin" == names.bin
    assert names.initialise.endswith("initdb")
    assert not names.conf_d_included


@pytest.mark.parametrize(
    ("distribution", "version", "package", "unit", "config"),
    [(*each, "redis-server", "redis-server", "/etc/redis/redis.conf") for each in DEBIAN]
    + [
        ("rhel", "8", "redis", "redis", "/etc/redis.conf"),
        ("rhel", "9", "redis", "redis", "/etc/redis/redis.conf"),
        ("rocky", "8", "redis", "redis", "/etc/redis.conf"),
        ("almalinux", "9", "redis", "redis", "/etc/redis/redis.conf"),
    ],
)
def test_redis(distribution: str, version: str, package: str, unit: str, config: str) -> None:
    """Package, unit and file of Redis differ between families, and between RHEL 8 and 9."""
    redis = platform_of(system(distribution, version)).redis
    assert ((package,), unit, config) == (redis.packages, redis.unit, redis.config)


@pytest.mark.parametrize(("distribution", "version"), DEBIAN + RHEL)
def test_what_differs_between_families(distribution: str, version: str) -> None:
    """Package manager, firewall, NFS packages, authorities and accounts go by family."""
    platform = platform_of(system(distribution, version))
    debian = platform.family is Family.DEBIAN
    assert ("apt" if debian else "dnf") == platform.installer
    assert ("ufw" if debian else "firewalld") == platform.firewall
    assert (("nfs-kernel-server",) if debian else ("nfs-utils",)) == platform.nfs_server.packages
    assert (("nfs-common",) if debian else ("nfs-utils",)) == platform.nfs_client.packages
    assert ("www-data" if debian else "nginx") == platform.nginx.user
    assert ("nogroup" if debian else "nobody") == platform.nobody_group
    assert ("update-ca-certificates" if debian else "update-ca-trust") == platform.trust.update
    assert ("chrony" if debian else "chronyd") == platform.chrony.unit


@pytest.mark.parametrize(("distribution", "version"), DEBIAN + RHEL)
def test_what_is_the_same_everywhere(distribution: str, version: str) -> None:
    """These names hold for every supported platform."""
    platform = platform_of(system(distribution, version))
    assert platform.haproxy.config == "/etc/haproxy/haproxy.cfg"
    assert platform.haproxy.unit == "haproxy"
    assert platform.nginx.unit == "nginx"
    assert platform.keepalived.unit == "keepalived"
    assert platform.nfs_server.unit == "nfs-server"
    assert platform.exports_directory == "/etc/exports.d"
    assert platform.node_binary == "/usr/bin/node"


@pytest.mark.parametrize(("distribution", "version"), RHEL)
def test_selinux_lets_the_balancers_connect(distribution: str, version: str) -> None:
    """Enforcing SELinux would otherwise refuse the connections to the app servers."""
    booleans = platform_of(system(distribution, version)).selinux_booleans
    assert booleans["haproxy"] == ("haproxy_connect_any",)
    assert booleans["nginx"] == ("httpd_can_network_connect", "httpd_setrlimit")


def test_no_platform_stands_twice() -> None:
    """A distribution and version lead to one platform."""
    keys = [(platform.id, platform.version) for platform in PLATFORMS]
    assert len(set(keys)) == len(keys)


def test_the_end_of_support_is_known() -> None:
    """A host whose distribution gets no more updates can be told apart."""
    assert platform_of(system("debian", "11")).supported_until == dt.date(2026, 8, 31)
