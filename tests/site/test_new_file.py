"""A fresh site file explains itself and reads back as the same site."""

from __future__ import annotations

import pytest

from tests.site.example import HOSTS, site
from wizard.site.file import parse
from wizard.site.new_file import dump_new


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="reference"),
        pytest.param(
            {
                "topology.hosts[0].ssh": {"port": 2222, "user": "root"},
                "topology.hosts[1].interface": "eth1",
                "ssh.jump": "ops@[fd00::1]:22",
                "acknowledged": ["single-storage", "self-signed-certificate"],
                "purpose": "rehearsal",
                "networking.packages.mirror": ["deb [trusted=yes] file:/srv/mirror ./"],
                "networking.admin_networks": ["10.9.0.0/16", "fd00::/64"],
                "application.environment": {"TZ": "Europe/Berlin", "FLAG": "true", "N": "1"},
                "licensing.checklist": {"smtp": {"state": "open", "owner": "Jane"}},
                "licensing.accepted_on": "2026-11-23",
                "licensing.minusnow": {"reference": "MN-7", "renewal": "2027-06-30"},
            },
            id="much",
        ),
        pytest.param(
            {
                "topology.hosts": HOSTS[2:6],
                "networking.virtual_ip": None,
                "load_balancer.kind": "external",
                "storage": {"kind": "external", "external": {"server": "fs", "path": "/vol"}},
                "cache": {"kind": "external", "external": {"host": "redis", "tls": True}},
            },
            id="external",
        ),
    ],
)
def test_a_fresh_file_reads_back_as_the_same_site(changes: dict[str, object]) -> None:
    """Nothing is lost between the wizard and the file."""
    wanted = site(changes)
    assert parse(dump_new(wanted), "new.yaml").site == wanted


def test_a_fresh_file_explains_each_answer() -> None:
    """Comments come from the fields' descriptions, in lines that fit a page."""
    text = dump_new(site())
    assert "# The servers." in text
    assert "never holds a secret" in text
    assert all(len(line) <= 100 for line in text.splitlines() if line.strip().startswith("#"))
