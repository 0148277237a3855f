"""Errors of the models in plain words."""

from __future__ import annotations

import pytest

from tests.site.example import parsed
from wizard.site.edit import REMOVE
from wizard.site.explain import description_at


def problems(changes: dict[str, object]) -> list[str]:
    """The problems of the reference file with values changed, without file and line."""
    return [f"{one.path}: seen {one.seen}, wanted {one.wanted}" for one in parsed(changes).problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"topology.hosts[2].address": "10.0.0.300"},
            (
                "topology.hosts[2].address: seen '10.0.0.300', "
                "wanted an IPv4 or IPv6 address or a host name"
            ),
        ),
        (
            {"topology.hosts[2].roles[0]": "application"},
            (
                "topology.hosts[2].roles[0]: seen 'application', "
                "wanted 'load_balancer', 'app', 'database', 'storage' or 'cache'"
            ),
        ),
        (
            {"topology.hosts[2].roles": []},
            "topology.hosts[2].roles: seen an empty list, wanted at least one",
        ),
        (
            {"topology.hosts[7].roles": ["cache", "cache"]},
            "topology.hosts[7].roles: seen a list of 2, wanted each role once",
        ),
        (
            {"topology.hosts[7].adress": "10.0.0.9"},
            "topology.hosts[7].adress: seen an unknown key, wanted 'address'",
        ),
        (
            {"databse": {"port": 1}},
            "databse: seen an unknown key, wanted 'database'",
        ),
        (
            {"max_connections": 300},
            (
                "max_connections: seen an unknown key, "
                "wanted it where it belongs: database.max_connections"
            ),
        ),
        (
            {"schema_": 1},
            "schema_: seen an unknown key, wanted 'schema'",
        ),
        ({"schema": 2}, "schema: seen 2, wanted 1"),
        ({"schema": True}, "schema: seen 'True', wanted 1"),
        ({"application.node": 20.5}, "application.node: seen '20.5', wanted 20, 22 or 24"),
        (
            {"database.version": 15.0},
            "database.version: seen '15.0', wanted 13, 14, 15, 16, 17 or 18",
        ),
        (
            {"networking.domain": REMOVE},
            (
                "networking.domain: seen nothing, "
                "wanted name that users type; the address is https://<domain>"
            ),
        ),
        (
            {"networking.domain": "intranet"},
            "networking.domain: seen 'intranet', wanted a domain name such as 'itsm.example.com'",
        ),
        (
            {"networking.private_network": "10.0.0.1/16"},
            (
                "networking.private_network: seen '10.0.0.1/16', "
                "wanted the network itself: '10.0.0.0/16'"
            ),
        ),
        (
            {"networking.vrrp_id": 256},
            "networking.vrrp_id: seen 256, wanted a whole number from 1 to 255",
        ),
        ({"ssh.port": "22"}, "ssh.port: seen '22', wanted a port from 1 to 65535"),
        ({"ssh.port": None}, "ssh.port: seen nothing, wanted a port from 1 to 65535"),
        (
            {"ssh.jump": "bastion.example.com:99999"},
            (
                "ssh.jump: seen 'bastion.example.com:99999', "
                "wanted a jump host such as 'bastion.example.com' or 'ops@10.9.0.1:2222'"
            ),
        ),
        ({"database.version": 12}, "database.version: seen 12, wanted 13, 14, 15, 16, 17 or 18"),
        (
            {"database.name": "postgres"},
            (
                "database.name: seen 'postgres', wanted a database name of lower-case letters, "
                "digits and '_', not one of PostgreSQL's own"
            ),
        ),
        ({"database.tls": "yes"}, "database.tls: seen 'yes', wanted true or false"),
        (
            {"cache": "redis"},
            (
                "cache: seen 'redis', "
                "wanted a mapping with kind, max_memory, port, policy and external"
            ),
        ),
        (
            {"cache.policy": "allkeys-lru"},
            "cache.policy: seen 'allkeys-lru', wanted 'noeviction' or 'volatile-ttl'",
        ),
        (
            {"cache.max_memory": "lots"},
            "cache.max_memory: seen 'lots', wanted a size with its unit such as '256mb' or '10GB'",
        ),
        (
            {"licensing.components.certificates.renewal": "soon"},
            (
                "licensing.components.certificates.renewal: seen 'soon', "
                "wanted a day such as 2027-06-30"
            ),
        ),
        (
            {"application.environment": {"NODE_ENV": "x"}},
            (
                "application.environment: seen a mapping with NODE_ENV, "
                "wanted variables that the installer does not set itself; not 'NODE_ENV'"
            ),
        ),
        (
            {"acknowledged": ["single-balance"]},
            "acknowledged[0]: seen 'single-balance', wanted 'single-balancer'",
        ),
        (
            {"licensing.accepted_by": "x" * 201},
            f"licensing.accepted_by: seen '{'x' * 60}…', wanted at most 200 characters",
        ),
    ],
)
def test_a_problem_says_where_what_was_seen_and_what_is_wanted(
    changes: dict[str, object], expected: str
) -> None:
    """One mistake gives one problem, in plain words."""
    assert problems(changes) == [expected]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("schema",), "1, the version of this file's format."),
        (("topology", "hosts", 3, "roles"), "What the server does: one or more roles."),
        (("storage", "external", "server"), "Address or name of the file server."),
        (("licensing", "checklist", "smtp", "owner"), "Who sees to it."),
        (("topology", "hosts", 3, "colour"), ""),
        (("nothing", "of", "this"), ""),
    ],
)
def test_every_field_can_be_explained_by_its_path(path: tuple[str | int, ...], words: str) -> None:
    """The wizard's help shows these sentences."""
    assert description_at(path) == words
