"""What happens during a run, as values: every screen, log and state file is fed from these."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from wizard.run.event_values import as_json, masked, now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from wizard.remote.transport import Stream

Outcome = Literal["done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, when and where."""

    kind: ClassVar[str] = "event"
    durable: ClassVar[bool] = False  # whoever publishes it waits until the state file holds it
    kept: ClassVar[bool] = True  # whether it is of interest after the run

    time: datetime = field(default_factory=now)  # UTC
    host: str = ""  # "" concerns the whole run
    task: str = ""  # the task's id, "" outside of tasks

    def to_json(self) -> dict[str, object]:
        """Return the event as JSON values; `kind`, `time`, `host`, `task` and its own fields."""
        shown: dict[str, object] = {"kind": self.kind}
        for item in dataclasses.fields(self):
            shown[item.name] = as_json(getattr(self, item.name))
        return shown

    def masked(self, mask: Callable[[str], str]) -> Self:
        """Return the event with the mask applied to every text in it."""
        changed = {}
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            shown = masked(value, mask)
            if shown is not value:
                changed[item.name] = shown
        return dataclasses.replace(self, **changed) if changed else self


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A run begins; who started it and from where."""

    kind: ClassVar[str] = "run-started"
    durable: ClassVar[bool] = True

    site: str
    command: str  # plan, apply, resume: without its arguments
    operator: str = ""  # login
    ssh_client: str = ""  # the address the operator's session comes from, "" at the console
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConnected(Event):
    """A host is reached."""

    kind: ClassVar[str] = "host-connected"

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFailed(Event):
    """A host could not be reached or looked at before the plan was made."""

    kind: ClassVar[str] = "host-failed"

    seen: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswered(Event):
    """A check of a host has an answer."""

    kind: ClassVar[str] = "check-answered"

    check: str
    verdict: str  # ok, warning, failed, skipped
    seen: str
    wanted: str = ""
    remedy: str = ""
    question: str = ""  # in words; "" in what older versions wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade(Event):
    """What would change is known."""

    kind: ClassVar[str] = "plan-made"
    durable: ClassVar[bool] = True

    fingerprint: str
    changes: int
    tasks: tuple[str, ...]  # ids, in order
    changing: tuple[str, ...]  # ids of the tasks that would change something
    plan: Mapping[str, object] = field(default_factory=dict)  # Plan.to_json()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHeld(Event):
    """The run has the host to itself until its connection ends."""

    kind: ClassVar[str] = "host-held"
    durable: ClassVar[bool] = True

    how: str  # free, resumed: left by an earlier run of this state file, broken: by choice
    before: str = ""  # who had left a lock there, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationBegan(Event):
    """A secret gets its next value, which is in the keyring; or, given up, the one it had."""

    kind: ClassVar[str] = "rotation-began"
    durable: ClassVar[bool] = True

    secret: str  # its name
    names: tuple[str, ...]  # what changes with it, a certificate with its key
    value: Literal["new", "old"] = "new"  # which the hosts are to have


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationFinished(Event):
    """Every host has one value; the other one is gone from the keyring."""

    kind: ClassVar[str] = "rotation-finished"
    durable: ClassVar[bool] = True

    secret: str
    names: tuple[str, ...]
    value: Literal["new", "old"] = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(Event):
    """A task has its host to itself and looks at what is there."""

    kind: ClassVar[str] = "task-started"

    title: str
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedChange:
    """One change that is about to be made; SHA-256 over texts with secrets by name."""

    resource: str
    summary: str
    before: str  # of the diff's old side, or of what a look saw; "" where nothing is there
    after: str  # of the diff's new side, or of the script; of a database object's definition
    job: str = ""  # the name of the detached unit on the host, if it is one


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIntended(Event):
    """What a task is about to do; on disk before anything is sent."""

    kind: ClassVar[str] = "task-intended"
    durable: ClassVar[bool] = True

    changes: tuple[IntendedChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadProgress(Event):
    """A file is on its way to a host."""

    kind: ClassVar[str] = "upload-progress"
    kept: ClassVar[bool] = False

    destination: str
    sent: int  # bytes
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStarted(Event):
    """A change begins on its host."""

    kind: ClassVar[str] = "change-started"

    resource: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLine(Event):
    """A line that a change wrote."""

    kind: ClassVar[str] = "output"

    stream: Stream
    text: str
    resource: str = ""

    def masked(self, mask: Callable[[str], str]) -> OutputLine:
        """Return the line with its text masked; the other fields are the installer's own."""
        shown = mask(self.text)
        if shown == self.text:
            return self
        return OutputLine(
            time=self.time,
            host=self.host,
            task=self.task,
            stream=self.stream,
            text=shown,
            resource=self.resource,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOmitted(Event):
    """Lines that a slow display did not get; the state file has them."""

    kind: ClassVar[str] = "output-omitted"
    kept: ClassVar[bool] = False

    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDone(Event):
    """A change ended well on its host; the look afterwards is still to come."""

    kind: ClassVar[str] = "change-done"

    resource: str
    seconds: float
    before: str = ""  # as of IntendedChange
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSkipped(Event):
    """Nothing had to be done."""

    kind: ClassVar[str] = "task-skipped"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLeftOut(Event):
    """A person has decided that a task is not done in this run, and why."""

    kind: ClassVar[str] = "task-left-out"
    durable: ClassVar[bool] = True

    title: str
    reason: str
    operator: str  # login, with the address it came from
    follows: str = ""  # what follows from it, as the installer said
    along_with: str = ""  # the id of the task it is part of, "" if it was named itself


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDone(Event):
    """A task acted, and a fresh look shows that its goal is reached.

    Nobody waits until it is on disk: the intent of whatever comes next takes it along.
    """

    kind: ClassVar[str] = "task-done"

    seconds: float
    changed: int  # changes made


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed(Event):
    """A task did not reach its goal: all that a person needs to go on."""

    kind: ClassVar[str] = "task-failed"
    durable: ClassVar[bool] = True

    title: str
    error: str  # the kind of failure, a class of wizard.errors
    seen: str
    remedy: str
    command: str = ""  # the summary of the change that was running
    status: int | None = None  # its exit status, if it ended
    lines: tuple[str, ...] = ()  # the last lines it wrote
    seconds: float = 0.0
    job: str = ""  # the detached unit that may go on without the connection that was lost


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInterrupted(Event):
    """A task was stopped; what became of it is looked at when the run goes on."""

    kind: ClassVar[str] = "task-interrupted"
    durable: ClassVar[bool] = True

    command: str = ""
    job: str = ""  # the detached unit that goes on, "" where what ran was ended


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBlocked(Event):
    """A task cannot start because another one failed."""

    kind: ClassVar[str] = "task-blocked"

    waiting_on: str  # the id of the task that failed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """A run ended."""

    kind: ClassVar[str] = "run-finished"
    durable: ClassVar[bool] = True

    outcome: Outcome
    # Without figures: the run ended before it began to change anything.
    done: int = 0
    skipped: int = 0
    failed: int = 0
    not_started: int = 0
    left_out: int = 0  # by a person, with a reason
    changed: int = 0  # changes made
    trips: Mapping[str, int] = field(default_factory=dict)  # by host, over the whole connection
    seconds: float = 0.0
    host_seconds: float = 0.0  # that all lanes together waited for hosts
    engine_seconds: float = 0.0  # that all lanes together were kept by the engine


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFinished(Event):
    """The installed site was asked everything; what was changed before is proven, or is not."""

    kind: ClassVar[str] = "proof-finished"
    durable: ClassVar[bool] = True

    verdict: str  # the worst of all: ok, warning, failed, skipped
    drills: bool
    seconds: float
