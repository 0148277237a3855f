"""The review of a site as a file: what is wanted, warned of, checked and planned."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.run.local_host import LocalHost
from tests.run.pieces import LocalFile, planned, task
from tests.site.example import REFERENCE, site
from wizard.checks.check import Question
from wizard.run.licences_part import licences_part
from wizard.run.report_write import FORMATS
from wizard.run.site_page import site_rows
from wizard.run.site_report import SiteReview, review_written

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.run.report_write import Format

CLOCK = Question("clock", "Is the clock right?", "less than 1 s off")


@pytest.fixture
def review(tmp_path: Path) -> SiteReview:
    """The reference site with a plan of one file and a check that failed."""
    host = LocalHost("db1", tmp_path / "db1")
    return SiteReview(
        site=site(),
        path="acme.yaml",
        text=REFERENCE,
        findings=(CLOCK.failed("db1", "\x1b[31m9 s <behind>", "Set it."),),
        plan=planned([task("one@db1", LocalFile(name="f"))], {"db1": host}),
    )


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_what_would_be_done(review: SiteReview, form: Format) -> None:
    """Site, warnings, checks, the plan with its differences; secrets by name."""
    text = review_written(review, form)
    for words in ("acme-itsm", "app_password", "clock", "write f", "+right"):
        assert words in text, words
    assert "\x1b" not in text


def test_what_was_not_looked_at_is_said_to_be(review: SiteReview) -> None:
    """Without a plan nothing is made up, and simulated hosts are called so."""
    bare = SiteReview(site=review.site, path="acme.yaml", text="", simulated=True)
    text = review_written(bare, "text")
    assert "there is no plan" in text
    assert "SIMULATED HOSTS" in text.partition("\n")[0]
    told = json.loads(review_written(bare, "json"))
    assert (told["plan"], told["checks"], told["simulated"]) == (None, [], True)


def test_storage_is_told_as_it_is_wanted() -> None:
    """An export that was named before the kind was changed is not the one that is used."""
    named: dict[str, object] = {"storage.external": {"server": "10.0.3.9", "path": "/old"}}
    assert dict(site_rows(site(named)))["Storage"].startswith("NFS on ")


def test_every_answer_that_is_not_the_usual_one_is_told() -> None:
    """Nobody signs off what is not shown: an open network, a connection without TLS."""
    assert "Also" not in dict(site_rows(site()))
    unusual: dict[str, object] = {
        "networking.admin_networks": ["10.9.0.0/24", "10.9.1.0/24"],
        "database.tls": False,
        "topology.hosts[0].ssh": {"port": 2222},
        "application.environment": {"LOG_LEVEL": "debug"},
    }
    rows = site_rows(site(unusual))
    assert [text for name, text in rows if name == "Also"] == [
        "topology.hosts[lb1].ssh.port: 2222",
        "networking.admin_networks: 10.9.0.0/24, 10.9.1.0/24",
        "database.tls: no",
        "application.environment.LOG_LEVEL: debug",
    ]


def test_products_and_the_notice_have_lines_of_their_own() -> None:
    """Bought or not, with all that is noted; what is settled, and that nobody accepted."""
    noted: dict[str, object] = {
        "components": {
            "database": {"edition": "PostgreSQL"},
            "backup": {"edition": "Veeam", "licensed": True, "portal": "my.example.com"},
        },
        "checklist": {"backup": {"state": "done", "owner": "Ana"}, "smtp": "not-needed"},
    }
    wanted = site({"licensing": noted})
    rows = site_rows(wanted)
    told = dict(rows)
    assert [text for name, text in rows if name == "Product"] == [
        "database: PostgreSQL · open source",
        "backup: Veeam · licence bought · my.example.com",
    ]
    assert told["Checklist"] == "done: backup (Ana); not needed: smtp"
    assert told["Notice"] == "of licensing: not accepted yet"
    chapter = {row[0]: row[2] for row in licences_part(wanted).rows}
    assert chapter["uses: backup"] == "Veeam, my.example.com"


def test_the_way_in_is_told_with_its_key() -> None:
    """The agent's where no file is named; where hosts are known from, if not from the usual."""
    assert dict(site_rows(site()))["SSH"] == (
        "as ops, port 22, key ~/.ssh/id_ed25519, sudo nopasswd"
    )
    agent = site({"ssh.key_file": None, "ssh.known_hosts": "/etc/ssh/known"})
    assert dict(site_rows(agent))["SSH"] == (
        "as ops, port 22, the SSH agent's keys, sudo nopasswd, hosts known by /etc/ssh/known"
    )


def test_minusnows_own_licence_has_a_line_of_its_own() -> None:
    """Vendor, reference, day, portal and owner; without any of them there is none."""
    assert "MinusNow" not in dict(site_rows(site()))
    own: dict[str, object] = {
        "vendor": "MinusNow GmbH",
        "reference": "MN-7",
        "renewal": "2026-12-01",
        "portal": "licences.example.com",
        "owner": "Ana",
    }
    rows = site_rows(site({"licensing.minusnow": own}), date(2026, 11, 24))
    told = dict(rows)
    assert told["MinusNow"] == (
        "licence: MinusNow GmbH · MN-7 · renewal on 2026-12-01 · licences.example.com · owner: Ana"
    )
    assert "to be renewed on 2026-12-01, within 7 days (Ana)" in told["! Licence"]
