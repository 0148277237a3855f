"""Two installers at once, the package manager's lock, and a jump host whose disk fills up."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.standing import Standing, card, findings, refused, sentence
from wizard.practice.fleet import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

HOST = "cache1"
PACKAGE = "curl"
# As a nightly update holds it: fcntl locks, as dpkg takes them.
LOCK_HOLDER = r"""
cat >/run/holder.pl <<'END'
use Fcntl;
open(my $file, ">>", "/var/lib/dpkg/lock-frontend") or die;
my $lock = pack("s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0);
fcntl($file, F_SETLK, $lock) or die;
open(my $ready, ">", "/run/holder.ready"); close $ready;
sleep 100 while 1;
END
systemd-run -q --collect --unit=holder perl /run/holder.pl
timeout 60 sh -c 'until [ -e /run/holder.ready ]; do sleep 0.1; done'
"""
LET_GO = "systemctl stop holder; rm -f /run/holder.ready"
REMOVE = f"dpkg --remove {PACKAGE} >/dev/null"
INSTALLED = f"dpkg-query -W -f '${{db:Status-Status}}' {PACKAGE}"


@pytest.fixture
def locked(fleet: RunningFleet) -> Iterator[None]:
    """A package is missing on the host, and another program has the package manager's lock."""
    fleet.read(HOST, REMOVE + LOCK_HOLDER)
    yield
    fleet.read(HOST, LET_GO)


@pytest.mark.usefixtures("locked")
def test_a_held_package_lock_is_waited_for_and_other_installers_are_sent_away(
    fleet: RunningFleet, standing: Standing, faults: FaultTable, tmp_path: Path
) -> None:
    """The holder is named at once; meanwhile neither a second run nor a colleague's may begin."""
    place = standing.place
    with standing.harmed(faults, "package lock held") as lock:
        warned = findings(standing.check())["package-lock", HOST]
        assert "perl (pid" in warned["seen"]
        assert "Wait until it has finished" in warned["remedy"]
        lock.said(sentence(warned))

        with place.start_apply("--drills=never") as run:
            run.wait_for(lambda event: event["kind"] == "change-started")
            with faults.tried("two installers at once, one state file") as second:
                said = refused(standing.resume())
                assert str(place.state) in said
                second.said(said)
            with faults.tried("two installers at once, from two jump hosts") as colleague:
                other = Standing(
                    fleet, place.elsewhere(tmp_path / "home"), standing.site, standing.person
                )
                other.drift("lb2")
                said = refused(other.apply())
                assert "another run works on this host" in said
                assert str(place.state) in said
                assert other.drifted("lb2")
                colleague.said(said)
                colleague.leak(other.leaks())
            fleet.read(HOST, LET_GO)
            ended = run.end()

        standing.proven(ended)
        assert any("lock" in str(event["text"]) for event in ended.of_kind("output"))
        assert fleet.read(HOST, INSTALLED) == b"installed"
        other.finish()
        assert not other.drifted("lb2")


@pytest.mark.usefixtures("locked")
def test_a_package_lock_that_is_never_let_go_is_named_with_its_holder(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """It is waited for two minutes, then the step fails with what apt says of the holder."""
    with standing.harmed(faults, "package lock held for ever") as fault:
        failed = standing.apply()
        found = card(failed)
        assert found["task"] == f"packages@{HOST}"
        assert any("lock" in line and "perl" in line for line in found["lines"]), found
        fault.said(sentence(found))
        fleet.read(HOST, LET_GO)
        standing.finish()
        assert fleet.read(HOST, INSTALLED) == b"installed"


def test_a_lock_that_was_left_is_broken_by_choice_only(
    fleet: RunningFleet, standing: Standing, faults: FaultTable, tmp_path: Path
) -> None:
    """A colleague is told whose it was; that they broke it is on record, and loses nothing."""
    place = standing.place
    with standing.harmed(faults, "installer killed, a colleague goes on elsewhere") as fault:
        standing.drift(HOST)
        with place.start_apply("--drills=never") as run:
            # It looks at all hosts again before it changes one: there is time to kill it in.
            for _ in REFERENCE.hosts:
                run.wait_for(lambda event: event["kind"] == "host-held")
            run.kill()
            standing.ended.append(run.end())
        assert standing.drifted(HOST)
        other = Standing(fleet, place.elsewhere(tmp_path / "home"), standing.site, standing.person)
        said = refused(other.apply())
        assert str(place.state) in said
        assert "that process has ended without letting go" in said
        assert "--break-lock" in said
        fault.said(said)

        ended = other.proven(other.apply("--break-lock"))
        held = ended.of_kind("host-held")
        assert {event["how"] for event in held} == {"broken"}
        assert all(str(place.state) in event["before"] for event in held)
        audit = other.place.say("audit", "verify", "--state", str(other.place.state), keyring=False)
        assert audit.status == 0, audit.out
        assert not standing.drifted(HOST)
        fault.leak(other.leaks())
        standing.finish()


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Have a file system of so many bytes at a folder."""
    folder.mkdir()
    options = f"size={size},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "small", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_jump_host_whose_disk_is_full_loses_nothing(
    fleet: RunningFleet, standing: Standing, faults: FaultTable, tmp_path: Path
) -> None:
    """The run ends before it does what it could not write down; with room it is gone on with."""
    standing.drift(HOST)
    fleet.read(HOST, REMOVE)
    folder = tmp_path / "small"
    room = 6 * 1024 * 1024
    with (
        standing.harmed(faults, "jump host's disk full while the state is written") as fault,
        small_disk(folder, room),
    ):
        work = folder / "work"
        small = Standing(fleet, standing.place.elsewhere(work), standing.site, standing.person)
        filler = folder / "filler"
        with small.place.start_apply("--drills=never") as run:
            run.wait_for(lambda event: event["kind"] == "plan-made")
            fill(filler)
            ended = run.end()
        small.ended.append(ended)
        assert ended.status == 2, ended.told()
        said = refused_in_the_middle(ended.err)
        assert str(small.place.state) in said
        assert "Traceback" not in ended.err
        fault.said(said)
        filler.unlink()

        small.finish()
        fault.leak(small.leaks())
        audit = small.place.say("audit", "verify", "--state", str(small.place.state), keyring=False)
        assert audit.status == 0, audit.out
        assert not standing.drifted(HOST)
        assert fleet.read(HOST, INSTALLED) == b"installed"


def fill(file: Path) -> None:
    """Write until the disk is full."""
    with file.open("wb", buffering=0) as opened:
        try:
            while True:
                opened.write(bytes(4096))
        except OSError:
            pass


def refused_in_the_middle(err: str) -> str:
    """Return what the program said at its end."""
    return err[err.index("minusnow-setup: ") :].strip()
