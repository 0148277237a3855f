"""Events on a terminal or in a pipe: a line each for people, a JSON object each for machines."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, TextIO

from wizard.counted import counted
from wizard.run import events as e
from wizard.run.earlier import EarlierSteps, summary
from wizard.run.edited import EditedReplaced
from wizard.run.visible import fit, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SIGNS = {"✓": "+", "✗": "x", "–": "-", "·": ".", "→": ">", "…": "~"}


class JsonSink:
    """Writes one JSON object per line, in ASCII, as soon as it happens."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def take(self, events: Sequence[e.Event]) -> None:
        """Write the events."""
        self._stream.writelines(json.dumps(event.to_json()) + "\n" for event in events)
        self._stream.flush()


class ConsoleSink:
    """Writes one line per event: time, host, sign, text; a failure is a card of several lines."""

    def __init__(self, stream: TextIO, *, output: bool = True) -> None:
        self._stream = stream
        self._output = output
        self._titles: dict[str, str] = {}
        self._host_width = 6
        self._plain = "utf" not in (getattr(stream, "encoding", "") or "").lower()

    def take(self, events: Sequence[e.Event]) -> None:
        """Write the events."""
        width = shutil.get_terminal_size().columns if self._stream.isatty() else 0
        self._stream.writelines(
            self._spelt(fit(line, width) if width else line) + "\n"
            for event in events
            for line in self.lines(event)
        )
        self._stream.flush()

    def lines(self, event: e.Event) -> Iterator[str]:
        """Return what people see of an event; nothing of those without news."""
        if isinstance(event, e.TaskStarted):
            self._titles[event.task] = event.title
        if isinstance(event, e.PlanMade):
            self._titles.update(_titles(event))
        if isinstance(event, e.OutputLine) and not self._output:
            return
        words = said(event, self._titles.get(event.task, event.task))
        if words is None:
            return
        sign, text = words
        self._host_width = max(self._host_width, min(len(event.host), 20))
        clock = event.time.astimezone().strftime("%H:%M:%S")
        head = f"{clock} {visible(event.host):<{self._host_width}} {sign} "
        yield head + visible(text)
        if isinstance(event, e.TaskFailed):
            yield from (" " * len(head) + line for line in _card(event))

    def _spelt(self, line: str) -> str:
        if not self._plain:
            return line
        for sign, plain in _SIGNS.items():
            line = line.replace(sign, plain)
        return line.encode("ascii", "backslashreplace").decode()


def _titles(event: e.PlanMade) -> Iterator[tuple[str, str]]:
    """Return what people call each task of a plan."""
    tasks = event.plan.get("tasks", ())
    for task in tasks if isinstance(tasks, list | tuple) else ():
        yield task["task"], task["title"]


def said(event: e.Event, title: str) -> tuple[str, str] | None:  # noqa: C901, PLR0911, PLR0912 - one line per kind
    """Return a sign and a sentence about an event, None where there is no news in it."""
    match event:
        case e.RunStarted():
            origin = f" from {event.ssh_client}" if event.ssh_client else ""
            simulated = " (simulated hosts)" if event.simulated else ""
            return "·", f"{event.command} {event.site}{simulated}, by {event.operator}{origin}"
        case e.HostConnected():
            return "·", f"connected in {event.seconds:.1f} s"
        case e.HostFailed():
            return "✗", f"{event.seen} {event.remedy}".strip()
        case e.CheckAnswered():
            if event.verdict in {"ok", "skipped"}:
                return None  # the table at the end has them; here they would bury the others
            sign = "✗" if event.verdict == "failed" else "!"
            wanted = f" (wanted: {event.wanted})" if event.wanted else ""
            remedy = f" {event.remedy}"
            return sign, f"{event.check}: {event.seen}{wanted}{remedy}"
        case e.PlanMade():
            return "·", (
                f"plan {event.fingerprint[:12]}: {counted(event.changes, 'change')} in"
                f" {len(event.changing)} of {counted(len(event.tasks), 'step')}"
            )
        case EarlierSteps():
            as_it_was = not (event.drifted or event.half_done or event.failed)
            return "·" if as_it_was else "!", summary(event)
        case e.HostHeld() if event.before:
            verb = "broke" if event.how == "broken" else "took over"
            return "!", f"{verb} the lock of {event.before}"
        case e.RotationBegan() if event.value == "old":
            return "!", f"{event.secret}: given up, the hosts go back to the value before"
        case e.RotationBegan():
            return "·", f"the new {' and '.join(event.names)}: in the keyring, on no host yet"
        case e.RotationFinished():
            gone = "old" if event.value == "new" else "new"
            return (
                "✓",
                f"{event.secret}: every host has the {event.value} value, the {gone} one is gone",
            )
        case e.TaskStarted():
            return "→", event.title
        case EditedReplaced():
            return "!", f"{event.path}: edited by hand, replaced as {event.operator} agreed"
        case e.ChangeStarted():
            return "·", event.summary
        case e.UploadProgress() if event.size:
            percent = 100 * event.sent // event.size
            return "·", f"upload {event.destination}: {percent} % of {event.size} bytes"
        case e.OutputLine():
            return " ", f"| {visible(event.text)}"
        case e.OutputOmitted():
            return " ", f"| … {counted(event.lines, 'line')} not shown; the state file has them"
        case e.TaskSkipped():
            return "–", f"{title}: {event.reason}"
        case e.TaskLeftOut():
            with_it = f" (goes with {event.along_with})" if event.along_with else ""
            return "!", f"{event.title}: skipped by {event.operator}{with_it}: {event.reason}"
        case e.TaskDone():
            return "✓", f"{title}: {event.changed} changed, verified ({event.seconds:.1f} s)"
        case e.TaskFailed():
            return "✗", f"{event.title}: {event.seen.partition(chr(10))[0]}"
        case e.TaskInterrupted():
            if event.job:
                return "!", f"{title}: goes on there as {event.job}; `resume` waits for its end"
            return "!", f"{title}: stopped; it is looked at again when the run goes on"
        case e.TaskBlocked():
            return "–", f"{title}: waiting on {event.waiting_on}"
        case e.RunFinished():
            return _sign(event), _summary(event)
        case e.ProofFinished():
            sign = {"failed": "✗", "warning": "!"}.get(event.verdict, "✓")
            proven = "not proven" if event.verdict == "failed" else "proven"
            drills = "with" if event.drills else "without"
            return sign, f"{proven}, {drills} stopping servers ({event.seconds:.1f} s)"
        case _:
            return None


def _card(event: e.TaskFailed) -> Iterator[str]:
    """Return the lines below the first one of a failure."""
    yield from (visible(line) for line in event.seen.split("\n")[1:])
    if event.command:
        status = "" if event.status is None else f" (status {event.status})"
        yield f"while: {visible(event.command)}{status}"
    yield from (f"| {visible(line)}" for line in event.lines)
    yield f"what to do: {visible(event.remedy)}"


def _sign(event: e.RunFinished) -> str:
    return {"done": "✓", "failed": "✗", "cancelled": "!"}[event.outcome]


def _summary(event: e.RunFinished) -> str:
    if event.outcome == "done" and not event.changed:
        text = f"nothing changed: {counted(event.skipped, 'step')} already right"
    else:
        text = (
            f"{event.outcome}: {counted(event.changed, 'change')}, {counted(event.done, 'step')}"
            f" done, {event.skipped} already right, {event.failed} failed,"
            f" {event.not_started} not started"
        )
    if event.left_out:
        text += f", {event.left_out} skipped by decision"
    busy = event.host_seconds + event.engine_seconds
    share = 100 * event.engine_seconds / busy if busy else 0.0
    return f"{text}; {event.seconds:.1f} s, {share:.1f} % of it the installer's own"
