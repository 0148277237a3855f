"""The whole job on local hosts: reach, plan, apply, with the reference site."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.facts.example import good_facts
from tests.run.local_host import LocalHost
from tests.run.pieces import LocalFile, Recorder, no_database, task
from tests.site.example import site
from wizard.errors import ConnectionFailed, HostError, RefusedOnHost, SetupError
from wizard.remote.cancellation import Cancellation
from wizard.run.bus import EventBus
from wizard.run.events import HostConnected, HostFailed, PlanMade
from wizard.run.installation import Installation
from wizard.run.session import Engine, apply, prepare
from wizard.steps.inputs import Inputs, ReleaseFile
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.facts.host import HostFacts
    from wizard.remote.transport import Transport
    from wizard.steps.task import Situation, Task

HOSTS = ("db1", "db2", "app1")
RELEASE = ReleaseFile(
    path=Path("/nowhere"), sha256="", size=0, version="1", top="", built=True, scripts=()
)
INPUTS = Inputs(release=RELEASE, node=None, base=Path(), smtp_password=False)


@dataclass
class Workshop:
    """An engine on local hosts, some of which may be out of reach."""

    folder: Path
    tasks: Sequence[Task] = ()
    unreachable: frozenset[str] = frozenset()
    recorder: Recorder = field(default_factory=Recorder)
    opened: dict[str, LocalHost] = field(default_factory=dict)
    meeting: threading.Barrier | None = None

    def engine(self) -> Engine:
        """Return the engine."""
        bus = EventBus(str)
        bus.add(self.recorder, journal=True)
        return Engine(
            connect=self.connect,
            gather=self.gather,
            tasks_for=self.tasks_for,
            open_database=no_database,
            secrets=Secrets(),
            bus=bus,
            stop=Cancellation(),
            lock_folder="run",
        )

    def connect(self, name: str) -> Transport:
        """Open a local host."""
        if name in self.unreachable:
            raise ConnectionFailed("connection refused", remedy="Start sshd.", host=name)
        self.opened[name] = LocalHost(name, self.folder / name)
        return self.opened[name]

    def gather(self, transport: Transport) -> HostFacts:
        """Return the example facts of the host; all hosts at the same time, if asked."""
        if self.meeting:
            self.meeting.wait(20)
        reference = site()
        return good_facts(reference, reference.host(transport.host))

    def tasks_for(self, situation: Situation) -> Sequence[Task]:
        """Return the given tasks once the facts of all hosts are there."""
        assert set(situation.facts) == set(HOSTS)
        return self.tasks


def some_tasks() -> list[Task]:
    """Return two tasks on each host."""
    return [task(f"{name}@{host}", LocalFile(name=name)) for host in HOSTS for name in ("f", "g")]


def test_a_whole_job_is_planned_and_applied(tmp_path: Path) -> None:
    """Looking takes one trip per host, and a second job changes nothing."""
    shop = Workshop(tmp_path, some_tasks(), meeting=threading.Barrier(len(HOSTS)))
    engine = shop.engine()
    prepared = prepare(site(), HOSTS, INPUTS, engine)
    assert {name: host.trips for name, host in shop.opened.items()} == dict.fromkeys(HOSTS, 1)
    assert prepared.plan.changes == 6
    result = apply(prepared, engine)
    engine.bus.close()
    assert (result.outcome, result.changed) == ("done", 6)
    assert len(shop.recorder.of(HostConnected)) == 3
    (made,) = shop.recorder.of(PlanMade)
    assert made.fingerprint == prepared.plan.fingerprint

    again = Workshop(tmp_path, some_tasks())
    engine = again.engine()
    prepared = prepare(site(), HOSTS, INPUTS, engine)
    result = apply(prepared, engine)
    engine.bus.close()
    assert prepared.plan.empty
    assert (result.changed, len(result.skipped)) == (0, 6)
    assert result.trips == dict.fromkeys(HOSTS, 1)


@pytest.mark.parametrize("gone", [frozenset({"db2"}), frozenset({"db1", "db2"})])
def test_all_hosts_out_of_reach_are_named_at_once(tmp_path: Path, gone: frozenset[str]) -> None:
    """Each has an event of its own; nothing is planned."""
    shop = Workshop(tmp_path, some_tasks(), unreachable=gone)
    engine = shop.engine()
    with pytest.raises(HostError) as caught:
        prepare(site(), HOSTS, INPUTS, engine)
    engine.bus.close()
    assert all(host in str(caught.value) for host in gone)
    assert caught.value.remedy == "Start sshd."
    assert {event.host for event in shop.recorder.of(HostFailed)} == gone
    assert not shop.recorder.of(PlanMade)


def test_nothing_is_run_while_something_of_value_is_in_the_way(tmp_path: Path) -> None:
    """One refusal anywhere stops all hosts before the first change."""
    for host in HOSTS[:2]:
        (tmp_path / host).mkdir()
        (tmp_path / host / "f").write_text("gold\n")
    tasks = [task(f"f@{host}", LocalFile(name="f", precious="gold")) for host in HOSTS]
    shop = Workshop(tmp_path, tasks)
    engine = shop.engine()
    prepared = prepare(site(), HOSTS, INPUTS, engine)
    with pytest.raises(RefusedOnHost, match="db1 · f: f holds gold"):
        apply(prepared, engine)
    engine.bus.close()
    assert not (tmp_path / "app1" / "f").exists()


def test_tasks_that_cannot_be_ordered_are_refused_before_looking(tmp_path: Path) -> None:
    """A fault of the steps does not reach a host."""
    shop = Workshop(tmp_path, [task("f@db1", after=["gone@db2"])])
    engine = shop.engine()
    with pytest.raises(SetupError, match="gone@db2"):
        prepare(site(), HOSTS, INPUTS, engine)
    engine.bus.close()
    assert {host.trips for host in shop.opened.values()} == {0}


def reached(shop: Workshop) -> Installation:
    """Return an installation that is connected to all hosts, with consent still to come."""
    work = Installation(site=site(), inputs=INPUTS, engine=shop.engine())
    work.reach(HOSTS)
    return work


def begun(work: Installation, calls: list[str]) -> str:
    """Carry the plan out, note in `calls` that it really began, and return how it ended."""
    return work.apply(begin=lambda: calls.append("begun")).outcome


@pytest.mark.parametrize("unread", [False, True])
def test_hosts_that_changed_while_the_plan_was_read_are_looked_at_again(
    tmp_path: Path, *, unread: bool
) -> None:
    """What was right then and is not now is asked about again, or, unread, put right as well."""
    shop = Workshop(tmp_path, some_tasks())
    first = reached(shop)
    first.plan()
    assert begun(first, []) == "done"
    first.close()
    (tmp_path / "app1" / "f").unlink()

    second = reached(shop)
    second.agreed_unread = unread
    assert second.plan().changes == 1
    (tmp_path / "db1" / "g").write_text("another run's")
    calls: list[str] = []
    if unread:
        assert begun(second, calls) == "done"
        assert (tmp_path / "db1" / "g").read_text() != "another run's"
        assert shop.recorder.of(PlanMade)[-1].changes == 2
    else:
        with pytest.raises(SetupError, match="more to do than it says, in g@db1"):
            begun(second, calls)
        assert not (tmp_path / "app1" / "f").exists()
    assert calls == (["begun"] if unread else [])
    second.close()


def test_what_became_right_while_the_plan_was_read_is_no_news(tmp_path: Path) -> None:
    """Work of a run that was killed may have gone on: less is left, and that is done."""
    shop = Workshop(tmp_path, some_tasks())
    first = reached(shop)
    first.plan()
    assert begun(first, []) == "done"
    first.close()
    right = (tmp_path / "app1" / "f").read_bytes()
    for host in ("app1", "db1"):
        (tmp_path / host / "f").unlink()

    second = reached(shop)
    assert second.plan().changes == 2
    (tmp_path / "app1" / "f").write_bytes(right)
    calls: list[str] = []
    assert begun(second, calls) == "done"
    assert calls == ["begun"]
    assert (tmp_path / "db1" / "f").read_bytes() == right
    assert [made.changes for made in shop.recorder.of(PlanMade)] == [6, 2, 1]  # as it really was
    second.close()
