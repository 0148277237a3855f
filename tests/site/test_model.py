"""What the engine asks a site."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.site.example import HOSTS, REFERENCE_PATH, parsed, site
from wizard.site.access import Jump, read_jump
from wizard.site.file import load
from wizard.site.topology import Role


def test_hosts_are_found_by_role_and_name() -> None:
    """In the order of the file, and however the name is capitalised."""
    reference = site()
    assert [one.name for one in reference.hosts_with(Role.APP)] == ["app1", "app2"]
    assert reference.host("DB2").address == "10.0.2.11"
    with pytest.raises(KeyError):
        reference.host("db9")


def test_the_primary_and_its_standbys_are_the_database_hosts() -> None:
    """The named one first, all others follow it."""
    other = site({"database.primary": "db2"})
    assert (other.primary.name, [one.name for one in other.standbys]) == ("db2", ["db1"])


def test_a_host_overrides_only_what_it_says() -> None:
    """The rest comes from the section."""
    changed = site({"topology.hosts[4].ssh": {"port": 2222, "sudo": "password"}})
    merged = changed.ssh_for(changed.host("db1"))
    assert (merged.user, merged.port, merged.sudo) == ("ops", 2222, "password")
    assert changed.ssh_for(changed.host("db2")) == changed.ssh


def test_a_site_cannot_be_changed() -> None:
    """Neither the whole nor its parts."""
    reference = site()
    with pytest.raises(ValidationError):
        reference.ssh.port = 23  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "jump"),
    [
        ("bastion.example.com", Jump("bastion.example.com")),
        ("ops@Bastion:2222", Jump("bastion", "ops", 2222)),
        ("ops@[fd00::1]:22", Jump("fd00::1", "ops", 22)),
        ("fd00::1", Jump("fd00::1")),
        ("10.9.0.1:22", Jump("10.9.0.1", None, 22)),
    ],
)
def test_a_jump_host_is_read_in_parts(text: str, jump: Jump) -> None:
    """User and port may be left out."""
    assert read_jump(text) == jump


@pytest.mark.parametrize("text", ["", "ops@", ":22", "a:0", "a:65536", "a b", "Ops@a", "a;b", "@a"])
def test_anything_else_is_no_jump_host(text: str) -> None:
    """It would end up on a connection's command line."""
    with pytest.raises(ValueError, match=r".*"):
        read_jump(text)


def test_a_host_knows_its_address_as_a_number() -> None:
    """None for a name."""
    named = site({"topology.hosts[7].address": "cache.example.com"})
    assert str(named.host("db1").ip) == "10.0.2.10"
    assert named.host("cache1").ip is None


def test_storage_and_cache_hosts_are_those_that_this_installer_sets_up() -> None:
    """An external service has none."""
    reference = load(REFERENCE_PATH).site
    assert (reference.storage_host, reference.cache_host) == reference.hosts[6:8]
    other = site({"topology.hosts": HOSTS[:7], "cache.kind": "none"})
    assert other.cache_host is None


@pytest.mark.parametrize("role", ["minusnow_setup", "minusnow_backup", "minusnow_monitoring"])
def test_the_application_cannot_be_one_of_the_installers_roles(role: str) -> None:
    """Each of these roles has rights and a password of its own."""
    found = parsed({"database.user": role})
    assert found.site is None
    assert [one.path for one in found.problems] == ["database.user"]
    assert parsed({"database.user": "minusnow_itsm"}).site is not None
