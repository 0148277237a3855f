"""The state file: one SQLite database per site, written before acting and after, durable."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from wizard.errors import StateError
from wizard.run.canonical import canonical, sha256, storable
from wizard.run.chain import COLUMNS, START, Link, OutputDigest, body_of
from wizard.run.event_values import utc
from wizard.run.events import OutputLine, PlanMade, RunFinished, RunStarted
from wizard.run.state_connection import (
    connect,
    read_only_connection,
    sync_folder,
    transaction,
)
from wizard.run.state_errors import in_words
from wizard.run.state_lost import file_at, rescued
from wizard.run.state_owner import RunLock, claim, disclaim, holder, read_owner
from wizard.run.state_records import StateRecords
from wizard.run.state_schema import migrate, require_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wizard.run.events import Event
    from wizard.run.seal import Sealer


class StateFile:
    """An open state file; a sink of events for the one run that may write it.

    A rollback journal rather than a write-ahead log: the file then is one file, readable on
    read-only media and while it is written.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, lock: RunLock | None = None
    ) -> None:
        self.path = path
        self.read_only = lock is None
        self.records = StateRecords(connection, path)
        self._connection = connection
        self._lock = lock
        self._one = threading.Lock()
        self._sealer: Sealer | None = None
        self._lost: StateError | None = None
        self._run = 0
        self._seq = 0
        self._hash = START
        self._digest = OutputDigest()
        self._file = file_at(path)
        self._resume_chain()

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        site_name: str,
        site_text: str,
        site_path: str = "",
        simulated: bool = False,
    ) -> Self:
        """Make a new state file, 0600, and open it for a run.

        Raises: StateError if there is a file already, or it cannot be written.
        """
        new = path.with_name(f".{path.name}.new-{os.getpid()}")
        with in_words(path):
            try:
                os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
                connection = connect(new, read_only=False)
                migrate(connection)
                meta = {
                    "site_name": site_name,
                    "site_text": site_text,
                    "site_sha256": sha256(site_text),
                    "site_path": site_path,
                    "created": utc(datetime.now(UTC)),
                    "simulated": str(int(simulated)),
                    "head_seq": "0",
                    "head_hash": START,
                }
                connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
                connection.close()
                os.link(new, path)  # never onto a file that is there
                sync_folder(path)
            except FileExistsError:
                raise StateError(
                    f"{path} is there already",
                    remedy=f"Go on with `minusnow-setup resume --state {path}`,"
                    " or name another file.",
                ) from None
            finally:
                new.unlink(missing_ok=True)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, take_over: bool = False) -> Self:
        """Open a state file for a run; `take_over` breaks the claim of another machine.

        Raises: StateError: not there, not ours, damaged, of a newer version, read-only, in use.
        """
        with in_words(path):
            if not path.is_file():
                raise StateError(f"there is no state file {path}", remedy="Name one that exists.")
            if not os.access(path, os.W_OK):
                raise StateError(
                    f"{path} cannot be written: it is read-only for you",
                    remedy="Change that, or look into it with"
                    f" `minusnow-setup review --state {path}`.",
                )
            lock = RunLock(path)
            if not lock.acquire():
                raise StateError(
                    f"{path} is in use by {_owner_of(path)}",
                    remedy="Wait until that run has ended, or follow it with"
                    f" `minusnow-setup review --state {path}`.",
                )
            try:
                connection = connect(path, read_only=False)
                require_whole(connection, path)
                migrate(connection)
                claim(connection, path, take_over=take_over)
                return cls(path, connection, lock=lock)
            except BaseException:
                lock.release()
                raise

    @classmethod
    def open_read_only(cls, path: Path) -> Self:
        """Open a state file to look into it: also someone else's, or while a run writes it.

        Raises: StateError: not there, not ours, damaged, of a newer version.
        """
        with in_words(path):
            if not path.is_file():
                raise StateError(f"there is no state file {path}", remedy="Name one that exists.")
            connection = read_only_connection(path)
            require_whole(connection, path)
            return cls(path, connection)

    def require_site(self, name: str, *, simulated: bool = False) -> None:
        """Raise StateError if the file belongs to another site, or to other kinds of hosts."""
        site = self.records.site()
        if site.name != name:
            raise StateError(
                f"{self.path} belongs to the site {site.name!r}, not to {name!r}",
                remedy="Name the state file of this site, or a new one.",
            )
        if site.simulated and not simulated:
            raise StateError(
                f"{self.path} tells what was done on SIMULATED hosts: nothing was ever installed",
                remedy="Name another state file for the real hosts; the simulation goes on with"
                f" `minusnow-setup {site.path or 'SITE'} --simulate`.",
            )
        if simulated and not site.simulated:
            raise StateError(
                f"{self.path} tells what was done on real hosts",
                remedy="Move it away, or go on without --simulate.",
            )

    def replace_site(self, text: str, *, path: str = "") -> None:
        """Keep an edited site file, for the run that has begun; `path` if it is another file.

        The one before is kept as well: it tells from which answers steps of earlier runs were made.
        """
        with self._one, in_words(self.path), transaction(self._connection):
            self._connection.execute(
                "INSERT OR IGNORE INTO replaced_sites SELECT ?, value FROM meta"
                " WHERE key = 'site_text' AND value <> ?",
                (self._run - 1, text),
            )
            self._connection.executemany(
                "UPDATE meta SET value = ? WHERE key = ?",
                [
                    (text, "site_text"),
                    (sha256(text), "site_sha256"),
                    *([(path, "site_path")] if path else []),
                ],
            )

    def seal_with(self, sealer: Sealer) -> None:
        """Seal every event from here on, in the transaction that writes it."""
        with self._one, in_words(self.path):
            self._connection.execute(
                "INSERT OR REPLACE INTO seal_keys VALUES (?, ?)",
                (sealer.fingerprint, sealer.public),
            )
            self._sealer = sealer

    @property
    def run_id(self) -> str:
        """What tells the present run from every other of any state file, "" before the first.

        It is the hash of the event that began it, which covers all that came before.
        """
        with self._one:
            return self.records.run_id(self._run)

    def take(self, events: Sequence[Event]) -> None:
        """Write the events in one transaction; they are on disk when this returns.

        Raises: StateError; nothing of the batch is in the file then.
        """
        with self._one, in_words(self.path):
            self._require_in_place()
            try:
                with transaction(self._connection):
                    self._write(events)
            except BaseException:
                with suppress(sqlite3.Error):
                    self._resume_chain()
                self._require_in_place()
                raise

    def close(self) -> None:
        """Let go of the file."""
        with self._one:
            if self._lock:
                with suppress(sqlite3.Error):
                    disclaim(self._connection)
            self._connection.close()
            if self._lock:
                self._lock.release()

    def _require_in_place(self) -> None:
        """Raise StateError if what is written would be in a file that nobody finds any more."""
        if self._lost is None and file_at(self.path) != self._file:
            self._lost = rescued(self._connection, self.path)
        if self._lost:
            raise self._lost

    def _write(self, events: Sequence[Event]) -> None:
        lines: list[tuple[object, ...]] = []
        for event in events:
            if isinstance(event, OutputLine):
                row = (
                    utc(event.time),
                    event.host,
                    event.task,
                    event.resource,
                    event.stream,
                    storable(event.text),
                )
                self._digest.add(*row)
                lines.append((self._run, self._seq, *row))
            elif event.kept:
                self._flush(lines)
                self._append(event)
        self._flush(lines)
        self._connection.executemany(
            "UPDATE meta SET value = ? WHERE key = ?",
            [(str(self._seq), "head_seq"), (self._hash, "head_hash")],
        )

    def _flush(self, lines: list[tuple[object, ...]]) -> None:
        if lines:
            self._connection.executemany(
                "INSERT INTO output (run, seq, time, host, task, resource, stream, text)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                lines,
            )
            lines.clear()

    def _append(self, event: Event) -> None:
        """Add an event to the chain, and what follows from it to the other tables."""
        execute = self._connection.execute
        said = event.to_json()
        time = str(said["time"])
        if isinstance(event, RunStarted):
            row = execute(
                "INSERT INTO runs (started, operator, ssh_client, command) VALUES (?, ?, ?, ?)",
                (time, event.operator, event.ssh_client, event.command),
            )
            self._run = row.lastrowid or 0
        if isinstance(event, PlanMade):
            plan = storable(canonical(said.pop("plan")))
            said["plan_sha256"] = sha256(plan)
            execute(
                "INSERT INTO plans VALUES (?, ?, ?, ?, ?)",
                (self._seq + 1, self._run, time, event.fingerprint, plan),
            )
            execute("UPDATE runs SET fingerprint = ? WHERE id = ?", (event.fingerprint, self._run))
        if isinstance(event, RunFinished):
            execute(
                "UPDATE runs SET finished = ?, outcome = ? WHERE id = ?",
                (time, event.outcome, self._run),
            )
        link = Link(
            seq=self._seq + 1,
            run=self._run,
            time=time,
            kind=event.kind,
            host=event.host,
            task=event.task,
            body=storable(body_of(said)),
            output_lines=self._digest.lines,
            output_sha256=self._digest.hash(),
            previous_hash=self._hash,
        )
        self._seq, self._hash, self._digest = link.seq, link.hash(), OutputDigest()
        execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*(getattr(link, name) for name in COLUMNS), self._hash),
        )
        if self._sealer:
            seal = (self._seq, self._sealer.fingerprint, self._sealer.seal(self._hash))
            execute("INSERT OR REPLACE INTO seals VALUES (?, ?, ?)", seal)

    def _resume_chain(self) -> None:
        """Go on where the file ends; lines after its last event belong to the next one."""
        execute = self._connection.execute
        (self._run,) = execute("SELECT coalesce(max(id), 0) FROM runs").fetchone()
        self._seq, self._hash = self.records.head()
        self._digest = OutputDigest()
        for row in execute(
            "SELECT time, host, task, resource, stream, text FROM output WHERE seq = ? ORDER BY id",
            (self._seq,),
        ):
            self._digest.add(*row)


def _owner_of(path: Path) -> str:
    """Return who holds the file, as far as that can be read."""
    with suppress(StateError, sqlite3.Error):
        connection = connect(path, read_only=True)
        try:
            return str(read_owner(connection) or "another run that is just starting")
        finally:
            connection.close()
    return holder(path) or "another run"
