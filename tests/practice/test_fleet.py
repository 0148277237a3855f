"""The definition of the practice fleet."""

from ipaddress import IPv4Address

import pytest

from wizard.practice.fleet import (
    EXTERNAL_STORAGE,
    REFERENCE,
    Fleet,
    Kind,
    practice_host,
)


def test_the_reference_fleet_is_the_reference_architecture() -> None:
    """Eight hosts, with the addresses of the reference site file."""
    assert {host.name: str(host.address) for host in REFERENCE.hosts} == {
        "lb1": "10.0.0.10",
        "lb2": "10.0.0.11",
        "app1": "10.0.1.10",
        "app2": "10.0.1.11",
        "db1": "10.0.2.10",
        "db2": "10.0.2.11",
        "st1": "10.0.3.10",
        "cache1": "10.0.4.10",
    }


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        ("load_balancer", Kind.CONTAINER),
        ("database", Kind.CONTAINER),
        ("cache", Kind.CONTAINER),
        ("app", Kind.MACHINE),
        ("storage", Kind.MACHINE),
        ("external_storage", Kind.MACHINE),
    ],
)
def test_hosts_that_need_the_kernels_nfs_are_machines(role: str, kind: Kind) -> None:
    """The others are containers."""
    assert practice_host("h1", "10.0.9.9", role).kind is kind


def test_links_and_hardware_addresses_are_unique_and_valid() -> None:
    """A link's name has at most 15 characters; a hardware address comes from the IPv4 address."""
    hosts = (*REFERENCE.hosts, EXTERNAL_STORAGE)

    assert len({host.link for host in hosts}) == len({host.mac for host in hosts}) == 9
    assert max(len(host.link) for host in hosts) <= 15
    assert REFERENCE["app1"].mac == "52:54:0a:00:01:0a"


@pytest.mark.parametrize(
    ("name", "address", "problem"),
    [
        ("lb1", "10.0.9.9", "same name"),
        ("new1", "10.0.0.10", "same address"),
        ("new1", "10.0.0.1", "not free"),
        ("new1", "10.1.0.1", "not free"),
        ("a-b", "10.0.9.9", "cannot name"),
        ("averylongname", "10.0.9.9", "cannot name"),
    ],
)
def test_an_unusable_extra_host_is_refused(name: str, address: str, problem: str) -> None:
    """The text says what is wrong with it."""
    with pytest.raises(ValueError, match=problem):
        REFERENCE.with_hosts(practice_host(name, address, "app"))


def test_a_subset_keeps_the_fleets_order() -> None:
    """However the names are given."""
    assert REFERENCE.subset(("db1", "lb1")).names == ("lb1", "db1")


def test_a_subset_names_an_unknown_host() -> None:
    """It is not left out in silence."""
    with pytest.raises(KeyError, match="nobody"):
        Fleet(()).subset(("nobody",))


def test_an_extra_host_may_join() -> None:
    """As the external file server does."""
    fleet = REFERENCE.with_hosts(EXTERNAL_STORAGE)

    assert fleet["ext1"].address == IPv4Address("10.0.3.20")
    assert len(fleet.hosts) == 9
