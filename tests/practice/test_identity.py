"""The files that make a practice host itself."""

import stat
from pathlib import Path

from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import REFERENCE
from wizard.practice.identity import (
    hosts_text,
    interfaces_text,
    known_hosts_line,
    make_identity,
)


def test_a_host_knows_localhost_and_itself_only() -> None:
    """Without localhost, PostgreSQL's package hangs; other hosts are the installer's business."""
    lines = hosts_text(REFERENCE["db1"]).splitlines()

    assert lines[0] == "127.0.0.1 localhost"
    assert "10.0.2.10 db1" in lines
    assert not any("db2" in line for line in lines)


def test_the_interface_is_named_after_the_kind_of_host() -> None:
    """A container and a machine see differently named links."""
    assert "iface host0 inet static\n    address 10.0.2.10/16\n" in interfaces_text(
        REFERENCE["db1"]
    )
    assert "iface vec0 inet static\n    address 10.0.3.10/16\n" in interfaces_text(REFERENCE["st1"])


def test_two_hosts_share_no_identity(tmp_path: Path) -> None:
    """Machine ids and host keys differ; the operator's key is let in; private keys are private."""
    directory = FleetDirectory(tmp_path)
    key = tmp_path / "operator.pub"
    key.write_text("ssh-ed25519 AAAA operator\n")
    hosts = (REFERENCE["db1"], REFERENCE["db2"])
    for host in hosts:
        make_identity(directory, host, key)

    trees = [directory.host(host.name).identity for host in hosts]
    assert len({(tree / "etc/machine-id").read_text() for tree in trees}) == 2
    assert len({known_hosts_line(directory, host).split()[2] for host in hosts}) == 2
    for tree in trees:
        assert (tree / "home/ops/.ssh/authorized_keys").read_text() == key.read_text()
        private = tree / "etc/ssh/ssh_host_ed25519_key"
        assert stat.S_IMODE(private.stat().st_mode) == 0o600


def test_known_hosts_has_the_key_under_name_and_address(tmp_path: Path) -> None:
    """Either may be used to reach the host."""
    directory = FleetDirectory(tmp_path)
    key = tmp_path / "operator.pub"
    key.write_text("ssh-ed25519 AAAA operator\n")
    make_identity(directory, REFERENCE["lb1"], key)

    assert known_hosts_line(directory, REFERENCE["lb1"]).startswith("lb1,10.0.0.10 ssh-ed25519 ")
