"""One installation in which every step loses its host: the cable is pulled while it runs.

All the time the processes of all machines are watched for secrets, and all traces are searched
for them afterwards: a step that fails must be as silent about them as one that succeeds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.fleet.canaries import CANARIES, leak_canaries
from tests.fleet.conftest import MACHINES
from tests.fleet.faults.cutting import CABLE, CutInstall, under_way
from tests.fleet.faults.places import changed_something
from tests.fleet.faults.started import all_installed_again, works_started
from tests.fleet.leaks import Detector, ProcessWatch
from tests.fleet.traces import leaked
from tests.fleet.workplace import Workplace
from wizard.practice.fleet import REFERENCE
from wizard.practice.site_file import site_text

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

BASE_BACKUP = ("db2", "setup-minusnow-standby")
HOSTS = REFERENCE.names
NOTICED_WITHIN = 30.0  # seconds, on two cores for eight hosts; about five where there is room


@dataclass
class CutOff:
    """The installation, and what was seen of secrets meanwhile."""

    install: CutInstall
    watch: ProcessWatch
    secrets: dict[str, str]
    since: float


@pytest.fixture(scope="module")
def cut_off(fleet: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> CutOff:
    """The reference site, installed although cables are pulled at every step."""
    place = Workplace(tmp_path_factory.mktemp("cut-off"))
    place.furnish(site_text(fleet.directory))
    fleet.make_bare()
    fleet.bare = False
    since = time.time()
    secrets = {**CANARIES, "ssh_key": fleet.directory.key_file.read_text()}
    install = CutInstall(fleet, place, CABLE, under_way)
    detector = Detector({**place.secrets, **secrets})
    with ProcessWatch(fleet.directory, detector, MACHINES) as watch:
        install.install()
        leak_canaries(fleet.directory, watch)
    return CutOff(install, watch, secrets, since)


def test_it_is_installed_and_proven_all_the_same(cut_off: CutOff, faults: FaultTable) -> None:
    """Once all cables are in, the rest is installed, the proof holds, and nothing was lost."""
    install = cut_off.install
    finished = install.finished

    assert finished.status == 0, finished.told()
    assert "failed" not in {event["verdict"] for event in finished.proof.values()}
    missing = install.ledger.missing()
    secrets = leaked(
        install.fleet,
        install.place,
        *(each.ended for each in install.rounds if each.ended),
        secrets=cut_off.secrets,
        since=cut_off.since,
    )
    for host in HOSTS:
        cuts = [cut for cut in install.cuts if cut.host == host]
        with faults.tried(f"cable of {host} pulled during {len(cuts)} steps") as fault:
            fault.said(next(cut.sentence for cut in cuts if cut.card))
            fault.lose(missing)
            fault.leak(secrets)
    plan = install.place.plan()
    assert plan.out.startswith("Nothing would change"), plan.out


def test_every_step_lost_its_host(cut_off: CutOff) -> None:
    """No step that changes something was spared, and most were amid their work."""
    changing = changed_something(cut_off.install.place.state)
    amid = {cut.task for cut in cut_off.install.cuts if cut.card and cut.card["task"] == cut.task}

    assert changing - cut_off.install.harmed == set()
    assert len(amid) > len(changing) / 2
    assert {"standby@db2", "migrate@app1", *(f"packages@{host}" for host in HOSTS)} <= amid


def test_it_is_noticed_within_seconds(cut_off: CutOff) -> None:
    """A step whose host has gone silent ends soon, and does not wait for its own time limit."""
    late = {
        cut.task: cut.noticed
        for cut in cut_off.install.cuts
        if cut.card and cut.card["task"] == cut.task and cut.noticed > NOTICED_WITHIN
    }

    assert late == {}


def test_the_card_names_host_and_remedy(cut_off: CutOff) -> None:
    """One sentence on what was seen, one on what to do, and where."""
    for cut in cut_off.install.cuts:
        if cut.card:
            assert cut.card["host"] == cut.host
            assert cut.card["error"] in {"ConnectionLost", "ConnectionFailed"}, cut.card
            assert cut.card["remedy"], cut.card


def test_other_hosts_go_on(cut_off: CutOff) -> None:
    """What does not need a lost host is done meanwhile; what does says which one it misses."""
    rounds = cut_off.install.rounds

    assert any(each.went_on for each in rounds)
    for each in rounds:
        assert each.blaming_nobody == []


def test_nothing_ran_twice(fleet: RunningFleet, cut_off: CutOff) -> None:
    """What went on on a host that could not be reached is taken from there.

    The base backup is the only long work that needs another host, whose cable was pulled as well.
    """
    started = works_started(fleet, HOSTS)

    assert cut_off.install.rounds
    assert all_installed_again(fleet, HOSTS) == {}
    assert {work for work, count in started.items() if count != 1} <= {BASE_BACKUP}


def test_no_secret_was_to_be_seen(cut_off: CutOff) -> None:
    """Neither a command line nor an environment showed one, on either end, in any failure."""
    watch = cut_off.watch
    shown = {place: by for place, by in watch.leaks.items() if place[1] not in CANARIES}

    assert shown == {}
    assert {secret for _, secret in watch.leaks} >= set(CANARIES)
    assert min(watch.looks.values()) > 100, watch.looks
