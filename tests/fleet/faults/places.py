"""The places in an installation where a kill has hit it, as its state file tells them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.run.state import StateFile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fleet.workplace import Event
    from wizard.run.chain import Link

RECENT = 30  # events
# A line that shows that a long step is really under way, where not any line does.
UNDER_WAY = {"packages": "Unpacking "}
# Long work that writes nothing: that its change has begun is all that shows its midst.
QUIET = {"save"}


@dataclass
class Places:
    """Steps by where they were when the installer died; each kind of place is tried once."""

    begun: set[str] = field(default_factory=set)
    """Their intent was durable, and nothing was heard of the host yet."""
    amid: set[str] = field(default_factory=set)
    """Their change was running."""
    ended: set[str] = field(default_factory=set)
    """They were the last that their host had done, and it had begun nothing else."""
    _tried: set[tuple[str, str]] = field(default_factory=set)
    _long: set[str] = field(default_factory=set)
    _running: set[str] = field(default_factory=set)
    """Long work that was begun in this run."""

    def due(self, event: Event) -> bool:
        """Tell whether the installer dies at this event: it shows a place that was not hit yet.

        The middle of long work comes first: what it is begun beside is most often still open then,
        and is hit with it. One host stands for all where a step has just ended, unless it was
        begun beside such work and has come to its end before it: then its end is the last chance.
        """
        if event["kind"] == "run-finished":
            return True
        if event["kind"] == "run-started":
            self._running.clear()
        place, task = shown(event), event["task"]
        if place == "begun" and is_long(event):
            self._long.add(task)
            self._running.add(task)
        if event["kind"] in {"task-done", "task-failed", "task-skipped"}:
            self._running.discard(task)
        if not place or task in getattr(self, place) or (place, task) in self._tried:
            return False
        if place == "begun" and self._waited_for():
            return False  # while nobody looks on, long work might come to its end
        if place == "amid" and event["kind"] == "output" and task not in self._long:
            return False
        if place == "ended" and not self._is_last_chance(task):
            stood_for = step(task) in {step(other) for other in self.ended}
            if stood_for or self._waited_for():
                return False
        self._tried.add((place, task))
        return True

    def _waited_for(self) -> bool:
        """Tell whether long work is running that was not hit in its midst."""
        return not all(map(self._was_amid, self._running))

    def _is_last_chance(self, task: str) -> bool:
        """Tell whether a short step that has ended was not hit at all, nor tried to be."""
        tried = {other for _, other in self._tried}
        return task not in self._long | self.steps | tried

    def _was_amid(self, task: str) -> bool:
        return task in self.amid or ("amid", task) in self._tried

    def enter(self, hit: Places) -> None:
        """Add what one more kill has hit."""
        self.begun |= hit.begun
        self.amid |= hit.amid
        self.ended |= hit.ended

    @property
    def count(self) -> int:
        """How many places were hit."""
        return len(self.begun) + len(self.amid) + len(self.ended)

    @property
    def steps(self) -> set[str]:
        """The steps that were hit anywhere."""
        return self.begun | self.amid | self.ended


def step(task: str) -> str:
    """Return which step a task is, on whichever host."""
    return task.partition("@")[0]


def shown(event: Event) -> str:
    """Return which place of its step an event shows, "" if none."""
    match event["kind"]:
        case "task-intended":
            return "begun"
        case "output" if str(event["text"]).startswith(UNDER_WAY.get(step(event["task"]), "")):
            return "amid"
        case "upload-progress" if 0 < event["sent"] < event["size"]:
            return "amid"
        case "change-started" if step(event["task"]) in QUIET:
            return "amid"
        case "task-done":
            return "ended"
    return ""


def is_long(event: Event) -> bool:
    """Tell whether an intent is about work that outlives the connection."""
    return any(change["job"] for change in event["changes"])


def is_durable(state: Path, event: Event) -> bool:
    """Tell whether the state file holds an event that was shown: that may be a moment earlier."""
    opened = StateFile.open_read_only(state)
    try:
        last = opened.records.events(max(0, opened.records.head()[0] - RECENT))
    finally:
        opened.close()
    return any((link.kind, link.task) == (event["kind"], event["task"]) for link in last)


def hit_in_last_run(state: Path) -> Places:
    """Return where the steps were when the run that was written last ended."""
    links = _links(state)
    last: dict[str, str] = {}
    done: dict[str, str] = {}  # by host, the step that ended last, unless another was begun
    for link in links:
        if link.run != links[-1].run or not link.task:
            continue
        last[link.task] = link.kind
        if link.kind == "task-done":
            done[link.host] = link.task
        elif link.kind == "task-intended":
            done.pop(link.host, None)
    return Places(
        begun={task for task, kind in last.items() if kind == "task-intended"},
        amid={task for task, kind in last.items() if kind in {"change-started", "change-done"}},
        ended=set(done.values()),
    )


def told_of_steps(state: Path) -> dict[int, dict[str, list[str]]]:
    """Return by run and step the kinds of its events in order; "due" where the plan has it.

    The last plan of a run counts: made anew once the hosts were locked, from a look of that time.
    """
    found: dict[int, dict[str, list[str]]] = {}
    for link in _links(state):
        steps = found.setdefault(link.run, {})
        if link.task:
            steps.setdefault(link.task, []).append(link.kind)
        elif link.kind == "plan-made":
            for kinds in steps.values():
                kinds[:] = [kind for kind in kinds if kind != "due"]
            for task in json.loads(link.body)["changing"]:
                steps.setdefault(task, []).append("due")
    return found


def changed_something(state: Path) -> set[str]:
    """Return the steps whose intent was written down, in any run.

    A plan for an empty host has more: what comes with a package is found right when its turn comes.
    """
    steps = told_of_steps(state).values()
    return {task for run in steps for task, kinds in run.items() if "task-intended" in kinds}


def open_when_gone_on(state: Path) -> list[tuple[set[str], set[str]]]:
    """Return for each run that went on the steps of unknown outcome, and those it told as such."""
    found: list[tuple[set[str], set[str]]] = []
    unknown: set[str] = set()
    for link in _links(state):
        if link.kind == "task-intended":
            unknown.add(link.task)
        elif link.kind in {"task-done", "task-skipped", "task-failed"}:
            unknown.discard(link.task)
        elif link.kind == "earlier-steps":
            found.append((set(unknown), set(json.loads(link.body)["half_done"])))
    return found


def _links(state: Path) -> list[Link]:
    """Return all events of a state file."""
    opened = StateFile.open_read_only(state)
    found: list[Link] = []
    try:
        while more := opened.records.events(found[-1].seq if found else 0):
            found += more
    finally:
        opened.close()
    return found
