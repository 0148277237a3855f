"""Who talks to whom."""

from __future__ import annotations

import pytest

from tests.site.example import site
from wizard.site.flows import ANYWHERE, INSTALLER, OUTSIDE, Flow, flows, into, out_of


def ends(found: tuple[Flow, ...]) -> set[tuple[str, str, int, str]]:
    """Source, target, port and protocol of flows."""
    return {(flow.source, flow.target, flow.port, flow.protocol) for flow in found}


@pytest.mark.parametrize(
    "expected",
    [
        (ANYWHERE, "lb1", 443, "tcp"),
        (ANYWHERE, "lb2", 80, "tcp"),
        (INSTALLER, "db1", 22, "tcp"),
        ("lb1", "lb2", 0, "vrrp"),
        ("lb2", "lb1", 0, "vrrp"),
        ("lb2", "app1", 5000, "tcp"),
        ("app1", "db1", 5432, "tcp"),
        ("app1", "db2", 5432, "tcp"),
        ("db2", "db1", 5432, "tcp"),
        ("db1", "db2", 5432, "tcp"),
        ("app2", "st1", 2049, "tcp"),
        ("app1", "cache1", 6379, "tcp"),
        ("app1", OUTSIDE, 587, "tcp"),
    ],
)
def test_the_reference_site_has(expected: tuple[str, str, int, str]) -> None:
    """Every connection of the architecture is listed."""
    assert expected in ends(flows(site()))


@pytest.mark.parametrize(
    "unwanted",
    [
        (ANYWHERE, "app1", 5000, "tcp"),
        ("lb1", "db1", 5432, "tcp"),
        ("app1", "app2", 5000, "tcp"),
        ("db1", "db1", 5432, "tcp"),
        ("cache1", "app1", 6379, "tcp"),
    ],
)
def test_nothing_else_is_let_through(unwanted: tuple[str, str, int, str]) -> None:
    """What the layout does not need is no flow."""
    assert unwanted not in ends(flows(site()))


def test_no_flow_stands_twice() -> None:
    """Each flow is one rule of a firewall."""
    found = flows(site())
    assert len(set(found)) == len(found)


def test_flows_of_one_host() -> None:
    """What comes into the cache is the app servers and the installer; it calls nobody."""
    assert {flow.source for flow in into(site(), "cache1")} == {INSTALLER, "app1", "app2"}
    assert out_of(site(), "cache1") == ()


def test_an_external_export_is_outside() -> None:
    """With storage from elsewhere the app servers reach out to it."""
    changed = site(
        {
            "storage": {
                "kind": "external",
                "external": {"server": "fs.example.com", "path": "/vol/minusnow"},
            }
        }
    )
    (flow,) = [flow for flow in out_of(changed, "app1") if flow.port == 2049]
    assert (flow.target, flow.target_address) == (OUTSIDE, "fs.example.com")


def test_monitoring_servers_and_administrators_are_let_in() -> None:
    """Further networks and servers that the site names reach what they need."""
    changed = site(
        {
            "networking.admin_networks": ["10.7.0.0/24"],
            "networking.monitoring_hosts": ["10.8.0.5"],
        }
    )
    assert {flow.source_address for flow in into(changed, "db1")} >= {"10.7.0.0/24", "10.8.0.5"}
