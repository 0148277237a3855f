"""Everything a state file tells, gathered at one moment without changing it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.run import events as e
from wizard.run.audit import verify_chain
from wizard.run.console import said
from wizard.run.state import StateFile
from wizard.run.stored import event_of
from wizard.run.visible import visible
from wizard.site.file import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wizard.run.chain import Link
    from wizard.run.state_owner import Owner
    from wizard.run.state_records import (
        LineRecord,
        RunRecord,
        SiteRecord,
        StateRecords,
        TaskRecord,
    )
    from wizard.site.model import Site
    from wizard.vault.store import SecretInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event with the person whose run it belongs to, in words."""

    link: Link
    event: e.Event
    person: str
    sign: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What the changes of one task wrote, its last lines."""

    task: str
    host: str
    total: int  # lines
    lines: tuple[LineRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A state file as it was at one moment; `secrets` is None while the keyring is closed."""

    path: Path
    record: SiteRecord
    site: Site | None  # None if this version cannot read the site file that is kept
    runs: tuple[RunRecord, ...]
    owner: Owner | None
    broken: tuple[str, ...]  # what does not fit in the chain of events
    plan: Mapping[str, object]
    happened: tuple[Happened, ...]
    output: tuple[Output, ...]
    tasks: tuple[TaskRecord, ...]
    secrets: tuple[SecretInfo, ...] | None = None

    @property
    def chain(self) -> str:
        """Whether the record still says what was written into it, in a few words."""
        return f"CHAIN BROKEN ({len(self.broken)})" if self.broken else "chain intact"

    @property
    def checks(self) -> tuple[e.CheckAnswered, ...]:
        """What each check said last, of each host."""
        last = {
            (event.check, event.host): event
            for event in (each.event for each in self.happened)
            if isinstance(event, e.CheckAnswered)
        }
        return tuple(last.values())


def gather(path: Path, *, lines: int | None, secrets: Sequence[SecretInfo] | None = None) -> Report:
    """Read a state file, also someone else's or while a run writes it.

    Of each task's output the last `lines` are kept, all of them for None.
    Raises: StateError if it cannot be read.
    """
    state = StateFile.open_read_only(path)
    try:
        records = state.records
        record, runs, plan = records.site(), tuple(records.runs()), records.plan() or {}
        return Report(
            path=path,
            record=record,
            site=parse(record.text, record.path or str(path)).site,
            runs=runs,
            owner=records.owner(),
            broken=tuple(verify_chain(path)),
            plan=plan,
            happened=tuple(Story(runs, plan).told(all_events(records))),
            output=tuple(_output(records, lines)),
            tasks=tuple(records.tasks()),
            secrets=None if secrets is None else tuple(secrets),
        )
    finally:
        state.close()


class Story:
    """Turns stored events into words; remembers what people call each task, and who began."""

    def __init__(
        self, runs: Sequence[RunRecord] = (), plan: Mapping[str, object] | None = None
    ) -> None:
        self._people = {run.id: person(run.operator, run.ssh_client) for run in runs}
        self._titles = {task["task"]: task.get("title", "") for task in tasks_of(plan or {})}

    def told(self, links: Iterator[Link] | Sequence[Link]) -> Iterator[Happened]:
        """Tell of each event in turn."""
        for link in links:
            event = event_of(link)
            if isinstance(event, e.RunStarted):
                self._people[link.run] = person(event.operator, event.ssh_client)
            if isinstance(event, e.TaskStarted):
                self._titles[event.task] = event.title
            sign, words = in_words(event, self._titles.get(event.task) or event.task)
            yield Happened(
                link=link,
                event=event,
                person=self._people.get(link.run, ""),
                sign=sign,
                words="\n".join(visible(line) for line in words.split("\n")),
            )


def in_words(event: e.Event, title: str) -> tuple[str, str]:
    """Return a sign and a sentence for every event, also for those a console passes over."""
    match event:
        case e.CheckAnswered() if event.verdict in {"ok", "skipped"}:
            return ("✓" if event.verdict == "ok" else "–"), f"{event.check}: {event.seen}"
        case e.TaskIntended():
            about = "; ".join(
                f"{one.summary} [{one.before[:8] or 'new'} → {one.after[:8]}]"
                for one in event.changes
            )
            return "·", f"about to: {about}"
        case e.HostHeld() if not event.before:
            return "·", "locked for this run"
        case e.ChangeDone():
            return "✓", f"{event.resource} done in {event.seconds:.1f} s"
        case _:
            return said(event, title) or ("·", event.kind)


def person(operator: str, ssh_client: str) -> str:
    """Return who it was and from where: `ana@10.9.0.4`, at the console `ana`."""
    return f"{operator}@{ssh_client}" if ssh_client else operator


def tasks_of(plan: Mapping[str, object]) -> tuple[dict[str, Any], ...]:
    """Return the tasks of a plan as it is kept."""
    tasks = plan.get("tasks", ())
    return tuple(tasks) if isinstance(tasks, list | tuple) else ()


def sent_by(task: Mapping[str, Any]) -> int:
    """Return how many bytes a task of a plan sends to its host, as far as that is known."""
    return sum(
        upload.get("size", 0)
        for change in task.get("changes", ())
        for upload in change.get("uploads", ())
    )


def all_events(records: StateRecords, after: int = 0) -> Iterator[Link]:
    """Return every event beyond number `after`, page by page."""
    while page := records.events(after):
        yield from page
        after = page[-1].seq


def _output(records: StateRecords, limit: int | None) -> Iterator[Output]:
    kept: dict[str, deque[LineRecord]] = {}
    totals: dict[str, int] = {}
    after = 0
    while page := records.output(after):
        for line in page:
            kept.setdefault(line.task, deque(maxlen=limit)).append(line)
            totals[line.task] = totals.get(line.task, 0) + 1
        after = page[-1].id
    for task, lines in kept.items():
        host = task.rpartition("@")[2]
        yield Output(task=task, host=host, total=totals[task], lines=tuple(lines))
