"""Hosts that go dark: a power cut during each one's longest steps, cables pulled short and long.

First the reference site is installed while every host loses its power, twice. On the site that
came of it cables are pulled for five seconds, for five minutes and for ever.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.cutting import POWER, CutInstall, under_way
from tests.fleet.faults.standing import sentence
from tests.fleet.faults.started import works_started
from tests.fleet.person import Person
from tests.fleet.workplace import Workplace
from wizard.practice.fleet import REFERENCE
from wizard.practice.power import cable
from wizard.practice.site_file import site_text
from wizard.site.file import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Ended, Event

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

HOSTS = REFERENCE.names
NOTICED_WITHIN = 30.0  # seconds, on two cores for eight hosts; about five where there is room
# The longest step of each host, and the longest of those that come after it.
DARK = {
    *(f"packages@{host}" for host in HOSTS),
    *("balancer@lb1", "firewall@lb2", "migrate@app1", "release@app2"),
    *("postgres@db1", "standby@db2", "nfs-server@st1", "redis@cache1"),
}
FIVE_MINUTES = 300.0  # longer than keepalives, leases and time limits between the hosts

# Something to do that takes its time: a package is gone, as after a mistake by hand.
PACKAGE_GONE = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y remove keepalived >/dev/null 2>&1"
EDITED = "/etc/postgresql/15/main/pg_hba.conf"
BY_HAND = f"echo '# by hand' >>{EDITED}"


@pytest.fixture(scope="module")
def darkened(fleet: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> CutInstall:
    """The reference site, installed although every host loses its power, twice."""
    place = Workplace(tmp_path_factory.mktemp("power"))
    place.furnish(site_text(fleet.directory))
    fleet.make_bare()
    fleet.bare = False
    install = CutInstall(
        fleet, place, POWER, lambda event: event["task"] in DARK and under_way(event)
    )
    install.install()
    return install


@pytest.fixture(scope="module")
def site(darkened: CutInstall) -> CutInstall:
    """The site that came of it; at the end every cable is plugged in."""
    assert darkened.finished.status == 0, darkened.finished.told()
    return darkened


@pytest.fixture(scope="module")
def person(site: CutInstall) -> Person:
    """Somebody who works with it."""
    someone = Person(load(site.place.site_file).site, site.place.secrets["ca_certificate"])
    someone.begin("before the cables were pulled")
    return someone


@contextmanager
def pulled(site: CutInstall, *hosts: str) -> Iterator[None]:
    """Pull the cables of hosts meanwhile."""
    for host in hosts:
        cable(host, up=False, directory=site.fleet.directory)
    try:
        yield
    finally:
        for host in hosts:
            cable(host, up=True, directory=site.fleet.directory)


def until(end: float, site: CutInstall, person: Person, number: int) -> int:
    """Work with the site until a time of time.monotonic(); return the number of the last entry."""
    while time.monotonic() < end:
        number += 1
        site.ledger.write(number)
        person.finds_everything()
    return number


def unpacking(host: str, event: Event) -> bool:
    """Tell whether an event shows a package being unpacked on the host."""
    return event["host"] == host and under_way(event) and event["task"].startswith("packages@")


def finished(site: CutInstall, *consent: str) -> Ended:
    """Go on once the cause is gone: all is done and proven, and nothing is left to change."""
    ended = site.place.resume("--drills=never", *consent)
    assert ended.status == 0, ended.told()
    assert "failed" not in {event["verdict"] for event in ended.proof.values()}
    plan = site.place.plan()
    assert plan.out.startswith("Nothing would change"), plan.out
    return ended


def test_every_host_loses_its_power_and_the_site_is_installed(
    darkened: CutInstall, faults: FaultTable
) -> None:
    """Amid packages, base backup, migration and upload; each comes back and is finished."""
    ended = darkened.finished
    assert ended.status == 0, ended.told()
    assert "failed" not in {event["verdict"] for event in ended.proof.values()}
    missing = darkened.ledger.missing()
    for host in HOSTS:
        cuts = [cut for cut in darkened.cuts if cut.host == host]
        steps = " and ".join(cut.task.partition("@")[0] for cut in cuts)
        with faults.tried(f"power of {host} cut during {steps}") as fault:
            fault.said(next(cut.sentence for cut in cuts if cut.card))
            fault.lose(missing)
    plan = darkened.place.plan()
    assert plan.out.startswith("Nothing would change"), plan.out


def test_a_power_cut_is_noticed_within_seconds_and_named(darkened: CutInstall) -> None:
    """Each was amid its step, whose card names the host, and came long before a time limit."""
    assert {cut.task for cut in darkened.cuts} == DARK
    for cut in darkened.cuts:
        assert cut.card, cut
        assert cut.card["task"] == cut.task, cut
        assert cut.card["error"] == "ConnectionLost", cut
        assert cut.noticed < NOTICED_WITHIN, cut


def test_other_hosts_say_which_one_they_miss(darkened: CutInstall) -> None:
    """The others did what did not need the dark ones; if they needed one, its address is told."""
    for each in darkened.rounds:
        assert each.blaming_nobody == []


def test_a_cable_pulled_for_five_seconds(
    site: CutInstall, person: Person, faults: FaultTable
) -> None:
    """The step is left at once, goes on on its host, and the next run takes it from there."""
    with faults.tried("cable of lb2 pulled for 5 s amid its packages") as fault:
        site.fleet.read("lb2", PACKAGE_GONE)
        before = works_started(site.fleet, ["lb2"])["lb2", "setup-minusnow-packages"]
        with site.place.start_apply("--drills=never") as run:
            run.wait_for(lambda event: unpacking("lb2", event))
            with pulled(site, "lb2"):
                until(time.monotonic() + 5, site, person, 2000)
            ended = run.end()
        fault.said(lost(ended, "lb2"))
        finished(site)
        after = works_started(site.fleet, ["lb2"])["lb2", "setup-minusnow-packages"]
        assert after == before + 1
        fault.lose(site.ledger.missing())
        person.finds_everything()


def test_cables_pulled_for_five_minutes(
    site: CutInstall, person: Person, faults: FaultTable
) -> None:
    """Standby and balancer are away; the site works, the installer says so, then it goes on."""
    with faults.tried("cables of db2 and lb2 pulled for 5 min amid their steps") as fault:
        site.fleet.read("lb2", PACKAGE_GONE)
        site.fleet.read("db2", BY_HAND)
        consent = f"--replace-edited={EDITED}@db2"
        with site.place.start_apply("--drills=never", "--keep-going", consent) as run:
            run.wait_for(lambda event: unpacking("lb2", event))
            begin = time.monotonic()
            with pulled(site, "lb2", "db2"):
                ended = run.end()
                said = lost(ended, "lb2")
                away = site.place.resume("--drills=never")
                number = until(begin + FIVE_MINUTES, site, person, 3000)
        assert unreachable(away) == {"db2", "lb2"}
        assert number > 3000
        fault.said(said)
        finished(site, consent)  # what a run was allowed to replace, another one has to be, too
        fault.lose(site.ledger.missing())
        person.finds_everything()


def test_a_cable_pulled_for_ever(site: CutInstall, person: Person, faults: FaultTable) -> None:
    """The run ends all the same; another machine in the host's place is installed from there."""
    with faults.tried(
        "cable of lb2 pulled for ever, and another machine put in its place"
    ) as fault:
        site.fleet.read("lb2", PACKAGE_GONE)
        with site.place.start_apply("--drills=never") as run:
            run.wait_for(lambda event: unpacking("lb2", event))
            cable("lb2", up=False, directory=site.fleet.directory)
            fault.said(lost(run.end(), "lb2"))
        assert unreachable(site.place.resume("--drills=never")) == {"lb2"}
        person.finds_everything()
        site.fleet.remake("lb2")
        finished(site)
        fault.lose(site.ledger.missing())
        person.finds_everything()


def lost(ended: Ended, host: str) -> str:
    """Return what a person reads of a host that went silent amid its packages."""
    assert ended.status == 1, ended.told()
    (card,) = (event for event in ended.of_kind("task-failed") if event["host"] == host)
    assert card["task"] == f"packages@{host}"
    assert card["error"] == "ConnectionLost", card
    return sentence(card)


def unreachable(ended: Ended) -> set[str]:
    """Return the hosts that a run refused to begin without; it has changed nothing."""
    assert ended.status == 1, ended.told()
    assert ended.of_kind("change-started") == []
    return {
        event["host"]
        for event in ended.of_kind("check-answered")
        if (event["check"], event["verdict"]) == ("access", "failed") and event["remedy"]
    }
