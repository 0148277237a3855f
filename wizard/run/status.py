"""How far a site is, from its state file alone: no host is asked and nothing is written."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wizard.run.canonical import said_in
from wizard.run.events import CheckAnswered, TaskLeftOut
from wizard.run.how_far import StepStatus, steps_of
from wizard.run.report import all_events
from wizard.run.state import StateFile
from wizard.run.state_owner import lock_is_held, this_process
from wizard.run.stored import event_of
from wizard.site.changed_answers import changed_answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wizard.run.chain import Link
    from wizard.run.state_owner import Owner
    from wizard.run.state_records import RunRecord, SiteRecord

Use = Literal["free", "in use", "cut off", "elsewhere"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """A detached unit that may still be at work on a host."""

    host: str
    task: str
    unit: str
    what: str  # the summary of the change


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A state file as it was at one moment."""

    path: Path
    site: SiteRecord
    edited: bool  # the site file is another one than the runs were about
    run: RunRecord | None  # the last one
    owner: Owner | None  # who works with the file, or did when it was cut off
    use: Use
    held: tuple[str, ...]  # hosts that the last run has locked and not let go
    steps: tuple[StepStatus, ...]
    jobs: tuple[JobStatus, ...]
    left_out: tuple[TaskLeftOut, ...]  # steps that a person skipped and no run has done since
    checked: tuple[CheckAnswered, ...]  # what the last preflight was answered
    proof: Link | None  # the last proof
    answers: tuple[CheckAnswered, ...]  # of the last proof
    unproven: tuple[str, ...]  # tasks that changed something since the last proof that held
    rotating: str  # the secret whose rotation is under way, "" without one
    head: tuple[int, str]  # number and hash of the last event

    @property
    def counts(self) -> Counter[str]:
        """How many steps are how far."""
        return Counter(step.far for step in self.steps)

    @property
    def verdict(self) -> str:
        """What the last proof came to, "" before the first."""
        return str(said_in(self.proof.body).get("verdict", "")) if self.proof else ""

    @property
    def proven(self) -> bool:
        """Whether a proof held after the last change."""
        return self.verdict not in {"", "failed"} and not self.unproven

    @property
    def done(self) -> bool:
        """Whether the site is as its file says, and that is proven."""
        complete = bool(self.steps) and self.counts.keys() <= {"done", "left out"}
        settled = self.use == "free" and not (self.edited or self.rotating)
        return complete and settled and self.proven

    @property
    def next_command(self) -> str:
        """The command with which to go on, "" when nothing is left to do."""
        state = shlex.quote(str(self.path))
        if self.use == "in use":
            return f"minusnow-setup review --state {state}"
        if self.done:
            return ""
        if self.site.simulated:
            return f"minusnow-setup {shlex.quote(self.site.path or 'SITE')} --simulate"
        take_over = " --take-over" if self.use == "elsewhere" else ""
        return f"minusnow-setup resume --state {state}{take_over}"


def read_status(path: Path) -> Status:
    """Read a state file, also while a run writes it.

    Raises: StateError if it cannot be read.
    """
    state = StateFile.open_read_only(path)
    try:
        records = state.records
        site, owner = records.site(), records.owner()
        told = _Told()
        told.read(all_events(records))
        runs = records.runs()
        run = runs[-1] if runs else None
        use = _use(path, owner)
        plan = records.plan() or {}
        steps = tuple(steps_of(plan, records.tasks(), last_run=told.plan.run if told.plan else 0))
        cut_off = run is not None and run.outcome is None
        return Status(
            path=path.absolute(),
            site=site,
            edited=_edited(site),
            run=run,
            owner=owner,
            use="cut off" if use == "free" and cut_off else use,
            held=tuple(sorted(told.held)) if cut_off or told.jobs else (),
            steps=steps,
            jobs=tuple(told.jobs.values()),
            left_out=tuple(_left_out(steps, told.left_out)),
            checked=tuple(_answers(told.checked)),
            proof=told.proof,
            answers=tuple(_answers(told.proven)),
            unproven=tuple(sorted(records.unproven())),
            rotating=told.rotating,
            head=records.head(),
        )
    finally:
        state.close()


@dataclass(slots=True)
class _Told:
    """What the events tell, read from the first to the last."""

    plan: Link | None = None
    proof: Link | None = None
    rotating: str = ""
    held: set[str] = field(default_factory=set)
    asked: list[Link] = field(default_factory=list)  # answers, before it is known of what
    checked: list[Link] = field(default_factory=list)  # answers of the last preflight
    installs: bool = False  # whether the run that is read begins with a preflight
    proven: list[Link] = field(default_factory=list)  # answers of the last proof
    left_out: dict[str, Link] = field(default_factory=dict)  # by task: who skipped it, and why
    jobs: dict[tuple[str, str], JobStatus] = field(default_factory=dict)  # by task and resource

    def read(self, links: Iterable[Link]) -> None:
        for link in links:
            self._take(link, said_in(link.body))

    def _take(self, link: Link, said: Mapping[str, object]) -> None:
        match link.kind:
            case "run-started":
                self.held, self.asked = set(), []
                self.installs = said.get("command") in {"apply", "resume"}
            case "host-held":
                self.held.add(link.host)
            case "check-answered":
                self.asked.append(link)
            case "plan-made":
                self.plan = link
                self._end_preflight()
            case "run-finished" if self.installs and (not self.plan or self.plan.run != link.run):
                self._end_preflight()  # something failed: there is no plan
            case "proof-finished":
                self.proof, self.proven, self.asked = link, self.asked, []
            case "rotation-began":
                self.rotating = str(said.get("secret", ""))
            case "rotation-finished":
                self.rotating = ""
            case _ if link.task:
                self._take_task(link, said)

    def _end_preflight(self) -> None:
        """What was answered until now was preflight, unless nothing was asked."""
        self.checked, self.asked = self.asked or self.checked, []

    def _take_task(self, link: Link, said: Mapping[str, object]) -> None:
        match link.kind:
            case "task-intended":
                self._keep(link, "")
                self._intend(link, said.get("changes"))
            case "change-done":
                self.jobs.pop((link.task, str(said.get("resource"))), None)
            case "task-interrupted" | "task-failed":
                self._keep(link, str(said.get("job") or ""))
            case "task-left-out":
                self.left_out[link.task] = link
                self._keep(link, "")
            case "task-done" | "task-skipped":
                self._keep(link, "")

    def _intend(self, link: Link, changes: object) -> None:
        for change in changes if isinstance(changes, list) else ():
            if isinstance(change, dict) and change.get("job"):
                self.jobs[link.task, str(change.get("resource"))] = JobStatus(
                    host=link.host,
                    task=link.task,
                    unit=_unit(str(change["job"])),
                    what=str(change.get("summary", "")),
                )

    def _keep(self, link: Link, job: str) -> None:
        """Forget the jobs of a task but this one: they have ended, or were ended."""
        kept = _unit(job) if job else ""
        for place, each in list(self.jobs.items()):
            if place[0] == link.task and each.unit != kept:
                del self.jobs[place]


def _answers(links: Iterable[Link]) -> Iterator[CheckAnswered]:
    """Yield what was answered; what cannot be read of it is left away."""
    for link in links:
        event = event_of(link)
        if isinstance(event, CheckAnswered):
            yield event


def _left_out(steps: Iterable[StepStatus], told: Mapping[str, Link]) -> Iterator[TaskLeftOut]:
    """Yield who left out each step that still is, and why."""
    for step in steps:
        link = told.get(step.task) if step.far == "left out" else None
        event = event_of(link) if link else None
        if isinstance(event, TaskLeftOut):
            yield event


def _unit(job: str) -> str:
    """Return the unit's name on the host, as the transport calls it."""
    return f"minusnow-setup-{job.replace('@', '-')}.service"


def _use(path: Path, owner: Owner | None) -> Use:
    """Return whether somebody works with the file; the lock tells of this machine only."""
    held = lock_is_held(path)
    if held or (held is None and owner and owner.machine == this_process().machine):
        return "in use"
    if owner is None:
        return "free"
    return "cut off" if owner.machine == this_process().machine else "elsewhere"


def _edited(site: SiteRecord) -> bool:
    """Whether the site file says something else than the runs were about; unknown counts as no."""
    try:
        now = Path(site.path).read_text(encoding="utf-8") if site.path else site.text
    except (OSError, UnicodeDecodeError):
        return False
    return now != site.text and bool(changed_answers(site.text, now))
