"""The reference site on bare hosts: installed, proven, and no secret to be seen anywhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.fleet.canaries import CANARIES, MACHINE
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
    ("cache-locked", "cache1"),
    *(("firewall", host) for host in REFERENCE.names),
    *(("ways-closed", host) for host in REFERENCE.names),
}
TRIPS = 6  # SSH round trips per host of a run that changes nothing

# Everything that others than root could come across: logs, left-over files, readable settings.
TRACES = r"""
journalctl -o export --no-pager
find /tmp /var/tmp /var/log -xdev -type f -exec cat {} +
find /etc /run /var/lib/minusnow-setup /opt/minusnow -xdev \
    \( -path /opt/minusnow/releases -o -path /opt/minusnow/runtime \) -prune -o \
    -type f -perm -004 -exec cat {} + 2>/dev/null
true
"""


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


def test_the_installer_tells_and_records_no_secret(installed: FirstInstall) -> None:
    """Not in what it says, not in the state file and the files beside it."""
    place, detector = installed.place, installed.detector

    assert detector.found(installed.ended.out.encode()) == set()
    assert detector.found(installed.ended.err.encode()) == set()
    for file in sorted(place.folder.glob("site.*")):
        assert detector.found(file.read_bytes()) == set(), file


def test_the_hosts_keep_secrets_only_where_root_reads(
    fleet: RunningFleet, installed: FirstInstall
) -> None:
    """No secret is in a journal, a log, a left-over file or a file that everybody may read."""
    with ThreadPoolExecutor(len(REFERENCE.names)) as pool:
        traces = dict(
            zip(
                REFERENCE.names,
                pool.map(lambda name: fleet.read(name, TRACES), REFERENCE.names),
                strict=True,
            )
        )

    assert {name: installed.detector.found(traces[name]) for name in traces} == {
        name: set() for name in traces
    }
    assert all(b"_HOSTNAME=" + name.encode() in traces[name] for name in traces)


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
