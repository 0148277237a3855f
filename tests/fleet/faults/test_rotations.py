"""Every secret that can get another value does; one that was begun is given up on the way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.detector import Detector
from tests.fleet.person import Person
from tests.fleet.traces import leaked
from tests.fleet.traffic import Traffic
from wizard.practice.fleet import REFERENCE

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import FirstInstall, RunningFleet
    from tests.fleet.workplace import Ended, Event

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

OTHERS = {
    "session_secret": {"session_secret"},
    "replication_password": {"replication_password"},
    "setup_password": {"setup_password"},
    "backup_password": {"backup_password"},
    "monitoring_password": {"monitoring_password"},
    "vrrp_password": {"vrrp_password"},
    "balancer_certificate": {"balancer_key", "balancer_certificate"},
    "tls_key_db1": {"tls_key_db1", "tls_certificate_db1"},
    "tls_key_db2": {"tls_key_db2", "tls_certificate_db2"},
    "smtp_password": {"smtp_password"},
}
# What somebody else gives out is read from standard input.
GIVEN_OUT = {"smtp_password": "another one, at last: é'\\$(id)"}
# Whatever a host was ever given: what is in use, what was replaced, what was put back.
GIVEN = r"""
find /etc /opt/minusnow/.env /var/lib/minusnow-setup /var/lib/postgresql -xdev -type f -size -1M \
    ! -path '*/base/*' ! -path '*/global/*' ! -path '*/pg_wal/*' -exec cat {} + 2>/dev/null
true
"""
ROLES = "runuser -u postgres -- psql -qAtc 'select rolname from pg_roles' postgres"
# What a proof finds out with a password, a key or a certificate; on busy cores others may be slow.
KNOWN_BY_SECRETS = {
    *("replication", "replication-stream", "replication-canary", "replication-tls"),
    *("app-health", "app-components", "front", "front-nodes", "cache-locked", "virtual-held"),
    "database-certificate",
}
LONGEST = 60.0  # seconds without an answer, on two busy cores for eight hosts


def person(installed: FirstInstall) -> Person:
    """Return somebody who has begun to work."""
    found = Person(installed.site, installed.place.secrets["ca_certificate"])
    found.begin("during a rotation")
    return found


def failed_in(ended: Ended) -> set[str]:
    """Return what the proof after it found wrong."""
    return {
        event["check"] for event in ended.of_kind("check-answered") if event["verdict"] == "failed"
    }


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the names whose values differ."""
    # What seals the record is made by the first run that needs it.
    assert before.keys() | {"audit_key"} == after.keys() | {"audit_key"}
    return {name for name in before if after[name] != before[name]}


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_secret_gets_another_value(
    fleet: RunningFleet, installed: FirstInstall, name: str
) -> None:
    """The old one is on no host any more, also not in a copy; nothing else is due."""
    place, since = installed.place, time.time()
    before = place.secrets
    options = ("rotate", name, str(place.site_file), "--state", str(place.state), "--yes")
    ended = place.run(*options, typed=GIVEN_OUT.get(name, ""))

    assert ended.of_kind("rotation-finished"), ended.told()
    assert GIVEN_OUT.get(name, place.secrets[name]) == place.secrets[name]
    assert failed_in(ended) & KNOWN_BY_SECRETS == set(), ended.told()
    assert changed(before, place.secrets) == OTHERS[name]
    old = Detector({name: before[name] for name in OTHERS[name]})
    kept = {host: old.found(fleet.read(host, GIVEN)) for host in REFERENCE.names}
    assert kept == {host: set() for host in REFERENCE.names}
    assert place.plan().out.startswith("Nothing would change")
    withdrawn = {f"{each} before": before[each] for each in OTHERS[name]}
    assert leaked(fleet, place, ended, secrets=withdrawn, since=since) == {}


def app1_has_restarted(event: Event) -> bool:
    """Tell whether the first app server has just taken in what is the other one's next."""
    return (event["kind"], event["task"]) == ("task-done", "service@app1")


@pytest.mark.parametrize("services", [1, 2], ids=["before the server knew it", "after that"])
def test_a_rotation_is_given_up(
    fleet: RunningFleet, installed: FirstInstall, faults: FaultTable, services: int
) -> None:
    """Killed on the way there and on the way back, while people work; nothing is lost of either."""
    place, since = installed.place, time.time()
    before = place.secrets
    site, state = str(place.site_file), str(place.state)
    command = ("rotate", "app_password", site, "--state", state, "--yes")
    with (
        faults.tried(f"rotation killed, given up, killed again ({services})") as fault,
        Traffic(person(installed)) as traffic,
    ):
        with place.start(*command) as run:
            for _ in range(services):
                run.wait_for(app1_has_restarted)
            run.kill()
            killed = run.end()
        begun = place.secrets["app_password (next)"]
        refused = place.apply()
        with place.start(*command, "--abandon") as run:
            run.wait_for(app1_has_restarted)
            run.kill()
            back = run.end()
        ended = place.resume()
        fault.said(refused.err)
        found = leaked(
            fleet, place, killed, back, refused, ended, secrets={"new": begun}, since=since
        )
        fault.leak(found)

    assert "--abandon" in refused.err
    (finished,) = ended.of_kind("rotation-finished")
    assert finished["value"] == "old", ended.told()
    assert failed_in(ended) & KNOWN_BY_SECRETS == set(), ended.told()
    assert changed(before, place.secrets) == set()
    assert b"minusnow_rotation" not in fleet.read("db1", ROLES).split()
    given = Detector({"new": begun})
    assert {host: given.found(fleet.read(host, GIVEN)) for host in REFERENCE.names} == {
        host: set() for host in REFERENCE.names
    }
    assert place.plan().out.startswith("Nothing would change")
    assert traffic.answered > 20, traffic.failed[-3:]
    assert traffic.longest < LONGEST, traffic.failed[-3:]
