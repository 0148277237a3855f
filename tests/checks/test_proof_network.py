"""Which connections a host tries, and what is concluded from how they end."""

from __future__ import annotations

import pytest

from tests.checks.served import ground
from tests.site.example import site
from wizard.checks import proof_address, proof_network
from wizard.checks.check import Finding, Verdict

SITE = site()
GROUND = ground(SITE)


def ways(host: str, *, wanted: bool, changes: dict[str, object] | None = None) -> set[str]:
    """The names of what a host tries."""
    installed = ground(site(changes)) if changes else GROUND
    tried = proof_network.ways_from(installed, installed.site.host(host))
    return {way.name for way in tried if way.wanted is wanted}


def judged(host: str, answers: dict[str, str]) -> dict[str, Finding]:
    """Findings by check; connections that are not named end as the site wants them."""
    tried = proof_network.ways_from(GROUND, SITE.host(host))
    ends = {way.name: "connected" if way.wanted else "timeout" for way in tried} | answers
    text = "".join(f"reach\t{way.target.key}\t{ends[way.name]}\n" for way in tried)
    return {
        each.check: each for each in proof_network.check_ways(GROUND, SITE.host(host), tried, text)
    }


def test_the_cache_host_tries_the_database_and_must_not_reach_it() -> None:
    """Everything that no flow of the site allows is tried."""
    assert {"db1:5432", "db2:5432", "st1:2049", "app1:5000", "db1:22"} <= ways(
        "cache1", wanted=False
    )


def test_an_app_server_needs_what_the_flows_say() -> None:
    """Database, share and cache, and the mail relay outside."""
    assert {"db1:5432", "db2:5432", "st1:2049", "cache1:6379"} <= ways("app1", wanted=True)
    assert not {"db1:5432", "cache1:6379"} & ways("app1", wanted=False)


def test_what_is_open_to_anyone_is_not_forbidden() -> None:
    """HTTPS of the balancers is for everybody."""
    assert "lb1:443" not in ways("cache1", wanted=False)


def test_a_network_of_administrators_covers_the_hosts_in_it() -> None:
    """SSH is not forbidden to hosts that the site itself lets in."""
    changed: dict[str, object] = {"networking.admin_networks": ["10.0.0.0/16"]}
    assert "db1:22" not in ways("cache1", wanted=False, changes=changed)


def test_a_forbidden_connection_that_succeeds_fails() -> None:
    """The words name the end that let it in."""
    finding = judged("cache1", {"db1:5432": "connected"})["ways-closed"]
    assert finding.verdict is Verdict.FAILED
    assert finding.seen == "connected to db1:5432"


def test_a_needed_connection_that_fails_fails() -> None:
    """How it ended is told."""
    findings = judged("app1", {"db1:5432": "timeout"})
    assert findings["ways-closed"].verdict is Verdict.OK
    tried = proof_network.ways_from(GROUND, SITE.host("app1"))
    text = "".join(
        f"reach\t{way.target.key}\t{'timeout' if way.name == 'db1:5432' else 'connected'}\n"
        for way in tried
    )
    first = next(iter(proof_network.check_ways(GROUND, SITE.host("app1"), tried, text)))
    assert (first.verdict, first.seen) == (Verdict.FAILED, "db1:5432: timeout")


def test_a_firewall_is_on_only_if_it_says_so() -> None:
    """Installed is not active."""
    host = SITE.host("db1")
    firewall = proof_network.check_firewall
    assert firewall(GROUND, host, "Status: active\n").verdict is Verdict.OK
    assert firewall(GROUND, host, "firewalld: running\n").verdict is Verdict.OK
    assert firewall(GROUND, host, "Status: inactive\n").verdict is Verdict.FAILED
    assert firewall(GROUND, host, "").verdict is Verdict.FAILED
    without = ground(site({"networking.firewall": "none"}))
    assert firewall(without, host, "").verdict is Verdict.SKIPPED


def test_exactly_one_balancer_holds_the_address() -> None:
    """None and both are wrong in different ways."""
    check = proof_address.check
    assert check(SITE, {"lb1": "held\n", "lb2": "\n"}).seen == "lb1 holds 10.0.0.100"
    assert "no balancer" in check(SITE, {"lb1": "", "lb2": ""}).seen
    assert "lb1 and lb2" in check(SITE, {"lb1": "held", "lb2": "held"}).seen


@pytest.mark.parametrize(
    ("purpose", "answer", "verdict"),
    [
        ("production", "connected", Verdict.OK),
        ("production", "Connection refused", Verdict.WARNING),
        ("rehearsal", "Connection refused", Verdict.SKIPPED),
    ],
)
def test_a_rehearsal_goes_without_a_mail_relay(purpose: str, answer: str, verdict: Verdict) -> None:
    """The relay is not of the site: its silence is never a failure."""
    installed = ground(site({"purpose": purpose}))
    host = installed.site.host("app1")
    tried = proof_network.ways_from(installed, host)
    text = "".join(f"reach\t{way.target.key}\t{answer}\n" for way in tried if way.mail)
    found = list(proof_network.check_ways(installed, host, tried, text))
    assert [each.verdict for each in found if each.check == "mail-relay"] == [verdict]
