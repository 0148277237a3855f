"""The reference site on bare hosts: installed, proven, and no secret to be seen anywhere."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.fleet.canaries import CANARIES, MACHINE
from tests.fleet.traces import beside_the_operator, leaked, on_hosts, written_by_the_program
from wizard.practice.fleet import REFERENCE

if TYPE_CHECKING:
    from tests.fleet.conftest import FirstInstall, RunningFleet

pytestmark = pytest.mark.fleet

SITE = "(site)"

# What a proof must not leave out, whatever else it asks.
PROVEN = {
    ("front", SITE),
    ("front-nodes", SITE),
    ("virtual-held", SITE),
    ("drill-node", SITE),
    ("drill-session", SITE),
    ("drill-address", SITE),
    *((check, host) for host in ("app1", "app2") for check in ("app-health", "app-components")),
    *((check, host) for host in ("app1", "app2") for check in ("app-environment", "app-exposure")),
    *((check, "db2") for check in ("replication-stream", "replication-canary", "replication-tls")),
    *(("database-certificate", host) for host in ("db1", "db2")),
    ("cache-locked", "cache1"),
    *(("firewall", host) for host in REFERENCE.names),
    *(("ways-closed", host) for host in REFERENCE.names),
}
TRIPS = 6  # SSH round trips per host of a run that changes nothing

# What is known to stand in the logs of an installed site: were it not found, the search is blind.
LOGS = {
    "db1": (b"database system is ready to accept connections", b"/var/log/postgresql/"),
    "cache1": (b"Ready to accept connections", b"/var/log/redis/"),
    "lb1": (b"/health HTTP/2.0", b"Keepalived"),
    "app1": (b"UNIT=minusnow.service",),
    "st1": (b"UNIT=nfs-server.service",),
}


@pytest.fixture(scope="module")
def traces(fleet: RunningFleet, first_install: FirstInstall) -> dict[str, bytes]:
    """What the hosts keep after the first installation."""
    assert first_install.ended.status == 0
    return on_hosts(fleet)


def test_the_reference_site_is_installed_and_proven(first_install: FirstInstall) -> None:
    """From bare hosts to a proof in which nothing failed, in one run that asks nothing."""
    ended = first_install.ended

    assert ended.status == 0, ended.told()
    assert ended.result["outcome"] == "done"
    assert ended.proof.keys() >= PROVEN
    assert "failed" not in {event["verdict"] for event in ended.proof.values()}
    wrong = {place for place in PROVEN if ended.proof[place]["verdict"] != "ok"}
    # Two cores for eight hosts: a drill may cost a request.
    assert wrong <= {("drill-node", SITE), ("drill-address", SITE)}


def test_the_watch_finds_what_is_planted(installed: FirstInstall) -> None:
    """Something made up, shown as an argument, in a URL, in a variable, on a far machine."""
    found = {(machine, secret) for machine, secret in installed.watch.leaks if secret in CANARIES}

    assert {secret for _, secret in found} == set(CANARIES)
    assert {machine for machine, secret in found if secret == list(CANARIES)[3]} == {MACHINE}


def test_no_process_shows_a_secret(installed: FirstInstall) -> None:
    """Neither a command line nor an environment, on either end, during the whole installation."""
    watch = installed.watch
    shown = {place: by for place, by in watch.leaks.items() if place[1] not in CANARIES}

    assert shown == {}
    # It did look, often, and saw what an installation runs on all kinds of hosts.
    assert min(watch.looks.values()) > 100, watch.looks
    assert {"apt-get", "dpkg"} <= watch.programs["here"]
    assert "dpkg" in watch.programs["app1"] & watch.programs["st1"]


def test_what_the_programs_on_the_hosts_keep_is_searched(traces: dict[str, bytes]) -> None:
    """The journal of every host, with the logs of PostgreSQL, Redis, the balancers and the app."""
    assert all(b"_HOSTNAME=" + name.encode() in traces[name] for name in traces)
    for host, marks in LOGS.items():
        assert {mark for mark in marks if mark not in traces[host]} == set(), host


def test_the_hosts_keep_secrets_only_where_root_reads(
    traces: dict[str, bytes], installed: FirstInstall
) -> None:
    """No secret is in a journal, a log, a left-over file or a file that everybody may read."""
    assert {name: installed.detector.found(traces[name]) for name in traces} == {
        name: set() for name in traces
    }


def test_a_secret_left_on_a_host_is_found(fleet: RunningFleet, installed: FirstInstall) -> None:
    """In a log as a URL, in a file for everybody in base64; gone again, nothing is found."""
    password = installed.place.secrets["app_password"]
    coded = base64.b64encode(f"PGPASSWORD={installed.place.secrets['redis_password']}".encode())
    planted = {
        "app1": f"logger -t careless 'postgresql://minusnow:{quote(password)}@10.0.2.10/'",
        "cache1": f"printf %s {coded.decode()} > /etc/careless; chmod 644 /etc/careless",
    }
    since = time.time()
    for host, script in planted.items():
        fleet.read(host, script)
    fleet.read("app1", "journalctl --sync")
    found = leaked(fleet, installed.place, hosts=planted, since=since)
    fleet.read("app1", "journalctl --rotate --vacuum-time=1s; rm -f /var/log/journal/*/*@*")
    fleet.read("cache1", "rm /etc/careless")

    assert found == {"app_password": {"app1"}, "redis_password": {"cache1"}}


def test_nothing_beside_the_operator_holds_a_secret(installed: FirstInstall) -> None:
    """Not what was said, the state file, a left-over file; no report, no export, no list."""
    place, detector = installed.place, installed.detector
    written = {
        "output": installed.ended.out.encode(),
        "messages": installed.ended.err.encode(),
        **dict(beside_the_operator(place)),
        **dict(written_by_the_program(place)),
    }

    assert {str(place.state), "report as html", "review --state", "export"} <= written.keys()
    assert {where for where, data in written.items() if detector.found(data)} == set()


def test_the_record_is_intact(installed: FirstInstall) -> None:
    """The chain of events in the state file holds from its first link to its last."""
    ended = installed.place.say(
        "audit", "verify", "--state", str(installed.place.state), keyring=False
    )

    assert ended.status == 0, ended.out
    assert "intact" in ended.out


def test_a_second_plan_is_empty(installed: FirstInstall) -> None:
    """Nothing would change on a site that is as its file says."""
    ended = installed.place.plan()

    assert ended.status == 0, ended.err
    assert ended.out.startswith("Nothing would change"), ended.out


def test_a_second_apply_changes_nothing_in_few_trips(installed: FirstInstall) -> None:
    """It finds everything right, and asks no host more often than it promises."""
    ended = installed.place.apply()

    assert ended.status == 0, ended.told()
    assert ended.result["changed"] == ended.result["done"] == ended.result["failed"] == 0
    assert ended.result["skipped"] > len(REFERENCE.names)
    assert set(ended.result["trips"]) == set(REFERENCE.names)
    assert max(ended.result["trips"].values()) <= TRIPS, ended.result["trips"]
    assert "Nothing changed" in ended.err
