"""What a layout that may be installed is warned of."""

from __future__ import annotations

import pytest

from tests.site.example import APP1, CACHE1, HOSTS, LB1, moved, site
from wizard.site.layout import unacknowledged, warnings

FLAT = [moved(one, address=f"10.0.0.{10 + place}") for place, one in enumerate(HOSTS)]
PROVIDED = {"mode": "provided", "certificate": "./a.pem", "key": "./a.key"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {"single-storage", "self-signed-certificate"}, id="reference"),
        pytest.param({"networking.tls": PROVIDED}, {"single-storage"}, id="certificate"),
        pytest.param(
            {"topology.hosts": [LB1, *HOSTS[2:]]},
            {"single-storage", "self-signed-certificate", "single-balancer"},
            id="one balancer",
        ),
        pytest.param(
            {"topology.hosts": [LB1, moved(APP1, roles=["app", "load_balancer"]), *HOSTS[3:]]},
            {"single-storage", "self-signed-certificate", "balancer-on-app"},
            id="balancer on an app host",
        ),
        pytest.param(
            {"topology.hosts": HOSTS[:-1]},
            {"single-storage", "self-signed-certificate", "cache-without-host"},
            id="redis without a host",
        ),
        pytest.param(
            {"topology.hosts": HOSTS[:-1], "cache.kind": "none"},
            {"single-storage", "self-signed-certificate", "cache-without-host"},
            id="no cache",
        ),
        pytest.param(
            {
                "topology.hosts": HOSTS[:-1],
                "cache": {"kind": "external", "external": {"host": "redis.example.com"}},
            },
            {"single-storage", "self-signed-certificate"},
            id="external cache",
        ),
        pytest.param(
            {
                "topology.hosts": [*HOSTS[:6], CACHE1],
                "storage": {"kind": "external", "external": {"server": "fs", "path": "/vol"}},
            },
            {"self-signed-certificate"},
            id="external storage",
        ),
        pytest.param(
            {"topology.hosts": FLAT},
            {"single-storage", "self-signed-certificate", "one-subnet"},
            id="one subnet",
        ),
        pytest.param(
            {"database.replication": "sync"},
            {"single-storage", "self-signed-certificate", "sync-replication"},
            id="one synchronous standby",
        ),
        pytest.param(
            {"topology.hosts": HOSTS[2:], "load_balancer.kind": "external"},
            {"single-storage", "self-signed-certificate"},
            id="external balancer",
        ),
    ],
)
def test_a_site_is_warned_of_exactly_what_applies(
    changes: dict[str, object], expected: set[str]
) -> None:
    """Each warning by itself."""
    assert {one.id for one in warnings(site(changes))} == expected


def test_an_acknowledged_warning_is_no_longer_open() -> None:
    """Unattended runs acknowledge warnings in the file."""
    acknowledged = site({"acknowledged": ["single-storage"], "topology.hosts": [*HOSTS]})
    assert [one.id for one in unacknowledged(acknowledged)] == ["self-signed-certificate"]
    assert len(warnings(acknowledged)) == 2


def test_the_subnet_is_not_judged_while_an_address_is_a_name() -> None:
    """A warning is given only when it is certain."""
    hosts = [*FLAT[:-1], moved(FLAT[-1], address="cache.example.com")]
    assert "one-subnet" not in {one.id for one in warnings(site({"topology.hosts": hosts}))}
