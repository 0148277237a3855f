"""What must agree between the sections."""

from __future__ import annotations

import pytest

from tests.site.example import APP1, APP2, CACHE1, DB1, DB2, HOSTS, LB1, LB2, ST1, host, parsed
from wizard.site.edit import REMOVE

OTHER_STORAGE = host("st2", "10.0.3.11", "storage")
OTHER_CACHE = host("cache2", "10.0.4.11", "cache")
TWICE = host("LB1", "10.0.9.9", "load_balancer")
TOGETHER = host("cache1", "10.0.3.10", "cache")
APP_WITH_CACHE = host("app1", "10.0.1.10", "app", "cache")
BALANCER_WITH_CACHE = host("lb2", "10.0.0.11", "load_balancer", "cache")
IPV6_LB = host("lb2", "fd00::11", "load_balancer")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"topology.hosts": [*HOSTS, TWICE]},
            ("topology.hosts[8].name", "'lb1', the name of hosts[0]"),
            id="a name twice",
        ),
        pytest.param(
            {"topology.hosts": [*HOSTS[:7], TOGETHER]},
            ("topology.hosts[7].address", "'10.0.3.10', the address of st1"),
            id="an address twice",
        ),
        pytest.param(
            {"topology.hosts": [APP1, APP2, DB1, DB2, ST1, CACHE1]},
            ("topology.hosts", "no balancer"),
            id="no balancer",
        ),
        pytest.param(
            {"topology.hosts": [LB1, LB2, APP1, APP2, DB1, DB2, CACHE1]},
            ("topology.hosts", "no storage"),
            id="no storage",
        ),
        pytest.param(
            {"topology.hosts": [*HOSTS, OTHER_STORAGE]},
            ("topology.hosts", "the role 'storage' on st1 and st2"),
            id="two storage servers",
        ),
        pytest.param(
            {"topology.hosts": [*HOSTS, OTHER_CACHE]},
            ("topology.hosts", "the role 'cache' on cache1 and cache2"),
            id="two caches",
        ),
        pytest.param(
            {"networking.virtual_ip": REMOVE},
            ("networking.virtual_ip", "nothing"),
            id="two balancers without a virtual address",
        ),
        pytest.param(
            {"networking.virtual_ip": "10.0.1.11/16"},
            ("networking.virtual_ip", "the address of app2"),
            id="the virtual address of a host",
        ),
        pytest.param(
            {"networking.virtual_ip": "fd00::100/64"},
            ("networking.virtual_ip", "'fd00::100/64'"),
            id="a virtual address of another family than the network",
        ),
        pytest.param(
            {"topology.hosts": [LB1, IPV6_LB, *HOSTS[2:]]},
            ("networking.virtual_ip", "'10.0.0.100/16'"),
            id="a virtual address of another family than a balancer",
        ),
        pytest.param(
            {"storage.kind": "external"}, ("storage.external", "nothing"), id="external storage"
        ),
        pytest.param(
            {"cache.kind": "external"}, ("cache.external", "nothing"), id="external cache"
        ),
        pytest.param(
            {"networking.tls": {"mode": "provided", "certificate": "./a.pem"}},
            ("networking.tls.key", "nothing"),
            id="a certificate without its key",
        ),
        pytest.param(
            {"application.node_source": {"kind": "tarball", "path": "./node.tar.gz"}},
            ("application.node_source.sha256", "nothing"),
            id="a tarball without a checksum",
        ),
        pytest.param(
            {
                "topology.hosts": [
                    *HOSTS[:2],
                    host("app1", "10.0.1.10", "app", "cache"),
                    APP2,
                    DB1,
                    DB2,
                    ST1,
                ],
                "cache.port": 5000,
            },
            ("cache.port", "5000, which application.port uses on app1"),
            id="a port twice on one host",
        ),
        pytest.param(
            {
                "topology.hosts": [
                    LB1,
                    host("lb2", "10.0.0.11", "load_balancer", "cache"),
                    *HOSTS[2:7],
                ],
                "cache.port": 443,
            },
            ("cache.port", "443, which load_balancer uses on lb2"),
            id="the port of the balancer",
        ),
    ],
)
def test_what_does_not_fit_together_is_one_problem(
    changes: dict[str, object], expected: tuple[str, str]
) -> None:
    """Each disagreement is reported at the place to change."""
    assert [(one.path, one.seen) for one in parsed(changes).problems] == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"topology.hosts": HOSTS[2:], "load_balancer.kind": "external"}, id="external balancer"
        ),
        pytest.param(
            {"topology.hosts": HOSTS[1:], "networking.virtual_ip": REMOVE}, id="one balancer"
        ),
        pytest.param({"networking.virtual_ip": "203.0.113.7/24"}, id="a public virtual address"),
        pytest.param({"cache.port": 5432}, id="a port twice on different hosts"),
        pytest.param(
            {
                "storage": {
                    "kind": "external",
                    "external": {"server": "fs.example.com", "path": "/vol/minusnow"},
                }
            },
            id="an external export",
        ),
        pytest.param(
            {
                "application.node_source": {
                    "kind": "tarball",
                    "path": "./node.tar.gz",
                    "sha256": "A" * 64,
                }
            },
            id="a tarball with its checksum",
        ),
        pytest.param(
            {"networking.packages.mirror": ["deb [trusted=yes] file:/srv/mirror ./"]}, id="mirror"
        ),
        pytest.param({"networking.smtp.host": "localhost"}, id="a mail relay on each host"),
    ],
)
def test_what_fits_together_is_accepted(changes: dict[str, object]) -> None:
    """Choices that differ from the reference."""
    assert parsed(changes).problems == ()
