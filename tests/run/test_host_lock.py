"""One run at a time on every host: who may take a lock, and what is told to the others."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.remote.sshd import Sshd, available
from tests.run.local_host import LocalHost
from tests.run.pieces import Recorder
from tests.run.state_story import made
from wizard.errors import HostError, HostInUse
from wizard.remote.cancellation import Cancellation
from wizard.run.bus import EventBus
from wizard.run.events import HostHeld, RunStarted
from wizard.run.host_lock import Claim, Holder, claim_for, decide, hold, read_holder
from wizard.run.state_owner import process_start, still_runs, this_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wizard.remote.transport import Result, Transport

HOSTS = ("app1", "db1", "lb1")


def holder(**other: Any) -> Holder:  # noqa: ANN401 - as many types as fields
    """Return a run of another machine, or what is named instead."""
    values: dict[str, Any] = {
        "run": "r1",
        "site": "acme",
        "command": "apply",
        "state": "/srv/acme.state",
        "operator": "jane",
        "ssh_client": "10.0.0.9",
        "machine": "jump2",
        "boot_id": "b2",
        "pid": 4711,
        "started": 99,
        "since": "2026-01-31T12:00:00Z",
    }
    return Holder(**{**values, **other})


def of_a_process_that_ended(**other: str) -> Holder:
    """Return a run of this machine whose process is gone."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = process_start(process.pid) or 0
        assert still_runs(this_process().machine, this_process().boot_id, process.pid, started)
        process.communicate(b"\n", timeout=60)
    we = this_process()
    return holder(machine=we.machine, boot_id=we.boot_id, pid=process.pid, started=started, **other)


def claim(run: str, *, owned: tuple[str, ...] = (), break_lock: bool = False) -> Claim:
    """Return a claim of another jump host's run that owns these runs as well."""
    return Claim(holder=holder(run=run), owns=lambda one: one in owned, break_lock=break_lock)


@contextmanager
def held(
    transports: Mapping[str, Transport], who: Claim, *, folder: str = "run"
) -> Iterator[Recorder]:
    """Hold the hosts for the block; give what was told of it."""
    recorder = Recorder()
    bus = EventBus(str)
    bus.add(recorder, journal=True)
    try:
        hold(transports, who, folder=folder, bus=bus, stop=Cancellation())
        yield recorder
    finally:
        for transport in transports.values():
            transport.close()
        bus.close()


def local(folder: Path) -> dict[str, LocalHost]:
    """Return the same three hosts, as another installer would reach them."""
    return {name: LocalHost(name, folder / name) for name in HOSTS}


def test_a_lock_is_taken_in_one_trip_and_let_go_at_the_end(tmp_path: Path) -> None:
    """It names the run while it is held; then nothing of it is left."""
    hosts = local(tmp_path)
    with held(hosts, claim("r1")) as told:
        assert {host.trips for host in hosts.values()} == {1}
        lines = [(tmp_path / name / "run/lock").read_text() for name in HOSTS]
        assert [read_holder(line) for line in lines] == [holder()] * 3
        assert (tmp_path / "db1" / "run").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "db1" / "run/lock").stat().st_mode & 0o777 == 0o600
    assert [(event.how, event.before) for event in told.of(HostHeld)] == [("free", "")] * 3
    assert not any((tmp_path / name / "run/lock").exists() for name in HOSTS)


def test_a_second_run_is_told_who_holds_the_host(tmp_path: Path) -> None:
    """It stops at the first host, names person, origin, machine and time, and takes nothing."""
    with held(local(tmp_path), claim("r1")):
        others = local(tmp_path)
        with pytest.raises(HostInUse) as caught, held(others, claim("r2")):
            pass
        said = str(caught.value)
        for word in ("app1", "jane from 10.0.0.9", "jump2", "2026-01-31T12:00:00Z", "4711"):
            assert word in said
        assert "resume --state /srv/acme.state" in said
        assert "--break-lock" in said
        assert others["db1"].trips == 0
        assert all((tmp_path / name / "run/lock").exists() for name in HOSTS)
    with held(local(tmp_path), claim("r2")):
        pass


def test_a_host_held_by_another_site_lets_the_others_go(tmp_path: Path) -> None:
    """What was taken before the refusal is free again afterwards."""
    with held({"lb1": LocalHost("lb1", tmp_path / "lb1")}, claim("r1")):
        with pytest.raises(HostInUse, match="lb1"), held(local(tmp_path), claim("r2")):
            pass
        assert not (tmp_path / "app1" / "run/lock").exists()
        assert (tmp_path / "lb1" / "run/lock").exists()


@pytest.mark.parametrize(
    ("who", "how"),
    [
        (claim("r1"), "free"),
        (claim("r2", owned=("r1", "r2")), "resumed"),
        (claim("r2", break_lock=True), "broken"),
    ],
)
def test_what_a_killed_run_has_left_is_taken_over(tmp_path: Path, who: Claim, how: str) -> None:
    """By the run itself, by its state file, or by choice; the latter two are on record."""
    (tmp_path / "db1" / "run").mkdir(parents=True)
    (tmp_path / "db1" / "run/lock").write_text(holder().line() + "\n")
    with held(local(tmp_path), who) as told:
        pass
    (event,) = (event for event in told.of(HostHeld) if event.host == "db1")
    assert (event.how, event.before) == (how, "" if how == "free" else str(holder()))
    assert not (tmp_path / "db1" / "run/lock").exists()


def test_a_lock_that_changed_hands_meanwhile_is_not_broken_unseen(tmp_path: Path) -> None:
    """Consent to break one run's lock is none to break the next one's."""
    lock = tmp_path / "a" / "run/lock"
    lock.parent.mkdir(parents=True)
    lock.write_text(holder(run="old").line() + "\n")
    second = holder(run="quicker", machine=this_process().machine, boot_id=this_process().boot_id)
    second = replace(second, pid=this_process().pid, started=process_start(this_process().pid) or 0)

    class Slow(LocalHost):
        """A host on which somebody else is quicker between our look and our taking."""

        def run(self, script: str, **options: Any) -> Result:  # noqa: ANN401 - handed on
            ended = super().run(script, **options)
            if self.trips == 1:
                lock.write_text(second.line() + "\n")
            return ended

    hosts = {"a": Slow("a", tmp_path / "a")}
    with (
        pytest.raises(HostInUse, match="works on this host"),
        held(hosts, claim("r2", break_lock=True)),
    ):
        pass
    assert read_holder(lock.read_text()) == second


@pytest.mark.parametrize("content", ["", "\n", "{}", "garbage\x1b[2J\n", "x" * 20_000])
def test_a_damaged_lock_is_broken_by_choice_only(tmp_path: Path, content: str) -> None:
    """An empty one says nothing and is free; any other stands for somebody."""
    (tmp_path / "a" / "run").mkdir(parents=True)
    (tmp_path / "a" / "run/lock").write_text(content)
    if content.strip():
        with (
            pytest.raises(HostInUse, match="cannot be read") as caught,
            held({"a": LocalHost("a", tmp_path / "a")}, claim("r2")),
        ):
            pass
        assert "\x1b" not in str(caught.value)
    chosen = claim("r2", break_lock=True)
    with held({"a": LocalHost("a", tmp_path / "a")}, chosen):
        assert read_holder((tmp_path / "a" / "run/lock").read_text()) == chosen.holder


def test_a_host_without_room_for_a_lock_is_named(tmp_path: Path) -> None:
    """The host's own words are in the message."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "run").write_text("a file where the folder belongs")
    with (
        pytest.raises(HostError, match=r"a: the lock of this host cannot be taken: .*File exists"),
        held({"a": LocalHost("a", tmp_path / "a")}, claim("r1")),
    ):
        pass


ALIVE, GONE = "a living process", "one that ended"


@pytest.mark.parametrize("break_lock", [False, True])
@pytest.mark.parametrize("owned", [False, True])
@pytest.mark.parametrize("left_by", [ALIVE, GONE, "another machine", "nobody can tell"])
def test_decisions(left_by: str, *, owned: bool, break_lock: bool) -> None:
    """Never from a living process; from our own state file's run; from others by choice only."""
    we = this_process()
    living = {"machine": we.machine, "boot_id": we.boot_id, "pid": we.pid}
    found = {
        ALIVE: holder(**living, started=process_start(we.pid) or 0),
        GONE: of_a_process_that_ended(),
        "another machine": holder(),
    }.get(left_by)
    decided = decide(found, claim("r2", owned=("r1",) if owned else (), break_lock=break_lock))
    if left_by == ALIVE:
        assert isinstance(decided, HostInUse)
        assert "end that process" in decided.remedy
    elif owned and found:
        assert decided == "resumed"
    elif break_lock:
        assert decided == "broken"
    else:
        assert isinstance(decided, HostInUse)
        assert ("ended without letting go" in decided.seen) == (left_by == GONE)


def test_a_process_number_that_was_given_out_again_is_no_living_run() -> None:
    """The time at which a process began tells them apart; so does another boot."""
    we = this_process()
    started = process_start(we.pid) or 0
    assert still_runs(we.machine, we.boot_id, we.pid, started) is True
    assert still_runs(we.machine, we.boot_id, we.pid, started - 1) is False
    assert still_runs(we.machine, "another boot", we.pid, started) is None
    assert still_runs("elsewhere", we.boot_id, we.pid, started) is None


def test_a_claim_owns_the_runs_of_its_state_file_and_no_others(tmp_path: Path) -> None:
    """A run is known by the hash of its first event, so two new state files never share one."""
    first, second = made(tmp_path / "first"), made(tmp_path / "second")
    for state in (first, second):
        state.take([RunStarted(site="acme", command="apply", operator=state.path.name)])
    earlier = claim_for("acme", "apply", state=first).holder.run
    first.take([RunStarted(site="acme", command="resume")])
    now = claim_for("acme", "resume", state=first)
    assert now.holder.run != earlier
    assert now.owns(earlier)
    assert now.owns(now.holder.run)
    assert not now.owns(claim_for("acme", "apply", state=second).holder.run)
    assert not now.owns("")
    first.close()
    second.close()


def test_a_claim_without_a_state_file_owns_nothing() -> None:
    """Proving with drills locks the hosts too, as a run that nobody resumes."""
    one, other = claim_for("acme", "prove"), claim_for("acme", "prove")
    assert one.holder.run != other.holder.run
    assert not one.owns(one.holder.run)


@given(
    st.one_of(
        st.text(max_size=300),
        st.dictionaries(
            st.sampled_from([*holder().__slots__, "other"]),
            st.one_of(st.none(), st.integers(), st.text(max_size=20), st.booleans()),
        ).map(json.dumps),
    )
)
def test_whatever_stands_in_a_lock_is_read_without_an_error(line: str) -> None:
    """A holder, or None; what is told of it cannot move the cursor."""
    found = read_holder(line)
    assert found is None or "\x1b" not in str(found)


@given(st.builds(holder, operator=st.text(), state=st.text(), site=st.text(), pid=st.integers()))
def test_a_lock_is_one_line_whatever_is_in_it(one: Holder) -> None:
    """No name can end the line or leave printable ASCII."""
    assert one.line().isprintable()
    assert one.line().isascii()
    assert read_holder(one.line()) is not None


@pytest.mark.sshd
def test_a_lock_over_ssh_goes_with_the_connection_also_after_a_cancellation(
    tmp_path: Path,
) -> None:
    """Ctrl-C lets go; a connection that was cut leaves the lock to whoever resumes."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    from wizard.remote.ssh import connect  # noqa: PLC0415 - fabric takes a while to import

    server = Sshd()
    lock = tmp_path / "lock"
    bus = EventBus(str)
    try:
        stop = Cancellation()
        transport = connect(server.endpoint(), cancellation=stop)
        trips = transport.trips
        transports = {transport.host: transport}
        hold(transports, claim("r1"), folder=str(tmp_path), bus=bus, stop=stop)
        assert transport.trips - trips == 1
        assert lock.exists()
        stop.cancel()
        transport.close()
        assert not lock.exists()

        cut = connect(server.endpoint())
        hold({cut.host: cut}, claim("r1"), folder=str(tmp_path), bus=bus, stop=Cancellation())
        server.signal_sessions(signal.SIGKILL)
        cut.close()
        assert lock.exists()
    finally:
        server.stop()
        bus.close()
