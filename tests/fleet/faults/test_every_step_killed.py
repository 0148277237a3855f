"""One installation in which the installer dies at every step, as often as there are places to die.

It is ended with SIGKILL when a step's intent has just become durable, in the middle of all long
work, and when a step has just ended; whoever runs it next starts from what the hosts say.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.cutting import overloaded
from tests.fleet.faults.ledger import Ledger
from tests.fleet.faults.places import (
    Places,
    changed_something,
    hit_in_last_run,
    is_durable,
    open_when_gone_on,
    shown,
    told_of_steps,
)
from tests.fleet.faults.started import all_installed_again, works_started, works_under_way
from tests.fleet.traces import leaked
from tests.fleet.workplace import Workplace
from wizard.practice.fleet import REFERENCE
from wizard.practice.site_file import site_text
from wizard.run.audit import verify_chain

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Ended, Event

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

LOG = logging.getLogger(__name__)
HOSTS = REFERENCE.names
FAILURES = 5  # at most: it goes on after one, for others to be found as well
KILLS = 300  # at most: each place is tried once, and an installation has fewer
# Work that takes long on real sites: the middle of each has to be hit.
LONG = {
    *(f"packages@{host}" for host in HOSTS),
    *("standby@db2", "migrate@app1", "release@app1", "release@app2"),
}


JOBS = (("db2", "standby"), ("app1", "migrate"), *((host, "packages") for host in HOSTS))


@dataclass
class Killed:
    """An installation whose installer was killed again and again, and how it ended."""

    place: Workplace
    ledger: Ledger
    since: float
    """Its begin, of time.time()."""
    places: Places = field(default_factory=Places)
    kills: int = 0
    broken: list[str] = field(default_factory=list)
    """What was wrong with the state file after a kill."""
    failed: list[str] = field(default_factory=list)
    """What was told by runs that ended by themselves before the site was there."""
    unfinished: int = 0
    """Runs that ended by themselves before the site was there, for whatever reason."""
    ended: Ended | None = None

    def install(self) -> None:
        """Start the installer and kill it until there is no place left where it has not died."""
        start = self.place.start_apply
        while self.kills < KILLS and len(self.failed) < FAILURES:
            begin = time.monotonic()
            with start("--keep-going") as run:
                event = run.wait_for(self.places.due)
                if event["kind"] == "run-finished":
                    self.ended = run.end()
                    if self.ended.status == 0:
                        return
                    self.unfinished += 1
                    if not overloaded(self.ended):
                        self.failed.append(self.ended.told())
                    LOG.info("it failed: %s", self.ended.told())
                    continue
                self._durable(event)
                run.kill()
                died = time.time()
                assert run.end().status == -9
            start = self.place.start_resume
            self._note(event, time.monotonic() - begin, died)

    def _durable(self, event: Event) -> None:
        """Wait until an intent that was told is in the state file, a moment later."""
        end = time.monotonic() + 10
        while shown(event) == "begun" and not is_durable(self.place.state, event):
            assert time.monotonic() < end, f"{event} never reached the state file"

    def _note(self, event: Event, seconds: float, died: float) -> None:
        self.kills += 1
        self.broken += verify_chain(self.place.state)
        hit = hit_in_last_run(self.place.state)
        # A run that attaches to long work hears of it a moment after its intent.
        at_work = works_under_way(self.ledger.fleet, HOSTS, at=died)
        hit.amid |= at_work
        if shown(event) == "amid" and event["task"] in hit.begun:  # of an upload
            hit.amid.add(event["task"])
        if shown(event) == "ended":  # as it was told; on disk it is a moment later
            hit.ended.add(event["task"])
        self.places.enter(hit)
        LOG.info(
            "%5.1f s  kill %d: %s %s; begun %s, amid %s, ended %s; at work on their hosts %s",
            *(seconds, self.kills, shown(event), event["task"]),
            *(
                " ".join(sorted(found)) or "-"
                for found in (hit.begun, hit.amid, hit.ended, at_work)
            ),
        )


@pytest.fixture(scope="module")
def killed(fleet: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """The reference site, installed by an installer that dies everywhere."""
    place = Workplace(tmp_path_factory.mktemp("killed"))
    place.furnish(site_text(fleet.directory))
    fleet.make_bare()
    fleet.bare = False
    killed = Killed(place, Ledger(fleet), time.time())
    with killed.ledger.kept():
        killed.install()
    return killed


def test_it_is_installed_and_proven_all_the_same(killed: Killed, faults: FaultTable) -> None:
    """The last run ends well, its proof holds, and the plan afterwards is empty."""
    with faults.tried("installer killed with -9 at every step, before, amid and after") as fault:
        assert killed.ended
        assert killed.failed == []
        assert killed.ended.status == 0, killed.ended.told()
        assert "failed" not in {event["verdict"] for event in killed.ended.proof.values()}
        fault.lose(killed.ledger.missing())
        fleet = killed.ledger.fleet
        key = {"ssh_key": fleet.directory.key_file.read_text()}
        fault.leak(leaked(fleet, killed.place, killed.ended, secrets=key, since=killed.since))
        plan = killed.place.plan()
        assert plan.out.startswith("Nothing would change"), plan.out
        fault.said(
            f"{killed.kills} kills hit {killed.places.count} places:"
            f" {len(killed.places.begun)} steps whose intent had just become durable,"
            f" {len(killed.places.amid)} amid their work, {len(killed.places.ended)} just ended"
        )


def test_every_step_was_hit(killed: Killed) -> None:
    """No step that changes something was spared, and no long work its middle."""
    changing = changed_something(killed.place.state)

    assert changing - killed.places.steps == set()
    assert LONG - killed.places.amid == set()


def test_the_state_file_was_whole_after_every_kill(killed: Killed) -> None:
    """It opened each time, its chain unbroken, and at the end the installer itself says so."""
    said = killed.place.say("audit", "verify", "--state", str(killed.place.state), keyring=False)

    assert killed.broken == []
    assert said.status == 0, said.out


def test_a_step_with_an_unknown_outcome_is_looked_at_afresh(killed: Killed) -> None:
    """The next run names it as half-done, and finds it right by a look or begins with one."""
    assumed = {
        task
        for steps in told_of_steps(killed.place.state).values()
        for task, kinds in steps.items()
        if "due" in kinds and "task-skipped" in kinds and "task-started" not in kinds
    }
    gone_on = open_when_gone_on(killed.place.state)

    assert assumed == set()
    assert len(gone_on) == killed.kills + killed.unfinished
    for unknown, told in gone_on:
        assert told == unknown


@pytest.mark.usefixtures("killed")
def test_nothing_ran_twice(fleet: RunningFleet) -> None:
    """No package was installed again; base backup, migration and all other long work ran once."""
    started = works_started(fleet, HOSTS)

    assert all_installed_again(fleet, HOSTS) == {}
    assert {
        ("app1", "migrate"),
        *((host, f"setup-minusnow-{step}") for host, step in JOBS),
    } <= started.keys()
    assert {work: count for work, count in started.items() if count != 1} == {}
