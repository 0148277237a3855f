"""A report as a few tables and texts, the same for every format and for the screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wizard.counted import counted
from wizard.run import events as e
from wizard.run.earlier import EarlierSteps
from wizard.run.edited import KEPT, EditedReplaced, in_words
from wizard.run.how_far import in_a_sentence, steps_of
from wizard.run.report import person, tasks_of
from wizard.run.site_page import acknowledgements, host_rows, open_items, site_rows
from wizard.run.visible import spelt_lines, visible
from wizard.vault.catalogue import needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from wizard.run.report import Happened, Report
    from wizard.site.model import Site
    from wizard.vault.store import SecretInfo

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One chapter: sentences, then a table, then texts as they are."""

    id: str  # "events"
    title: str
    note: str = ""
    head: Row = ()
    rows: tuple[Row, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()  # heading, text


def heading(report: Report) -> str:
    """Return the line over a report."""
    return f"{_simulated(report)}{report.record.name} · REVIEW · read-only · {report.chain}"


def heading_on_screen(report: Report) -> str:
    """Return the same with the verdict before the name, which may be cut off."""
    return f"{_simulated(report)}{report.chain} · REVIEW · read-only · {report.record.name}"


def how_far(report: Report) -> str:
    """Return in a sentence how far the site is, "" before the first plan."""
    plans = [each.link.run for each in report.happened if isinstance(each.event, e.PlanMade)]
    last_run = plans[-1] if plans else 0
    return in_a_sentence(tuple(steps_of(report.plan, report.tasks, last_run=last_run)))


def _simulated(report: Report) -> str:
    return "SIMULATED HOSTS · " if report.record.simulated else ""


def parts(report: Report, *, now: datetime | None = None) -> tuple[Part, ...]:
    """Return every chapter in the order of reading."""
    return (
        _site(report),
        _plan(report),
        _runs(report),
        *_earlier(report),
        _events(report),
        _checks(report),
        _failures(report),
        _skips(report),
        *_edited(report),
        _warnings(report),
        _secrets(report, now or datetime.now(UTC)),
        _output(report),
        _chain(report),
    )


def event_row(each: Happened) -> Row:
    """Return time, person, host and words of one event."""
    time = each.link.time.replace("T", " ").partition(".")[0]
    return time, each.person, each.event.host, f"{each.sign} {each.words}"


def _site(report: Report) -> Part:
    record = report.record
    note = f"{record.path or 'site file'} · SHA-256 {record.sha256}"
    text = ("The site file as it was installed", record.text)
    if report.site is None:
        unread = f"{note}. This version cannot read that file; it is shown as it is."
        return Part(id="site", title="Site", note=unread, texts=(text,))
    return site_part(report.site, note, text)


def site_part(site: Site, note: str, text: tuple[str, str]) -> Part:
    """Return the chapter about what is wanted; `text` is the site file under its heading."""
    hosts = tuple((name, f"{address}   {roles}") for name, address, roles in host_rows(site))
    rows = (*site_rows(site), *hosts)
    return Part(id="site", title="Site", note=note, rows=rows, texts=(text,))


def _plan(report: Report) -> Part:
    status = {record.task: record for record in report.tasks}
    rows, texts = [], []
    for task in tasks_of(report.plan):
        known = status.get(task["task"])
        changes = task.get("changes", ())
        state = known.status if known else "pending"
        planned = counted(len(changes), "change") if changes else "already right"
        host = task["task"].rpartition("@")[2]
        rows.append((host, task.get("phase", ""), task.get("title", ""), planned, state))
        texts += [
            (f"{host} · {task.get('title', '')}: {change['summary']}", spelt_lines(change["diff"]))
            for change in changes
            if change.get("diff")
        ]
    note = (
        f"The plan of the last run, and how far each step got: {how_far(report)}."
        if rows
        else "There is no plan."
    )
    head = ("host", "phase", "step", "plan", "state")
    return Part(id="plan", title="Plan", note=note, head=head, rows=tuple(rows), texts=tuple(texts))


def _runs(report: Report) -> Part:
    owner = (
        f"Claimed by {report.owner}: that run goes on, or was cut off."
        if report.owner
        else "No run claims the file."
    )
    rows = tuple(
        (
            str(run.id),
            run.started,
            run.finished or "–",
            person(run.operator, run.ssh_client),
            run.command,
            run.outcome or "not ended",
        )
        for run in report.runs
    )
    head = ("run", "started", "finished", "person", "command", "outcome")
    return Part(id="runs", title="Runs", note=owner, head=head, rows=rows)


def _earlier(report: Report) -> Iterator[Part]:
    """Yield the chapter about runs that went on where others had ended, if there are any."""
    rows = tuple(
        (
            str(each.link.run),
            str(len(event.done)),
            *(", ".join(group) or "–" for group in (event.drifted, event.half_done, event.failed)),
            "; ".join((*event.answers, *event.redone)) or "–",
        )
        for each, event in ((each, each.event) for each in report.happened)
        if isinstance(event, EarlierSteps)
    )
    if rows:
        note = (
            "How each run found what earlier ones had done. Drifted: done before, different now;"
            " half-done: begun, outcome unknown, looked at afresh."
        )
        head = ("run", "done", "drifted", "half-done", "failed", "changed answers, done again")
        yield Part(id="earlier", title="Going on", note=note, head=head, rows=rows)


def _events(report: Report) -> Part:
    rows = tuple(event_row(each) for each in report.happened)
    return Part(id="events", title="Events", head=("time", "person", "host", "event"), rows=rows)


def _checks(report: Report) -> Part:
    order = {"failed": 0, "warning": 1, "ok": 2, "skipped": 3}
    found = sorted(report.checks, key=lambda one: order.get(one.verdict, 9))
    rows = tuple(
        (
            one.verdict,
            visible(one.host),
            one.check,
            visible(one.seen.replace("\n", " ")),
            visible(one.wanted),
            visible(one.remedy),
        )
        for one in found
    )
    head = ("verdict", "host", "check", "seen", "wanted", "to do")
    note = "The last answer of each check. Times are with the events."
    return Part(id="checks", title="Checks", note=note, head=head, rows=rows)


def _failures(report: Report) -> Part:
    texts = tuple(
        (f"{each.link.time} · {event.host} · {event.title}", "\n".join(_card(event)))
        for each, event in ((each, each.event) for each in report.happened)
        if isinstance(event, e.TaskFailed)
    )
    note = "" if texts else "No step has failed."
    return Part(id="failures", title="Failures", note=note, texts=texts)


def _skips(report: Report) -> Part:
    rows = tuple(
        (
            each.link.time.replace("T", " ").partition(".")[0],
            visible(event.operator),
            event.host,
            event.title + (f" (goes with {event.along_with})" if event.along_with else ""),
            visible(event.reason),
            event.follows,
        )
        for each, event in ((each, each.event) for each in report.happened)
        if isinstance(event, e.TaskLeftOut)
    )
    note = (
        "Steps that a person left out. A later run does them unless it is told to leave them out."
        if rows
        else "No step was left out by a person."
    )
    head = ("time", "person", "host", "step", "reason", "what follows")
    return Part(id="skips", title="Skips", note=note, head=head, rows=rows)


def _edited(report: Report) -> tuple[Part, ...]:
    """Return the chapter about files that were edited by hand, nothing where there were none."""
    rows = tuple(
        (
            each.link.time.replace("T", " ").partition(".")[0],
            visible(event.operator),
            event.host,
            visible(event.path),
            in_words(visible(event.since)),
        )
        for each, event in ((each, each.event) for each in report.happened)
        if isinstance(event, EditedReplaced)
    )
    if not rows:
        return ()
    note = f"Files that somebody had edited by hand, and that were replaced: kept in {KEPT}."
    head = ("time", "agreed to by", "host", "file", "had been written")
    return (Part(id="edited", title="Edited by hand", note=note, head=head, rows=rows),)


def _card(event: e.TaskFailed) -> Iterator[str]:
    yield from (visible(line) for line in event.seen.split("\n"))
    if event.command:
        status = "" if event.status is None else f" (status {event.status})"
        yield f"while: {visible(event.command)}{status}"
    yield from (f"| {visible(line)}" for line in event.lines)
    yield f"what to do: {visible(event.remedy)}"


def _warnings(report: Report) -> Part:
    if report.site is None:
        return Part(id="warnings", title="Warnings", note="The site file cannot be read.")
    return warnings_part(report.site)


def warnings_part(site: Site) -> Part:
    """Return the chapter about what has to be known of a site, and whether it was accepted."""
    rows = list(acknowledgements(site))
    rows += [
        (f"licence: {name}", f"checklist item open, owner: {owner}", "open")
        for name, owner in open_items(site)
    ]
    head = ("what", "warning", "state")
    return Part(id="warnings", title="Warnings", head=head, rows=tuple(rows))


def _secrets(report: Report, now: datetime) -> Part:
    closed = "By name; the keyring was not opened (--secrets opens it and tells their age)."
    return secrets_part(report.site, report.secrets, now, closed=closed)


def secrets_part(
    site: Site | None, stored: Sequence[SecretInfo] | None, now: datetime, *, closed: str
) -> Part:
    """Return the chapter about secrets: which there are, once the keyring is open how old.

    `closed` is said while `stored` is None.
    """
    specs = needed(site) if site else ()
    if stored is None:
        names = tuple((spec.name, spec.purpose, "; ".join(spec.where_used)) for spec in specs)
        head: Row = ("name", "purpose", "where it may be")
        return Part(id="secrets", title="Secrets", note=closed, head=head, rows=names)
    told = [(one.name, _age(now - one.created), f"{one.purpose} ({one.origin})") for one in stored]
    have = {one.name for one in stored}
    told += [
        (spec.name, "not stored", f"{spec.purpose}{' (optional)' if spec.optional else ''}")
        for spec in specs
        if spec.name not in have
    ]
    head = ("name", "age", "purpose and origin")
    return Part(id="secrets", title="Secrets", note="Names only.", head=head, rows=tuple(told))


def _age(old: timedelta) -> str:
    if old.days:
        return counted(old.days, "day")
    hours = old.seconds // 3600
    return f"{hours} hours" if hours else "under 1 hour"


def _output(report: Report) -> Part:
    texts = []
    for each in report.output:
        shown = len(each.lines)
        left = "" if shown == each.total else f", the last {shown}"
        lines = (f"{line.time[11:19]} {visible(line.text)}" for line in each.lines)
        texts.append((f"{each.task} · {counted(each.total, 'line')}{left}", "\n".join(lines)))
    note = "" if texts else "No change has written anything."
    return Part(id="output", title="Output", note=note, texts=tuple(texts))


def _chain(report: Report) -> Part:
    head = report.happened[-1].link if report.happened else None
    last = f"The last event is {head.seq}, its hash {head.stored_hash}. " if head else ""
    if not report.broken:
        fits = "Events, output, runs and plans fit together."
        return Part(id="chain", title="Chain", note=f"{last}{fits}")
    rows = tuple((problem,) for problem in report.broken)
    return Part(id="chain", title="Chain", note=last, head=("does not fit",), rows=rows)
