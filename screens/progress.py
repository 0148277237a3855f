"""How far a run has got, from its events; written by the engine's thread, read by the screen's."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from wizard.run import events as e
from wizard.run.estimate import Todo, expected, left, remaining
from wizard.run.report import sent_by, tasks_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wizard.run.estimate import Took

State = Literal["waiting", "running", "done", "right", "failed", "blocked", "stopped", "skipped"]
SIGNS: dict[State, str] = {
    "waiting": "·",
    "running": "▸",
    "done": "✓",
    "right": "–",
    "failed": "✗",
    "blocked": "!",
    "stopped": "!",
    "skipped": "»",
}
STYLES: dict[State, str] = {
    "waiting": "dim",
    "running": "bold cyan",
    "done": "green",
    "right": "dim",
    "failed": "bold red",
    "blocked": "yellow",
    "stopped": "yellow",
    "skipped": "yellow",
}
# The state that follows from an event alone.
_FOLLOWS: dict[str, State] = {
    e.TaskSkipped.kind: "right",
    e.TaskLeftOut.kind: "skipped",
    e.TaskBlocked.kind: "blocked",
    e.TaskInterrupted.kind: "stopped",
}
_SHARE = re.compile(r"\((\d{1,3})%\)")
_LOOK = 0.3  # seconds of a step that finds everything right
_SOON = 10.0  # seconds; below, any figure would be wrong
_MINUTES = 90.0  # seconds; from there on people count in minutes


@dataclass(slots=True, kw_only=True)
class StepLine:
    """One step on one host."""

    id: str
    host: str
    phase: str
    title: str
    after: frozenset[str]
    changes: int  # that the plan counts
    size: int = 0  # bytes that it sends
    state: State = "waiting"
    begun: float = 0.0  # monotonic
    seconds: float = 0.0
    share: float = 0.0  # of what it is busy with, as it says itself: 0 to 1
    share_begun: float = 0.0  # monotonic

    def took(self, now: float) -> float:
        """How long it took, or has been running."""
        return now - self.begun if self.state == "running" else self.seconds


@dataclass(slots=True)
class Progress:
    """Every step of the plan that is carried out; `version` grows with every change."""

    steps: dict[str, StepLine] = field(default_factory=dict)
    failures: list[e.TaskFailed] = field(default_factory=list)
    ended: e.RunFinished | None = None
    version: int = 0
    plans: int = 0  # how many plans were seen: the list of steps is another one then
    begun: float = field(default_factory=time.monotonic)
    learned: Mapping[str, Sequence[Took]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, event: e.Event) -> None:
        """Follow one event."""
        if isinstance(event, e.OutputLine):
            # A base backup says: 24117/90000 kB (26%), 0/1 tablespace.
            if "%)" in event.text and (found := _SHARE.search(event.text)):
                self._goes_on(event.task, int(found[1]) / 100)
            return
        if isinstance(event, e.UploadProgress):
            self._goes_on(event.task, event.sent / event.size if event.size else 1.0)
            return
        with self._lock:
            self._take(event)
            self.version += 1

    def lines(self) -> tuple[StepLine, ...]:
        """Every step in the order of the plan."""
        with self._lock:
            return tuple(self.steps.values())

    def counts(self) -> tuple[int, int]:
        """How many steps are behind, those left out among them, and how many there are."""
        lines = self.lines()
        return sum(line.state in {"done", "right", "skipped"} for line in lines), len(lines)

    def seconds_left(self) -> float:
        """How long the steps that are left will take, as far as that can be told."""
        now = time.monotonic()
        todo = []
        for line in self.lines():
            if line.state not in {"waiting", "running"}:
                continue
            step = line.id.partition("@")[0]
            full = expected(step, self.learned, line.size) if line.changes else _LOOK
            if line.state == "running":
                pace = now - line.share_begun
                full = left(full, line.took(now), share=line.share, share_took=pace)
            todo.append(Todo(id=line.id, host=line.host, after=line.after, seconds=full))
        return remaining(todo)

    def _goes_on(self, task: str, share: float) -> None:
        """Keep how far a step says it is; a share that falls belongs to another thing it does."""
        with self._lock:
            line = self.steps.get(task)
            if line:
                if share < line.share or not line.share_begun:
                    line.share_begun = time.monotonic()
                line.share = min(share, 1.0)

    def _take(self, event: e.Event) -> None:
        if isinstance(event, e.PlanMade):
            self._plan(event)
        elif isinstance(event, e.RunFinished):
            self.ended = event
        line = self.steps.get(event.task)
        if line is None:
            return
        if isinstance(event, e.TaskStarted):
            line.state, line.begun = "running", time.monotonic()
            line.share, line.share_begun = 0.0, line.begun
        elif isinstance(event, e.TaskDone):
            line.state, line.seconds = "done", event.seconds
        elif isinstance(event, e.TaskFailed):
            line.state, line.seconds = "failed", event.seconds
            self.failures.append(event)
        else:
            line.state = _FOLLOWS.get(event.kind, line.state)

    def _plan(self, event: e.PlanMade) -> None:
        self.plans += 1
        self.failures.clear()
        self.steps = {
            task["task"]: StepLine(
                id=task["task"],
                host=task["host"],
                phase=task["phase"],
                title=task["title"],
                after=frozenset(task["after"]),
                changes=len(task["changes"]),
                size=sent_by(task),
            )
            for task in tasks_of(event.plan)
        }


def clock(seconds: float) -> str:
    """Return minutes and seconds: 4:41."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def about(seconds: float) -> str:
    """Return an estimate no more exact than it is: about 4 min."""
    if seconds < _SOON:
        return "a few seconds"
    if seconds < _MINUTES:
        return f"about {round(seconds / 10) * 10} s"
    return f"about {seconds / 60:.0f} min"
