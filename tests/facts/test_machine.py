"""What a host is: operating system, identity, size, init, protection, file systems."""

from __future__ import annotations

import pytest

from wizard.facts import (
    accounts,
    capacity,
    filesystems,
    identity,
    init,
    os_release,
    protection,
    virtualisation,
)
from wizard.facts.platform import Family

ROCKY = """\
NAME="Rocky Linux"
VERSION="9.4 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"
"""
UBUNTU = """\
PRETTY_NAME="Ubuntu 24.04.2 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ROCKY, ("rocky", "9.4", "", Family.RHEL)),
        (UBUNTU, ("ubuntu", "24.04", "noble", Family.DEBIAN)),
        ("ID=alpine\nVERSION_ID=3.20\n", ("alpine", "3.20", "", None)),
        ("", ("", "", "", None)),
        ("ID='debian'\nVERSION_ID=\"12", ("debian", "12", "", Family.DEBIAN)),
    ],
)
def test_os_release(text: str, expected: tuple[object, ...]) -> None:
    """Quotes are removed, missing fields are empty, an unknown distribution has no family."""
    seen = os_release.parse(text)
    assert expected == (seen.id, seen.version, seen.codename, seen.family)


def test_identity() -> None:
    """Each number is taken as it is, the hardware's in lower case."""
    seen = identity.parse(
        "hostname=db1\nkernel=6.1.0-18-amd64\nmachine_id=0a1b\nboot_id=c3ed\n"
        "hardware_id=4C4C4544-0042-3510\narchitecture=x86_64\n"
        "host_key=ssh-ed25519 AAAA root@db1\n"
    )
    assert seen == identity.Identity(
        hostname="db1",
        kernel="6.1.0-18-amd64",
        architecture="x86_64",
        machine_id="0a1b",
        boot_id="c3ed",
        hardware_id="4c4c4544-0042-3510",
        host_key="ssh-ed25519 AAAA",
    )


def test_a_placeholder_is_no_hardware_identity() -> None:
    """Boards without a number share one: two machines must not seem to be the same."""
    seen = identity.parse("hardware_id=03000200-0400-0500-0006-000700080009\n")
    assert not seen.hardware_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("container=systemd-nspawn\ncpu=GenuineIntel\nguest=yes\n", "systemd-nspawn"),
        ("cpu=User Mode Linux\n", "uml"),
        ("vendor=QEMU\nproduct=Standard PC (Q35)\ncpu=AuthenticAMD\nguest=yes\n", "qemu"),
        ("vendor=VMware, Inc.\nproduct=VMware7,1\nguest=yes\n", "vmware"),
        ("vendor=Microsoft Corporation\nproduct=Virtual Machine\n", "hyper-v"),
        ("cpu=GenuineIntel\nguest=yes\n", "virtual"),
        ("vendor=Dell Inc.\ncpu=GenuineIntel\n", "none"),
        ("", "unknown"),
    ],
)
def test_virtualisation(text: str, expected: str) -> None:
    """A container says so itself; otherwise firmware and processor tell."""
    assert expected == virtualisation.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "processors=8\nallowed=0-7\nmemory=16384000\ndisk=4096 1000 400\n",
            (8, 16777216000, 4096000, 1638400),
        ),
        ("processors=8\nallowed=0-1,4\nmemory=1000\nlimit=max\n", (3, 1024000, 0, 0)),
        ("processors=2\nmemory=1000000\nlimit=536870912\n", (2, 536870912, 0, 0)),
        ("processors=2\nmemory=1000\nlimit=9223372036854771712\n", (2, 1024000, 0, 0)),
        ("processors=0\nallowed=zero\n", (0, 0, 0, 0)),
    ],
)
def test_capacity(text: str, expected: tuple[int, ...]) -> None:
    """A container's own limits count, and what could not be read is 0."""
    seen = capacity.parse(text)
    assert expected == (seen.cpus, seen.memory, seen.disk_size, seen.disk_free)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("init=systemd\nlibrary=libsystemd-shared-252.so\n", ("systemd", 252)),
        ("init=systemd\nlibrary=libsystemd-shared-252-46.el9.so\n", ("systemd", 252)),
        ("init=systemd\nlibrary=libsystemd-shared-239.so\n", ("systemd", 239)),
        ("init=runit\n", ("runit", 0)),
        ("", ("unknown", 0)),
    ],
)
def test_init(text: str, expected: tuple[str, int]) -> None:
    """The version stands in the library's name, on RHEL with the package's release."""
    assert expected == init.parse(text)


@pytest.mark.parametrize(
    ("text", "selinux", "firewall"),
    [
        ("selinux=1\nactive=firewalld\ninstalled=firewalld\n", "enforcing", "firewalld"),
        ("selinux=0\ninstalled=firewalld\n", "permissive", "firewalld"),
        ("installed=ufw\nactive=firewalld\n", "disabled", "firewalld"),
        ("active=ufw\ninstalled=ufw\n", "disabled", "ufw"),
        ("", "disabled", "none"),
    ],
)
def test_protection(text: str, selinux: str, firewall: str) -> None:
    """An active firewall counts before one that is only installed."""
    assert (selinux, firewall) == (protection.selinux(text), protection.firewall(text))


def test_file_systems() -> None:
    """Loaded ones and those that wait as modules count alike."""
    seen = filesystems.parse("nodev\tproc\n\text4\nmodule nfsv4.ko.xz\nmodule nfsd.ko\n")
    assert seen == {"proc", "ext4", "nfs4", "nfsd"}


def test_accounts() -> None:
    """Lines that are no accounts are passed over."""
    seen = accounts.parse("root:x:0:0:root:/root:/bin/bash\n+::::::\nminusnow:x:990:991::/:/x\n")
    assert seen == {"root": (0, 0), "minusnow": (990, 991)}
