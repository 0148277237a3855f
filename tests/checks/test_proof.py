"""The proof as a whole: what cannot be asked is told, and a weak site is spared the drills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.checks.served import ground, issued, no_database
from tests.facts.example import all_good
from tests.remote.local import LocalTransport
from tests.site.example import site
from wizard.checks import proof
from wizard.checks.check import SITE as WHOLE
from wizard.checks.check import Finding, Verdict
from wizard.checks.proof import in_order, prove
from wizard.checks.proof_ground import Ground
from wizard.checks.table import as_table
from wizard.errors import Cancelled, ConnectionLost, SetupError
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from wizard.remote.transport import Result

SITE = site()


class Failing(LocalTransport):
    """Stands in for a host whose every script ends with the same error."""

    def __init__(self, host: str, error: SetupError) -> None:
        super().__init__(host)
        self.error = error

    def run(self, script: str, **_options: object) -> Result:  # noqa: ARG002 - the contract
        """Fail."""
        raise self.error

    def forward(self, address: str, port: int) -> Any:  # noqa: ANN401, ARG002 - never returns
        """Fail."""
        raise self.error


def proven(error: SetupError, *, drills: bool = True) -> tuple[tuple[Finding, ...], list[Finding]]:
    """The findings about a site whose hosts are all lost, and those that were handed out."""
    heard: list[Finding] = []
    authority, certificate = issued()
    findings = prove(
        SITE,
        {host.name: Failing(host.name, error) for host in SITE.hosts},
        all_good(SITE),
        Secrets(
            {
                "ca_certificate": authority.certificate,
                "balancer_certificate": certificate.certificate,
                "redis_password": "x",
            }
        ),
        open_database=lambda transport: transport.forward("127.0.0.1", 5432),
        drills=drills,
        on_finding=heard.append,
    )
    return findings, heard


def test_hosts_that_are_lost_are_findings_and_no_end() -> None:
    """Each host is named, nothing is left out, and no drill is done."""
    findings, heard = proven(ConnectionLost("the session ended"))
    asked = {each.host for each in findings if each.check == "asked"}
    assert {host.name for host in SITE.hosts} <= asked
    drill = next(each for each in findings if each.check == "drills")
    assert drill.verdict is Verdict.SKIPPED
    assert "one leg" in drill.seen
    assert sorted(heard, key=str) == sorted(findings, key=str)


def test_a_person_who_stops_it_is_heard() -> None:
    """Cancelled is never turned into a finding."""
    with pytest.raises(Cancelled):
        proven(Cancelled("stopped at your request"))


def test_no_secret_stands_in_any_finding() -> None:
    """Not even in those about what failed."""
    findings, _ = proven(ConnectionLost("gone"), drills=False)
    assert "PRIVATE" not in str(findings)
    assert "BEGIN" not in str(findings)


def test_a_host_without_a_connection_is_told() -> None:
    """A host that preflight could not reach is not forgotten."""
    heard: list[Finding] = []
    installed = Ground(
        site=SITE,
        transports={},
        facts={},
        secrets=Secrets(),
        open_database=no_database,
        on_finding=heard.append,
    )
    found = list(proof._hosts(installed))  # noqa: SLF001 - the part that asks every host
    assert {each.host for each in found} == {host.name for host in SITE.hosts}
    assert installed.asker is None


def test_findings_are_ordered_as_requests_travel() -> None:
    """By topic first, then by host as in the site file."""

    def finding(check: str, host: str) -> Finding:
        return Finding(check=check, host=host, verdict=Verdict.OK, question="?", seen="yes")

    mixed = [
        finding("drill-node", WHOLE),
        finding("app-health", "app2"),
        finding("certificate", "lb1"),
        finding("app-health", "app1"),
        finding("front", WHOLE),
        finding("own-invention", "db1"),
    ]
    assert [(each.check, each.host) for each in in_order(SITE, mixed)] == [
        ("front", WHOLE),
        ("certificate", "lb1"),
        ("app-health", "app1"),
        ("app-health", "app2"),
        ("drill-node", WHOLE),
        ("own-invention", "db1"),
    ]


def test_the_table_fits_eighty_columns() -> None:
    """Whatever was seen."""
    findings, _ = proven(ConnectionLost("the session ended while something ran " * 5))
    assert max(len(line) for line in as_table(findings, 80, everything=True).splitlines()) <= 80


def test_who_asks_is_no_balancer_and_no_app_server_if_there_is_another() -> None:
    """A drill stops app servers, and to a balancer its own address is always near."""
    asker = ground(SITE).asker
    assert asker is not None
    assert asker.host == "cache1"
    assert ground(SITE).front == "10.0.0.100"
    assert ground(SITE).node_named("app2.example.com") == SITE.host("app2")
    assert ground(SITE).node_named("stranger") is None
