"""What preflight says of a provided certificate; how one is judged is tested in tests/vault."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.vault.test_certificates import DOMAIN, LEAF, LOWER, MIDDLE, ROOT, make
from wizard.checks.check import SITE, Verdict
from wizard.checks.preflight_certificate import check
from wizard.vault import certificates

NOW = datetime(2026, 11, 23, 21, tzinfo=UTC)


def test_a_good_certificate_is_named_with_its_end() -> None:
    """Who it is for, who issued it, until when."""
    judged = certificates.check(
        LEAF.pem, LEAF.key_pem(), LOWER.pem + MIDDLE.pem, domain=DOMAIN, now=NOW
    )
    (found,) = check(judged)

    assert (found.host, found.verdict) == (SITE, Verdict.OK)
    assert found.seen == f"{DOMAIN}, by Lower, until 2027-11-23"


def test_a_missing_chain_is_a_warning() -> None:
    """It may be meant so: the authority may be one that all clients know."""
    judged = certificates.check(LEAF.pem, LEAF.key_pem(), b"", domain=DOMAIN, now=NOW)
    (found,) = check(judged)

    assert found.verdict is Verdict.WARNING
    assert "No chain is given" in found.seen
    assert "networking.tls.chain" in found.remedy


def test_each_problem_forbids_to_install() -> None:
    """Expired and for another name: two findings."""
    old = make("old.example.com", ROOT, names=("old.example.com",), days=(-9, -1))
    judged = certificates.check(old.pem, old.key_pem(), b"", domain=DOMAIN, now=NOW)
    failed = [found for found in check(judged) if found.verdict is Verdict.FAILED]

    assert len(failed) == 2
    assert all(found.remedy for found in failed)
