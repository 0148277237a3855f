"""An installation from the first connection to the proof, for the command line and the screens."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wizard.checks.check import SITE, worst
from wizard.checks.preflight import ask_again, run_preflight
from wizard.database.connect import DatabaseAccess
from wizard.errors import Cancelled, SetupError
from wizard.run.clock import Clock
from wizard.run.events import CheckAnswered, HostConnected, ProofFinished
from wizard.run.host_lock import claim_for, hold
from wizard.run.rotation import require_no_rotation
from wizard.run.session import Reached, apply, close_all, plan_for, plan_made
from wizard.site.networking import TlsMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wizard.checks.check import Finding
    from wizard.facts.host import HostFacts
    from wizard.remote.transport import Transport
    from wizard.run.host_lock import Claim
    from wizard.run.pause import Pause
    from wizard.run.planner import Plan
    from wizard.run.runner import RunResult
    from wizard.run.session import Engine, Prepared
    from wizard.site.model import Site
    from wizard.steps.inputs import Inputs
    from wizard.vault.certificates import CertificateCheck

_LANES = 8  # logins at once: a jump host sees them all, and sshd drops those beyond ten


@dataclass(slots=True, kw_only=True)
class Installation:
    """One site on its way: reach, check, plan, apply, prove; close it at the end."""

    site: Site
    inputs: Inputs
    engine: Engine
    transports: dict[str, Transport | SetupError] = field(default_factory=dict)
    facts: dict[str, HostFacts | SetupError] = field(default_factory=dict)
    rotating: bool = False  # a secret: only its rotation may change hosts meanwhile
    # Files, as PATH@HOST, that somebody edited by hand and a person agrees to have replaced.
    replace_edited: frozenset[str] = frozenset()
    agreed_unread: bool = False  # to whatever the plan is, without having read it (--yes)
    claim: Claim | None = None  # as whom the hosts are locked; without one as a nameless run
    _clock: Clock = field(default_factory=Clock)
    _prepared: Prepared | None = None
    _held: bool = False
    _planned_alone: bool = False  # whether no other run can have come in since the plan's look

    def reach(self, hosts: Sequence[str] = ()) -> None:
        """Connect to hosts and gather their facts, side by side; failures are kept by host.

        Without names it is every host that has no connection yet. Raises: Cancelled.
        """
        names = hosts or [h.name for h in self.site.hosts if h.name not in self.transports]
        if not names:
            return
        with ThreadPoolExecutor(max_workers=min(_LANES, len(names))) as pool:
            list(pool.map(self._reach_one, names))
        self.engine.stop.raise_if_cancelled()

    def _reach_one(self, name: str) -> None:
        begin = time.monotonic()
        try:
            with self._clock.busy(), self._clock.waiting():
                transport = self.engine.connect(name)
                self.transports[name] = transport
                seconds = round(time.monotonic() - begin, 3)
                self.engine.bus.publish(HostConnected(host=name, seconds=seconds))
                self.facts[name] = self.engine.gather(transport)
        except Cancelled:
            return
        except SetupError as error:
            self.transports.setdefault(name, error)
            self.facts[name] = error

    def preflight(self) -> tuple[Finding, ...]:
        """Answer every question that can be asked before anything is changed, of all hosts.

        Raises: Cancelled.
        """
        node = self.inputs.node
        findings = run_preflight(
            self.site,
            self.transports,
            self.facts,
            node_tarball=node.version if node else "",
            certificate=self._certificate(),
        )
        for finding in findings:
            self.publish(finding)
        return findings

    def ask_again(
        self, before: Sequence[Finding], *, host: str, check: str = ""
    ) -> tuple[Finding, ...]:
        """Return the findings with those about a host, or one check of it, answered afresh.

        The host is connected to anew, for SITE all of them; what is known of the others has to be
        among the facts. Raises: Cancelled.
        """
        self.reach([] if host == SITE else [host])
        node = self.inputs.node
        findings = ask_again(
            self.site,
            self.transports,
            self.facts,
            before,
            host=host,
            check=check,
            node_tarball=node.version if node else "",
            certificate=self._certificate(),
        )
        for finding in findings:
            if finding not in before:
                self.publish(finding)
        return findings

    def _certificate(self) -> CertificateCheck | None:
        """Return the judgement on the files of a provided certificate, as they are now."""
        network = self.site.networking
        if network.tls.mode is not TlsMode.PROVIDED:
            return None
        from wizard.vault.certificates import check_files  # noqa: PLC0415 - start-up time

        now = datetime.now(UTC)
        return check_files(network.tls, network.domain, base=self.inputs.base, now=now)

    def publish(self, finding: Finding) -> None:
        """Tell everyone who listens of one answer."""
        self.engine.bus.publish(
            CheckAnswered(
                host=finding.host,
                check=finding.check,
                verdict=finding.verdict.value,
                seen=finding.seen,
                wanted=finding.wanted,
                remedy=finding.remedy,
                question=finding.question,
            )
        )

    def plan(self) -> Plan:
        """Look at every host and return what would change; there may be no database server yet.

        Raises: HostError, Cancelled.
        """
        self._planned_alone = self._held or not self.engine.lock_folder
        self._prepared = self._plan()
        with self._clock.busy():
            self.engine.bus.publish(plan_made(self._prepared.plan))
        return self._prepared.plan

    def _plan(self) -> Prepared:
        survey = replace(
            self.engine,
            open_database=DatabaseAccess(
                site=self.site, secrets=self.engine.secrets, absent_ok=True
            ),
        )
        return plan_for(self.site, self.inputs, self.reached(), survey)

    def _look_again(self, agreed: Prepared) -> Prepared:
        """Return the plan as it is now that nobody else can change hosts.

        Between the look and the lock a person read the plan, for as long as they liked, and
        another run may have come and gone. Raises: SetupError for changes nobody agreed to.
        """
        found = self._plan()
        more = found.plan.beyond(agreed.plan)
        if more and not self.agreed_unread:
            raise SetupError(
                "while the plan was read somebody changed hosts: now there is more to do than it"
                f" says, in {', '.join(more)}. Nothing was done",
                remedy="Run the same command again and read the new plan.",
            )
        if found.plan.fingerprint != agreed.plan.fingerprint:
            self.engine.bus.publish(plan_made(found.plan))  # what is skipped now was right now
        return found

    def reached(self) -> Reached:
        """Return the open connections; raises the error of a host that has none."""
        for found in (*self.transports.values(), *self.facts.values()):
            if isinstance(found, SetupError):
                raise found
        transports = {n: t for n, t in self.transports.items() if not isinstance(t, SetupError)}
        facts = {n: f for n, f in self.facts.items() if not isinstance(f, SetupError)}
        return Reached(transports=transports, facts=facts, clock=self._clock)

    def hold(self) -> None:
        """Have all hosts to itself from here until `close`; nothing happens the second time.

        Raises: HostInUse if another run holds one of them, HostError, Cancelled.
        """
        if not self._held:
            hold(
                self.reached().transports,
                self.claim or claim_for(self.site.site, "run"),
                folder=self.engine.lock_folder,
                bus=self.engine.bus,
                stop=self.engine.stop,
            )
        self._held = True

    def apply(
        self,
        *,
        keep_going: bool = False,
        pause: Pause | None = None,
        skips: Mapping[str, str] | None = None,
        begin: Callable[[], None] | None = None,
    ) -> RunResult:
        """Carry out the plan that was made last; while `pause` is set nothing new starts.

        `skips` are the tasks that a person leaves out, with the reasons; `begin` is called once
        nothing is in the way any more, before the first change.
        Raises: RefusedOnHost, HostInUse and, while a secret is being rotated, VaultError, before
        anything is touched; SetupError for a task that must not be left out, or if there is
        more to do once the hosts are locked than the plan says; StateError.
        """
        if self._prepared is None:
            raise ValueError("there is no plan yet")
        if not self.rotating:
            require_no_rotation(self.engine.secrets)
        if not self._prepared.plan.empty:
            self.hold()
            if not self._planned_alone:
                self._prepared = self._look_again(self._prepared)
        return apply(
            self._prepared,
            self.engine,
            keep_going=keep_going,
            pause=pause,
            skips=skips,
            replace_edited=self.replace_edited,
            begin=begin,
        )

    def prove(self, *, drills: bool, after_changes: bool = False) -> tuple[Finding, ...]:
        """Prove the installed site; drills stop an app server and a balancer for a moment.

        `after_changes`: it may still be settling. Raises: HostInUse before a drill, Cancelled.
        """
        from wizard.checks.proof import prove  # noqa: PLC0415 - not needed before the end

        begin = time.monotonic()
        reached = self.reached()
        if drills:
            self.hold()
        findings = prove(
            self.site,
            reached.transports,
            reached.facts,
            self.engine.secrets,
            open_database=self.engine.open_database,
            drills=drills,
            after_changes=after_changes,
            on_finding=self.publish,
            stop=self.engine.stop,
        )
        seconds = round(time.monotonic() - begin, 3)
        verdict = worst(findings).value
        self.engine.bus.publish(ProofFinished(verdict=verdict, drills=drills, seconds=seconds))
        return findings

    def close(self) -> None:
        """End all connections; the hosts' locks go with them."""
        self._held = False
        close_all({n: t for n, t in self.transports.items() if not isinstance(t, SetupError)})
