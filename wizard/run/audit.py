"""Whether a state file still says what was written into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.run.canonical import said_in, sha256
from wizard.run.chain import START, OutputDigest
from wizard.run.seal import seal_problems
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wizard.run.chain import Link
    from wizard.run.state_records import Extent, LineRecord, StateRecords


def verify_chain(path: Path) -> list[str]:
    """Return what was changed, removed, reordered or appended, each event by its number.

    An empty list means that the events, their output, the runs and the plans fit together, and
    that whoever wrote the sealed ones had the key. Who has the key can write anything, and who can
    write the file can put an older whole one in its place: an export kept elsewhere shows that.

    Raises: StateError if the file cannot be read.
    """
    state = StateFile.open_read_only(path)
    try:
        return list(problems_of(state.records))
    finally:
        state.close()


def problems_of(records: StateRecords) -> Iterator[str]:
    """Yield what was changed, removed, reordered or appended, as of `verify_chain`."""
    extent = records.extent()
    expected, previous = 1, START
    digests = _digests(records, extent)
    started: dict[int, Link] = {}
    finished: dict[int, Link] = {}
    for link in _events(records, extent):
        yield from _place(link, expected, previous)
        if link.hash() != link.stored_hash:
            yield f"event {link.seq} ({link.kind}) was changed"
        digest = digests.pop(link.seq - 1, OutputDigest())
        if (digest.lines, digest.hash()) != (link.output_lines, link.output_sha256):
            yield f"the output before event {link.seq} was changed"
        if link.kind == "plan-made":
            yield from _plan(records, link)
        if link.kind == "run-started":
            started[link.run] = link
        if link.kind == "run-finished":
            finished[link.run] = link
        expected, previous = link.seq + 1, link.stored_hash
    if (expected - 1, previous) != (extent.head_seq, extent.head_hash):
        yield f"the file should end with event {extent.head_seq}, not with event {expected - 1}"
    # The lines of a change that was cut off follow the last event.
    for left in sorted(set(digests) - {extent.head_seq}):
        yield f"there is output after event {left} that no event covers"
    yield from _runs(extent, started, finished)
    yield from seal_problems(records, extent)


def _events(records: StateRecords, extent: Extent) -> Iterator[Link]:
    after = 0
    while page := records.events(after):
        yield from (link for link in page if link.seq <= extent.last_event)
        after = page[-1].seq
        if after >= extent.last_event:
            return


def _place(link: Link, expected: int, previous: str) -> Iterator[str]:
    if link.seq != expected:
        missing = f"{expected}" if link.seq == expected + 1 else f"{expected} to {link.seq - 1}"
        yield f"event {missing} was removed"
    elif link.previous_hash != previous:
        yield f"event {link.seq} ({link.kind}) does not follow event {link.seq - 1}"


def _digests(records: StateRecords, extent: Extent) -> dict[int, OutputDigest]:
    """Return the digest of the lines after each event, by its number."""
    found: dict[int, OutputDigest] = {}
    after = 0
    while page := records.output(after):
        for line in page:
            if line.id <= extent.last_output:
                found.setdefault(line.seq, OutputDigest()).add(*_row(line))
        after = page[-1].id
        if after >= extent.last_output:
            break
    return found


def _row(line: LineRecord) -> tuple[str, ...]:
    return (line.time, line.host, line.task, line.resource, line.stream, line.text)


def _plan(records: StateRecords, link: Link) -> Iterator[str]:
    body = records.plan_body(link.seq)
    if body is None:
        yield f"the plan of event {link.seq} was removed"
    elif sha256(body) != said_in(link.body).get("plan_sha256"):
        yield f"the plan of event {link.seq} was changed"


def _runs(extent: Extent, started: dict[int, Link], finished: dict[int, Link]) -> Iterator[str]:
    runs = {run.id: run for run in extent.runs}
    for number in sorted(started.keys() - runs.keys()):
        yield f"run {number} was removed"
    for number, run in runs.items():
        if number not in started:
            yield f"run {number} has no event that starts it"
            continue
        said = said_in(started[number].body)
        ended = finished.get(number)
        outcome = said_in(ended.body).get("outcome") if ended else None
        told = (said.get("operator"), said.get("ssh_client"), said.get("command"), outcome)
        if told != (run.operator, run.ssh_client, run.command, run.outcome):
            yield f"run {number} was changed: its events say otherwise"
