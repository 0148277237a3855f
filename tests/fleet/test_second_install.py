"""The other site, installed by a person with bad luck: stopped, killed, cut off, a broken package.

Nginx, active-passive, synchronous replication, an export that exists, Node.js from its tarball, a
release that comes unbuilt, a certificate of somebody's authority; and a way to the hosts through a
jump host, with a key that has a passphrase and a sudo that has a password.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.fleet.another_way import another_way
from tests.fleet.canaries import CANARIES, leak_canaries
from tests.fleet.conftest import MACHINES
from tests.fleet.faults.places import shown, step
from tests.fleet.faults.started import all_installed_again, works_started
from tests.fleet.leaks import Detector, ProcessWatch
from tests.fleet.person import Person
from tests.fleet.traces import leaked
from tests.fleet.workplace import Ended, Workplace
from wizard.practice.fleet import EXTERNAL_STORAGE, REFERENCE
from wizard.practice.site_file import site_text
from wizard.site.file import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.table import FaultTable
    from tests.fleet.another_way import AnotherWay
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Event

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

SITE = "(site)"
MANAGED = REFERENCE.subset(tuple(name for name in REFERENCE.names if name != "st1"))
SLOW, BROKEN = "app1", "lb2"  # the host whose packages are slow, and whose mirror lacks one

# A mirror that was synchronised halfway: the package is listed, the file is not it.
SPOIL = "mount --bind /dev/null /srv/mirror/keepalived_*.deb"
REPAIR = "umount /srv/mirror/keepalived_*.deb"
TRANSACTIONS = "grep -c ^Start-Date /var/log/apt/history.log; true"
RUNNING = """
readlink /opt/minusnow/current
readlink "/proc/$(systemctl show -P MainPID minusnow)/exe"
"""
COPY, BUILD = "standby@db2", "setup-minusnow-build"
INSTALLER_AT_WORK = "systemctl list-units --plain --no-legend 'minusnow-setup-*.service'"


@dataclass(frozen=True)
class BadLuck:
    """One installation in six runs."""

    place: Workplace
    interrupted: Ended
    killed: Ended
    cut_off: Ended
    """The run whose jump host died."""
    killed_again: Ended
    """Amid the build of the release."""
    went_on: bytes
    """What went on on the slow host while no installer ran."""
    transactions: bytes
    """Of the slow host's package manager, at the time of the kill."""
    broken: Ended
    finished: Ended
    way: AnotherWay
    watch: ProcessWatch
    """Over since the installation's end."""
    since: float
    ssh_key: str

    @property
    def runs(self) -> tuple[Ended, ...]:
        """All of them, in their order."""
        killed, again = self.killed, self.killed_again
        return self.interrupted, killed, self.cut_off, again, self.broken, self.finished

    @property
    def secrets(self) -> dict[str, str]:
        """What may be seen nowhere, beside what the keyring holds."""
        return {**CANARIES, "ssh_key": self.ssh_key}


@pytest.fixture(scope="module")
def bad_luck(fleet: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadLuck]:
    """The site, installed in spite of everything; the way to it stays until the last test."""
    since = time.time()
    fleet.make_bare(MANAGED.with_hosts(EXTERNAL_STORAGE))
    fleet.bare = False
    place = Workplace(tmp_path_factory.mktemp("unlucky"))
    with another_way(fleet, MANAGED.names, tmp_path_factory.mktemp("papers")) as way:
        place.furnish(other_site(fleet, way))
        way.type_all(place)
        fleet.read(BROKEN, SPOIL)
        ssh_key = fleet.directory.key_file.read_text()
        detector = Detector({**place.secrets, **CANARIES, "ssh_key": ssh_key})
        machines = tuple(name for name in MACHINES if name in MANAGED.names)
        with ProcessWatch(fleet.directory, detector, machines) as watch:
            with place.start_apply("--keep-going") as run:
                run.wait_for(unpacking("db1"))
                run.interrupt()
                interrupted = run.end()
            with place.start_resume("--keep-going") as run:
                run.wait_for(unpacking(SLOW))
                run.kill()
                killed = run.end()
            went_on = fleet.read(SLOW, INSTALLER_AT_WORK)
            transactions = fleet.read(SLOW, TRANSACTIONS)
            with place.start_resume("--keep-going") as run:
                run.wait_for(copying)
                way.jump.die()
                cut_off = run.end()
            way.jump.start()
            with place.start_resume("--keep-going") as run:
                run.wait_for(building)
                run.kill()
                killed_again = run.end()
            broken = place.resume("--keep-going")
            fleet.read(BROKEN, REPAIR)
            finished = place.resume()
            leak_canaries(fleet.directory, watch)
        yield BadLuck(
            place=place,
            interrupted=interrupted,
            killed=killed,
            cut_off=cut_off,
            killed_again=killed_again,
            went_on=went_on,
            transactions=transactions,
            broken=broken,
            finished=finished,
            way=way,
            watch=watch,
            since=since,
            ssh_key=ssh_key,
        )


def other_site(fleet: RunningFleet, way: AnotherWay) -> str:
    """Return the text of a site that differs from the reference in every respect."""
    (tarball,) = fleet.directory.node.glob("node-v*.tar.gz")
    with tarball.open("rb") as opened:
        checksum = hashlib.file_digest(opened, "sha256").hexdigest()
    source = f"{{kind: tarball, path: {tarball}, sha256: {checksum}}}"
    text = site_text(fleet.directory, external_storage=True)
    for old, new in (
        ("kind: haproxy", "kind: nginx"),
        ("edition: haproxy", "edition: nginx"),
        ("mode: active-active", "mode: active-passive"),
        ("replication: async", "replication: sync"),
        (", self-signed-certificate]", ", sync-replication]"),
        *way.edits(fleet),
        (f"release: {fleet.directory.release}", f"release: {fleet.unbuilt_release}"),
        (
            "  port: 5000\n",
            f"  port: 5000\n  node_source: {source}\n",
        ),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def unpacking(host: str) -> Callable[[Event], bool]:
    """Tell whether an event shows a package being unpacked on the host."""

    def shown(event: Event) -> bool:
        is_output = event["kind"] == "output" and event["host"] == host
        return is_output and str(event["text"]).startswith("Unpacking ")

    return shown


def copying(event: Event) -> bool:
    """Tell whether an event shows that the standby's base backup is under way."""
    return event.get("task") == COPY and shown(event) == "amid"


def building(event: Event) -> bool:
    """Tell whether an event shows that the release is being built."""
    return event["kind"] == "change-started" and step(event["task"]) == "build"


def test_ctrl_c_ends_the_run_and_says_how_to_go_on(bad_luck: BadLuck, faults: FaultTable) -> None:
    """Exit status 130, the command to resume with, and the tasks that were cut short by name."""
    ended = bad_luck.interrupted

    with faults.tried("Ctrl-C amid the packages of db1") as fault:
        assert ended.status == 130, ended.told()
        resume = f"minusnow-setup resume --state {bad_luck.place.state}"
        fault.said(next(line for line in ended.err.splitlines() if resume in line))
        assert ended.result["outcome"] == "cancelled"
        assert "packages@db1" in {event["task"] for event in ended.of_kind("task-interrupted")}
        assert ended.proof == {}
        assert bad_luck.finished.status == 0


def test_a_killed_installer_leaves_the_package_manager_to_its_work(
    fleet: RunningFleet, bad_luck: BadLuck, faults: FaultTable
) -> None:
    """What was begun goes on without it, and the next run takes it and the locks from there."""
    with faults.tried(f"installer killed with -9 amid the packages of {SLOW}") as fault:
        assert bad_luck.killed.status == -9
        assert b"minusnow-setup" in bad_luck.went_on
        assert fleet.read(SLOW, TRANSACTIONS) == bad_luck.transactions
        held = {event["host"]: event for event in bad_luck.cut_off.of_kind("host-held")}
        assert held[SLOW]["how"] == "resumed"
        fault.said(f"{SLOW}: took over the lock of {held[SLOW]['before']}")
        assert bad_luck.finished.status == 0


def test_a_jump_host_that_dies_is_named_and_takes_no_work_along(
    fleet: RunningFleet, bad_luck: BadLuck, faults: FaultTable
) -> None:
    """Every host is out of reach at once; the base backup goes on, and is not begun again."""
    ended = bad_luck.cut_off

    with faults.tried("the jump host dies amid the base backup") as fault:
        assert ended.status == 1, ended.told()
        cards = {event["task"]: event for event in ended.of_kind("task-failed")}
        card = cards[COPY]
        fault.said(f"{card['host']}: {card['seen']} → {card['remedy']}")
        assert card["error"] == "ConnectionLost"
        assert f"its jump host {bad_luck.way.place}" in card["remedy"]
        assert ended.proof == {}
        assert works_started(fleet, ["db2"])["db2", "setup-minusnow-standby"] == 1
        assert bad_luck.finished.status == 0
        fault.leak(
            leaked(
                fleet,
                bad_luck.place,
                *bad_luck.runs,
                secrets=bad_luck.secrets,
                hosts=MANAGED.names,
                since=bad_luck.since,
            )
        )


def test_no_process_showed_what_a_person_typed(bad_luck: BadLuck) -> None:
    """Neither sudo's password nor the key's passphrase nor a licence key, on either end."""
    watch = bad_luck.watch
    shown = {place: by for place, by in watch.leaks.items() if place[1] not in CANARIES}

    assert bad_luck.way.typed.keys() <= bad_luck.place.secrets.keys()
    assert shown == {}
    assert {secret for _, secret in watch.leaks} == set(CANARIES)
    assert min(watch.looks.values()) > 100, watch.looks


def test_nothing_is_installed_twice(fleet: RunningFleet, bad_luck: BadLuck) -> None:
    """After a stop, a kill and a failure each package was installed once on each host."""
    assert bad_luck.finished.status == 0
    assert all_installed_again(fleet, MANAGED.names) == {}


def test_a_broken_mirror_stops_its_own_host_only(bad_luck: BadLuck, faults: FaultTable) -> None:
    """The card tells what apt said and what to do; everything that can be done elsewhere is."""
    ended = bad_luck.broken

    with faults.tried(f"the mirror of {BROKEN} lacks a package") as fault:
        assert ended.status == 1, ended.told()
        (card,) = ended.of_kind("task-failed")
        fault.said(f"{BROKEN}: {card['seen']}: {card['lines'][-1]} → {card['remedy']}")
        assert (card["host"], card["task"]) == (BROKEN, f"packages@{BROKEN}")
        assert any("keepalived" in line for line in card["lines"]), card
        assert card["status"] != 0
        assert "resume" in card["remedy"]
        blocked = ended.of_kind("task-blocked")
        assert blocked
        assert {event["host"] for event in blocked} == {BROKEN}
        done = {event["task"] for event in ended.of_kind("task-done")}
        assert {"service@app1", "service@app2"} <= done
        assert ended.proof == {}
        assert bad_luck.finished.status == 0


def test_after_the_repair_the_rest_is_installed_and_proven(bad_luck: BadLuck) -> None:
    """The last run does what was missing; the whole proof holds."""
    ended = bad_luck.finished

    assert ended.status == 0, ended.told()
    assert "failed" not in {event["verdict"] for event in ended.proof.values()}
    for place in (
        ("front", SITE),
        ("front-nodes", SITE),
        ("virtual-held", SITE),
        ("drill-session", SITE),
        ("replication-sync", "db2"),
        ("replication-canary", "db2"),
        ("storage-mount", "app1"),
        ("storage-mount", "app2"),
    ):
        assert ended.proof[place]["verdict"] == "ok", ended.proof[place]
    done = {event["host"] for event in ended.of_kind("task-done")}
    assert BROKEN in done
    assert "cache1" not in done


def test_an_unbuilt_release_is_built_once_for_all(fleet: RunningFleet, bad_luck: BadLuck) -> None:
    """One node builds it, whoever is killed meanwhile; both run it, with the tarball's Node.js."""
    apps = ("app1", "app2")
    builds = {work: count for work, count in works_started(fleet, apps).items() if BUILD in work}

    assert bad_luck.killed_again.status == -9
    assert list(builds.values()) == [1]
    assert bad_luck.finished.status == 0
    for app in apps:
        release, program = fleet.read(app, RUNNING).decode().split()
        assert release.endswith("1.5.0")
        assert program.startswith("/opt/minusnow/runtime/")


def test_it_is_used_and_nothing_is_left_to_change(bad_luck: BadLuck) -> None:
    """A person works with it, whose browser trusts the authority of the certificate only."""
    place = bad_luck.place
    person = Person(load(place.site_file).site, bad_luck.way.authority)
    person.begin("after all")
    person.finds_everything()

    assert person.nodes(8) == {"app1"}
    plan = place.plan()
    assert plan.out.startswith("Nothing would change"), plan.out
