"""The real engine on simulated hosts: reach, preflight, plan, apply and prove, marked as such."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.checks.check import worst
from wizard.errors import ConnectionFailed, SiteError
from wizard.run.canonical import sha256
from wizard.run.events import ProofFinished
from wizard.run.installation import Installation
from wizard.run.session import Engine, plan_for
from wizard.run.simulated.facts import address_of, simulated_facts
from wizard.run.simulated.proof import simulated_proof
from wizard.run.simulated.resource import simulated_tasks
from wizard.run.simulated.transport import SimulatedTransport
from wizard.site.application import NodeSourceKind
from wizard.steps.inputs import Inputs, NodeTarball, ReleaseFile
from wizard.steps.local_files import read_inputs
from wizard.steps.sequence import tasks_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wizard.checks.check import Finding
    from wizard.facts.host import HostFacts
    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Transport
    from wizard.run.bus import EventBus
    from wizard.run.session import Prepared
    from wizard.run.simulated.hosts import SimulatedFleet
    from wizard.site.model import Site
    from wizard.steps.task import Situation, Task
    from wizard.vault.secret import Secrets

_CONNECT = 0.6  # seconds of a login on a real host
_FACTS = 1.5  # seconds of a look at everything
_QUESTION = 0.2  # seconds of a question of the proof
_SIZE = 60_000_000  # bytes of a release that is not there


@dataclass(slots=True, kw_only=True)
class SimulatedInstallation(Installation):
    """An installation whose hosts are simulated; planner, runner, events and state are real."""

    fleet: SimulatedFleet

    def _plan(self) -> Prepared:
        # There is no database to look into: its objects are remembered like everything else.
        return plan_for(self.site, self.inputs, self.reached(), self.engine)

    def hold(self) -> None:
        """Nobody else can be at work on a simulated host."""

    def prove(self, *, drills: bool, after_changes: bool = False) -> tuple[Finding, ...]:
        """Answer the proof's questions from what the simulated hosts remember.

        Raises: Cancelled.
        """
        del after_changes
        begin = time.monotonic()
        names = {item.task.id for item in self._prepared.plan.tasks} if self._prepared else None
        machines = [self.fleet.host(address_of(self.site, host)) for host in self.site.hosts]
        done = {task for machine in machines for task in machine.done}
        findings = []
        asked = simulated_proof(self.site, sorted(names or done), done, drills=drills)
        for finding in asked:
            self.engine.stop.wait(_QUESTION * self.fleet.pace)
            self.engine.stop.raise_if_cancelled()
            self.publish(finding)
            findings.append(finding)
        verdict, seconds = worst(tuple(findings)).value, round(time.monotonic() - begin, 3)
        self.engine.bus.publish(ProofFinished(verdict=verdict, drills=drills, seconds=seconds))
        return tuple(findings)


def simulated_engine(
    site: Site, secrets: Secrets, bus: EventBus, stop: Cancellation, fleet: SimulatedFleet
) -> Engine:
    """Return the engine that works on simulated hosts, as `ssh_engine` does on real ones."""

    def connect(name: str) -> Transport:
        machine = fleet.host(address_of(site, site.host(name)))
        way = SimulatedTransport(host=name, machine=machine, fleet=fleet, stop=stop)
        way.wait(_CONNECT)
        if name in fleet.unreachable:
            raise ConnectionFailed(
                "simulated: the connection timed out", remedy="Start the host.", host=name
            )
        return way

    def gather(transport: Transport) -> HostFacts:
        stop.wait(_FACTS * fleet.pace)
        stop.raise_if_cancelled()
        return simulated_facts(site, site.host(transport.host))

    def tasks(situation: Situation) -> Sequence[Task]:
        found = tasks_for(situation)
        fleet.require_known(task.id for task in found)
        return simulated_tasks(found)

    return Engine(
        connect=connect,
        gather=gather,
        tasks_for=tasks,
        open_database=_no_database,
        secrets=secrets,
        bus=bus,
        stop=stop,
        lock_folder="",
    )


@contextmanager
def _no_database(_transport: Transport) -> Iterator[None]:
    """Nothing is asked of a simulated database: its objects are resources here."""
    yield None


def simulated_inputs(site: Site, base: Path, *, smtp_password: bool) -> Inputs:
    """Read the files the site names; those that are not there are simulated too."""
    try:
        return read_inputs(site, base, smtp_password=smtp_password)
    except SiteError:
        pass
    app = site.application
    digest = sha256(f"simulated release {app.release}")
    node = None
    if app.node_source.kind is NodeSourceKind.TARBALL:
        top = f"node-v{app.node}.1.0-linux-x64"
        node = NodeTarball(
            path=base / f"{top}.tar.xz",
            sha256=digest,
            size=_SIZE,
            version=f"{app.node}.1.0",
            top=top,
        )
    release = ReleaseFile(
        path=base / app.release,
        sha256=digest,
        size=_SIZE,
        version="0.0.0-simulated",
        top="minusnow",
        built=False,
        scripts=("build", "db:push"),
    )
    return Inputs(release=release, node=node, smtp_password=smtp_password, base=base)
