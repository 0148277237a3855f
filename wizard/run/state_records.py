"""What a state file tells: the site, the runs, the events, the output and how far each task got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wizard.errors import StateError
from wizard.run.chain import COLUMNS, Link
from wizard.run.state_errors import RESTORE, in_words
from wizard.run.state_owner import read_owner
from wizard.run.stored import plan_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from wizard.run.state_owner import Owner

Status = Literal["pending", "intended", "done", "failed", "skipped", "left out"]
_META = (
    *("site_name", "site_text", "site_sha256", "site_path"),
    *("created", "simulated", "head_seq", "head_hash"),
)
_NUMBERS = frozenset({"id", "run", "seq", "output_lines"})
_MAY_BE_ABSENT = frozenset({"finished", "fingerprint", "outcome"})
_PAGE = 10_000  # rows; a longer read would hold up whoever writes


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord:
    """The site file as it was when the state file was made, or last replaced."""

    name: str
    text: str
    sha256: str
    path: str
    created: str  # UTC, of the state file
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run; `outcome` is None while it lasts and when it was killed."""

    id: int
    started: str
    finished: str | None
    operator: str
    ssh_client: str
    command: str
    fingerprint: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """How far a task got in a run; `intended` means begun, with an unknown outcome."""

    run: int
    task: str
    status: Status
    started: str | None
    ended: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """A line that a change wrote; it came after event `seq`."""

    id: int
    run: int
    seq: int
    time: str
    host: str
    task: str
    resource: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRecord:
    """The seal of event `seq`, made with the key of a fingerprint."""

    seq: int
    key: str
    signature: str  # hexadecimal digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far the file goes at one moment; what is within it never changes afterwards."""

    head_seq: int  # the last event, as the file says
    head_hash: str
    last_event: int  # the last event there is
    last_output: int  # the last line's id
    runs: tuple[RunRecord, ...]


class StateRecords:
    """Queries over one open state file; each returns at once and holds no lock afterwards."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def site(self) -> SiteRecord:
        """Return the site the file belongs to."""
        meta = self._meta()
        return SiteRecord(
            name=meta["site_name"],
            text=meta["site_text"],
            sha256=meta["site_sha256"],
            path=meta["site_path"],
            created=meta["created"],
            simulated=meta["simulated"] == "1",
        )

    def site_text_of(self, run: int) -> str:
        """Return the site file that a run worked with, as far as the state file goes back."""
        rows = (
            self._rows(
                "SELECT text FROM replaced_sites WHERE last_run >= ? ORDER BY last_run LIMIT 1", run
            )
            if self._has("replaced_sites")
            else []
        )
        return (_text(rows[0][0], absent=False) or "") if rows else self.site().text

    def head(self) -> tuple[int, str]:
        """Return the number and the hash of the last event."""
        meta = self._meta()
        return int(meta["head_seq"]), meta["head_hash"]

    def _meta(self) -> dict[str, str]:
        """Return what the file says of itself. Raises: StateError if anything of it is missing."""
        found = dict(self._rows("SELECT key, value FROM meta"))
        wrong = [name for name in _META if not isinstance(found.get(name), str)]
        if wrong or not found["head_seq"].isdecimal():
            raise StateError(
                f"{self._path} is damaged: what it says of itself is missing or cannot be read",
                remedy=RESTORE,
            )
        return found

    def extent(self) -> Extent:
        """Return how far the file goes, all of it at the same moment."""
        self._rows("BEGIN")
        try:
            seq, head = self.head()
            ((last_event,),) = self._rows("SELECT coalesce(max(seq), 0) FROM events")
            ((last_output,),) = self._rows("SELECT coalesce(max(id), 0) FROM output")
            return Extent(
                head_seq=seq,
                head_hash=head,
                last_event=last_event,
                last_output=last_output,
                runs=tuple(self.runs()),
            )
        finally:
            self._rows("COMMIT")

    def owner(self) -> Owner | None:
        """Return who works with the file now, or did when the machine went down."""
        with in_words(self._path):
            return read_owner(self._connection)

    def runs(self) -> list[RunRecord]:
        """Return all runs, the first one first."""
        names = "id, started, finished, operator, ssh_client, command, fingerprint, outcome"
        rows = self._rows(f"SELECT {names} FROM runs ORDER BY id")  # noqa: S608 - constant text
        return [RunRecord(**_typed(names.split(", "), row)) for row in rows]

    def run_id(self, run: int) -> str:
        """Return the hash of the event that began a run, "" if there is none."""
        rows = self._rows("SELECT hash FROM events WHERE kind = 'run-started' AND run = ?", run)
        return str(rows[0][0]) if rows else ""

    def has_run(self, run_id: str) -> bool:
        """Return whether a run of this hash began in this state file."""
        query = "SELECT 1 FROM events WHERE kind = 'run-started' AND hash = ?"
        return bool(self._rows(query, run_id))

    def tasks(self, run: int | None = None) -> list[TaskRecord]:
        """Return how far the tasks of a run got; without one, what each task's last run says."""
        rows = (
            self._rows("SELECT run, task, status, started, ended FROM tasks ORDER BY run")
            if run is None
            else self._rows(
                "SELECT run, task, status, started, ended FROM tasks WHERE run = ?", run
            )
        )
        found: dict[str, TaskRecord] = {}
        for number, name, status, started, ended in rows:
            task = _text(name, absent=False) or ""
            # A later run that did not get to a task says nothing about it.
            if status == "pending" and task in found:
                continue
            found[task] = TaskRecord(
                run=_number(number),
                task=task,
                status=status,
                started=_text(started, absent=True),
                ended=_text(ended, absent=True),
            )
        return list(found.values())

    def unproven(self) -> frozenset[str]:
        """Return the tasks that began to change something after the last proof that held."""
        rows = self._rows(
            "SELECT DISTINCT task FROM events WHERE kind = 'task-intended' AND seq > coalesce("
            "(SELECT max(seq) FROM events WHERE kind = 'proof-finished'"
            " AND json_extract(body, '$.verdict') <> 'failed'), 0)"
        )
        return frozenset(_text(task, absent=False) or "" for (task,) in rows)

    def events(self, after: int = 0, limit: int = _PAGE) -> list[Link]:
        """Return up to `limit` events beyond number `after`."""
        names = (*COLUMNS, "stored_hash")
        columns = ", ".join((*COLUMNS, "hash"))
        rows = self._rows(
            f"SELECT {columns} FROM events WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608 - constant text
            after,
            limit,
        )
        return [Link(**_typed(names, row)) for row in rows]

    def seals(self) -> list[SealRecord]:
        """Return the seals of all events that bear one, in their order."""
        if not self._has("seals"):
            return []
        names = SealRecord.__slots__
        rows = self._rows(f"SELECT {', '.join(names)} FROM seals ORDER BY seq")  # noqa: S608 - constant
        return [SealRecord(**_typed(names, row)) for row in rows]

    def seal_keys(self) -> dict[str, str]:
        """Return the public keys, in PEM, of those who sealed, by their fingerprints."""
        if not self._has("seal_keys"):
            return {}
        return {str(key): str(pem) for key, pem in self._rows("SELECT * FROM seal_keys")}

    def _has(self, table: str) -> bool:
        """Return whether there is such a table: a file that is only read is as old as it is."""
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = ?", table))

    def output(self, after: int = 0, task: str = "", limit: int = _PAGE) -> list[LineRecord]:
        """Return up to `limit` lines beyond id `after`, of all tasks or of one."""
        names = LineRecord.__slots__
        rows = self._rows(
            f"SELECT {', '.join(names)} FROM output"  # noqa: S608 - constant text
            " WHERE id > ? AND (? = '' OR task = ?) ORDER BY id LIMIT ?",
            after,
            task,
            task,
            limit,
        )
        return [LineRecord(**_typed(names, row)) for row in rows]

    def plan(self, run: int | None = None) -> dict[str, object] | None:
        """Return the last plan, of a run if given, as Plan.to_json() made it; {} if damaged."""
        rows = self._rows(
            "SELECT body FROM plans WHERE ? IS NULL OR run = ? ORDER BY seq DESC LIMIT 1", run, run
        )
        return plan_of(_text(rows[0][0], absent=False) or "") if rows else None

    def plan_body(self, seq: int) -> str | None:
        """Return the plan that event `seq` made known, as it is kept."""
        rows = self._rows("SELECT body FROM plans WHERE seq = ?", seq)
        return str(rows[0][0]) if rows else None

    def _rows(self, query: str, *values: object) -> list[Any]:
        with in_words(self._path):
            return self._connection.execute(query, values).fetchall()


def _typed(names: Sequence[str], row: Sequence[object]) -> dict[str, Any]:
    """Return a row by name, of the kinds it was written in: SQLite takes any kind anywhere.

    A value of another kind was put there by somebody; the chain tells that it was changed.
    """
    return {
        name: _number(value) if name in _NUMBERS else _text(value, absent=name in _MAY_BE_ABSENT)
        for name, value in zip(names, row, strict=True)
    }


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _text(value: object, *, absent: bool) -> str | None:
    if value is None:
        return None if absent else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
