"""How a host is reached follows from the site file and what the host overrides."""

from __future__ import annotations

from pathlib import Path

from tests.site.example import DB1, HOSTS, moved, site
from wizard.run.wiring import endpoint


def test_a_host_is_reached_as_the_site_says() -> None:
    """User, port, key and known hosts of the section `ssh`, with ~ as the home folder."""
    found = endpoint(site(), site().host("db1"))
    assert (found.name, found.address, found.user, found.port) == ("db1", "10.0.2.10", "ops", 22)
    assert found.key_file == Path("~/.ssh/id_ed25519").expanduser()
    assert found.known_hosts == Path("~/.ssh/known_hosts").expanduser()
    assert found.jump is None


def test_a_host_may_override_what_the_section_says() -> None:
    """Its own user, port and way to root."""
    own = moved(DB1, ssh={"user": "dba", "port": 2222, "sudo": "password"})
    wanted = site({"topology.hosts": [own if host is DB1 else host for host in HOSTS]})
    found = endpoint(wanted, wanted.host("db1"))
    assert (found.user, found.port, found.sudo) == ("dba", 2222, "password")
    assert endpoint(wanted, wanted.host("db2")).user == "ops"


def test_the_jump_host_has_its_own_login_and_is_verified_too() -> None:
    """Its user and port, and the same file of known hosts."""
    wanted = site({"ssh.jump": "gate@bastion.example.com:2200"})
    jump = endpoint(wanted, wanted.host("db1")).jump
    assert jump is not None
    assert (jump.address, jump.user, jump.port) == ("bastion.example.com", "gate", 2200)
    assert jump.known_hosts == Path("~/.ssh/known_hosts").expanduser()
