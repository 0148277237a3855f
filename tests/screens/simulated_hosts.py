"""Simulated hosts for the screens: folders of this machine, real bash, a plan of small files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.facts.example import good_facts
from tests.run.local_host import LocalHost
from tests.run.pieces import LocalFile, no_database, task
from wizard.checks.check import SITE, Question
from wizard.errors import ConnectionFailed
from wizard.run.bus import EventBus
from wizard.run.installation import Installation
from wizard.run.session import Engine
from wizard.steps.inputs import Inputs, ReleaseFile
from wizard.steps.task import Phase
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.app import SetupApp
    from wizard.checks.check import Finding
    from wizard.facts.host import HostFacts
    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Transport
    from wizard.run.bus import Sink
    from wizard.run.state import StateFile
    from wizard.site.file import LoadedSite
    from wizard.site.model import Site
    from wizard.steps.task import Situation, Task

_RELEASE = ReleaseFile(
    path=Path("/nowhere"), sha256="", size=0, version="1", top="", built=True, scripts=()
)
CLOCK = Question("clock", "Is the clock right?", "less than 1 s off")
FRONT = Question("front", "Does the site answer its users?")


class SimulatedInstallation(Installation):
    """Its checks are given, not asked; everything else is the real engine."""

    def preflight(self) -> tuple[Finding, ...]:
        """Return a finding of each host."""
        findings = tuple(
            CLOCK.ok(host.name, "0.0 s behind")
            if host.name not in self.facts or isinstance(self.transports[host.name], LocalHost)
            else CLOCK.failed(host.name, "nobody answers", "Start the host.")
            for host in self.site.hosts
        )
        for finding in findings:
            self.publish(finding)
        return findings

    def prove(self, *, drills: bool, after_changes: bool = False) -> tuple[Finding, ...]:
        """Return one proof and one warning."""
        del drills, after_changes
        return FRONT.ok(SITE, "200 [ok]"), FRONT.warning(SITE, "slow", "Look at the balancer.")


@dataclass
class SimulatedFleet:
    """Hosts that are folders; `broken` names those nobody answers at."""

    folder: Path
    tasks: Sequence[Task] = ()
    broken: set[str] = field(default_factory=set)

    def open(
        self,
        setup: SetupApp,
        loaded: LoadedSite,
        *,
        stop: Cancellation,
        listeners: Sequence[Sink],
        journal: StateFile | None,
    ) -> Installation:
        """Take the place of what opens the real installation."""
        del setup
        bus = EventBus(str)
        for sink in listeners:
            bus.add(sink)
        if journal:
            bus.add(journal, journal=True)

        def connect(name: str) -> Transport:
            if name in self.broken:
                raise ConnectionFailed("connection refused", remedy="Start sshd.", host=name)
            return LocalHost(name, self.folder / name, stop)

        def gather(transport: Transport) -> HostFacts:
            return good_facts(loaded.site, loaded.site.host(transport.host))

        def tasks_for(situation: Situation) -> Sequence[Task]:
            return self.tasks or self.small(situation.site)

        engine = Engine(
            connect=connect,
            gather=gather,
            tasks_for=tasks_for,
            open_database=no_database,
            secrets=Secrets(),
            bus=bus,
            stop=stop,
            lock_folder="run",
        )
        inputs = Inputs(release=_RELEASE, node=None, base=Path(), smtp_password=False)
        return SimulatedInstallation(site=loaded.site, inputs=inputs, engine=engine)

    def small(self, site: Site) -> list[Task]:
        """Return two steps on each host; `open-the-gate` in its folder lets the first one end."""
        gate = "if [ -e gate ]; then echo waiting; until [ -e open ]; do sleep 0.05; done; fi"
        fail = "if [ -e fails ]; then echo 'No space left on device' >&2; exit 3; fi"
        return [
            each
            for host in site.hosts
            for each in (
                task(f"one@{host.name}", LocalFile(name="f", script=f"{gate}\n{fail}\necho [b]hi")),
                task(
                    f"two@{host.name}",
                    LocalFile(name="g"),
                    after=[f"one@{host.name}"],
                    phase=Phase.CACHE,
                ),
            )
        ]
