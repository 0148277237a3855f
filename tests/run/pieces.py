"""Small resources, tasks and a recording sink that the tests of a run are made of."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from wizard.errors import RefusedOnHost
from wizard.remote.cancellation import Cancellation
from wizard.resources.resource import Change
from wizard.run.bus import EventBus
from wizard.run.clock import Clock
from wizard.run.graph import Graph
from wizard.run.pause import Pause
from wizard.run.planner import Plan, plan
from wizard.run.runner import Runner
from wizard.run.survey import look_at
from wizard.steps.task import Phase, Task
from wizard.vault.secret import Secrets
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wizard.remote.transport import Transport
    from wizard.resources.resource import Resource, Upload
    from wizard.run.events import Event
    from wizard.run.runner import RunResult

E = TypeVar("E", bound="Event")


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """A file in the folder of a local host, with one line of content."""

    name: str
    content: Text = field(default_factory=lambda: Text("right"))
    script: str = ""  # shell that runs before the file is written
    writes: bool = True
    precious: str = ""  # content that must not be overwritten
    uploads: tuple[Upload, ...] = ()
    detached: bool = False
    timeout: float = 60.0

    @property
    def key(self) -> str:
        """`file NAME`."""
        return f"file {self.name}"

    def look(self) -> str:
        """Print the content."""
        return f"cat {self.name}"

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Write it when it differs."""
        if seen == self.content.reveal(secrets) + "\n":
            return None
        if self.precious and seen.strip() == self.precious:
            raise RefusedOnHost(f"{self.name} holds {self.precious}", remedy="Move it away.")
        new = f"{self.name}.new"
        write = Text(f"cat >{new} <<'END'\n", self.content, f"\nEND\nmv {new} {self.name}\n")
        return Change(
            resource=self.key,
            summary=f"write {self.name}",
            diff=f"--- {self.name}\n+++ {self.name}\n@@ -0,0 +1 @@\n+{self.content.masked()}\n",
            script=Text(self.script + "\n", write if self.writes else ""),
            uploads=self.uploads,
            detached=self.detached,
            timeout=self.timeout,
        )


@dataclass(frozen=True, kw_only=True)
class Follower:
    """Something that must be done again whenever a file was changed, as a service reload is."""

    file: str

    @property
    def key(self) -> str:
        """`follower FILE`."""
        return f"follower {self.file}"

    def look(self) -> str:
        """Print whether the copy equals the file."""
        return f"[ ! -e {self.file} ] || cmp -s {self.file} {self.file}.taken || echo stale"

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Copy it when stale."""
        if not seen:
            return None
        script = Text(f"cp {self.file} {self.file}.taken\n")
        return Change(resource=self.key, summary=f"take in {self.file}", script=script)


@dataclass
class Recorder:
    """A sink that keeps everything."""

    events: list[Event] = field(default_factory=list)
    seen: Callable[[Event], None] | None = None

    def take(self, events: Sequence[Event]) -> None:
        """Keep the events."""
        for event in events:
            self.events.append(event)
            if self.seen:
                self.seen(event)

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def task(
    name: str,
    *resources: Resource,
    after: Sequence[str] = (),
    phase: Phase = Phase.BASE,
) -> Task:
    """Return a task from `step@host`."""
    step, _, host = name.partition("@")
    return Task(
        phase=phase,
        step=step,
        host=host,
        title=f"Step {step}",
        resources=resources,
        after=frozenset(after),
    )


def planned(
    tasks: Sequence[Task], transports: Mapping[str, Transport], secrets: Secrets | None = None
) -> Plan:
    """Look at all hosts and return the plan, tasks in the order of the graph."""
    seen: dict[str, dict[str, str]] = {}
    for host, transport in transports.items():
        seen |= look_at(transport, [item for item in tasks if item.host == host], clock=Clock())
    return plan(list(Graph(tasks)), seen, {}, secrets or Secrets())


@dataclass
class Trial:
    """A run on local hosts and everything it said."""

    transports: Mapping[str, Transport]
    recorder: Recorder = field(default_factory=Recorder)
    stop: Cancellation = field(default_factory=Cancellation)
    secrets: Secrets = field(default_factory=Secrets)
    mask: Callable[[str], str] = str
    lock: threading.Lock = field(default_factory=threading.Lock)
    pause: Pause = field(default_factory=Pause)

    def run(self, tasks: Sequence[Task], *, keep_going: bool = False) -> RunResult:
        """Plan and carry out."""
        return self.carry_out(planned(tasks, self.transports, self.secrets), keep_going=keep_going)

    def carry_out(self, made: Plan, *, keep_going: bool = False) -> RunResult:
        """Carry a plan out."""
        bus = EventBus(self.mask)
        bus.add(self.recorder, journal=True)
        try:
            return Runner(
                plan=made,
                transports=self.transports,
                secrets=self.secrets,
                bus=bus,
                open_database=no_database,
                stop=self.stop,
                keep_going=keep_going,
                pause=self.pause,
            ).run()
        finally:
            bus.close()


@contextmanager
def no_database(_transport: Transport) -> Iterator[None]:
    """There is no PostgreSQL server."""
    yield None
