"""What makes each practice host itself: name, address, machine identity, host keys, operator."""

import shutil
import uuid
from pathlib import Path

from wizard.practice.command import run
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import GATEWAY, PracticeHost

OPERATOR = "ops"
OPERATOR_ID = 1000


def interfaces_text(host: PracticeHost) -> str:
    """The host's ``/etc/network/interfaces``: one fixed address, the bridge as the way out."""
    return (
        "auto lo\n"
        "iface lo inet loopback\n\n"
        f"auto {host.interface}\n"
        f"iface {host.interface} inet static\n"
        f"    address {host.address}/{GATEWAY.network.prefixlen}\n"
        f"    gateway {GATEWAY.ip}\n"
    )


def hosts_text(host: PracticeHost) -> str:
    """The host's ``/etc/hosts``: itself only; other hosts' names are the installer's business."""
    return (
        "127.0.0.1 localhost\n"
        f"{host.address} {host.name}\n"
        "::1 localhost ip6-localhost ip6-loopback\n"
    )


def make_operator_key(directory: FleetDirectory) -> None:
    """Make the key pair that opens the hosts, once per fleet directory."""
    if directory.key_file.exists():
        return
    directory.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    _make_key(directory.key_file, "practice operator")


def make_identity(directory: FleetDirectory, host: PracticeHost, operator_key: Path) -> None:
    """Write the files of a new host, laid out from its root directory.

    Args:
        directory: the fleet directory to write into.
        host: the host.
        operator_key: the public key that is let in.
    """
    tree = directory.host(host.name).identity
    etc = tree / "etc"
    (etc / "ssh").mkdir(parents=True)
    (etc / "network").mkdir()
    (etc / "hostname").write_text(f"{host.name}\n")
    (etc / "hosts").write_text(hosts_text(host))
    (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")
    (etc / "network/interfaces").write_text(interfaces_text(host))
    _make_key(etc / "ssh/ssh_host_ed25519_key", f"root@{host.name}")

    home = tree / "home" / OPERATOR
    (home / ".ssh").mkdir(parents=True)
    shutil.copyfile(operator_key, home / ".ssh/authorized_keys")
    for path, mode in (
        (home, 0o755),
        (home / ".ssh", 0o700),
        (home / ".ssh/authorized_keys", 0o600),
    ):
        path.chmod(mode)
        shutil.chown(path, OPERATOR_ID, OPERATOR_ID)
    for path in (tree, etc, etc / "ssh", etc / "network", tree / "home"):
        path.chmod(0o755)


def known_hosts_line(directory: FleetDirectory, host: PracticeHost) -> str:
    """The host's line of ``known_hosts``: its key under its name and its address."""
    key = directory.host(host.name).identity / "etc/ssh/ssh_host_ed25519_key.pub"
    kind, value, *_ = key.read_text().split()
    return f"{host.name},{host.address} {kind} {value}\n"


def write_known_hosts(directory: FleetDirectory, hosts: tuple[PracticeHost, ...]) -> None:
    """Write the list of host keys that the installer verifies against."""
    beside = directory.known_hosts.with_suffix(".new")
    beside.write_text("".join(known_hosts_line(directory, host) for host in hosts))
    beside.replace(directory.known_hosts)


def _make_key(path: Path, comment: str) -> None:
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path))
