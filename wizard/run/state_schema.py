"""The tables of the state file, version by version."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from wizard.errors import StateError
from wizard.run.state_errors import NOT_OURS, RESTORE

if TYPE_CHECKING:
    from pathlib import Path

# "MNow": tells our files from other SQLite databases.
APPLICATION_ID = 0x4D4E6F77

# Plain SQL only: Python 3.11 of RHEL 8 comes with SQLite 3.26.
_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE owner (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  pid INTEGER NOT NULL, machine TEXT NOT NULL, boot_id TEXT NOT NULL, since TEXT NOT NULL,
  operator TEXT NOT NULL, ssh_client TEXT NOT NULL
);
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT,
  operator TEXT NOT NULL, ssh_client TEXT NOT NULL, command TEXT NOT NULL,
  fingerprint TEXT, outcome TEXT
);
CREATE TABLE plans (
  seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, time TEXT NOT NULL,
  fingerprint TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, time TEXT NOT NULL, kind TEXT NOT NULL,
  host TEXT NOT NULL, task TEXT NOT NULL, body TEXT NOT NULL,
  output_lines INTEGER NOT NULL, output_sha256 TEXT NOT NULL,
  previous_hash TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE INDEX events_by_task ON events (task, seq) WHERE task <> '';
CREATE TABLE output (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, seq INTEGER NOT NULL, time TEXT NOT NULL,
  host TEXT NOT NULL, task TEXT NOT NULL, resource TEXT NOT NULL,
  stream TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX output_by_task ON output (task, id);
CREATE VIEW tasks AS
WITH named AS (
  SELECT p.run AS run, json_extract(j.value, '$.task') AS task, p.time AS time
  FROM plans p, json_each(p.body, '$.tasks') j
), every AS (
  SELECT run, task FROM named UNION SELECT run, task FROM events WHERE task <> ''
), last AS (
  SELECT run, task, max(seq) AS seq FROM events
  WHERE kind IN ('task-started', 'task-intended', 'task-done', 'task-failed', 'task-skipped',
                 'task-interrupted', 'task-blocked')
  GROUP BY run, task
)
SELECT every.run AS run, every.task AS task,
  CASE events.kind
    WHEN 'task-intended' THEN 'intended' WHEN 'task-interrupted' THEN 'intended'
    WHEN 'task-done' THEN 'done' WHEN 'task-failed' THEN 'failed'
    WHEN 'task-skipped' THEN 'skipped' ELSE 'pending'
  END AS status,
  (SELECT min(time) FROM events s
   WHERE s.run = every.run AND s.task = every.task AND s.kind = 'task-started') AS started,
  CASE WHEN events.kind IN ('task-done', 'task-failed', 'task-skipped')
    THEN events.time END AS ended
FROM every
LEFT JOIN last ON last.run = every.run AND last.task = every.task
LEFT JOIN events ON events.seq = last.seq;
"""

# What a person leaves out is neither done nor right.
_SECOND = """
DROP VIEW tasks;
CREATE VIEW tasks AS
WITH named AS (
  SELECT p.run AS run, json_extract(j.value, '$.task') AS task, p.time AS time
  FROM plans p, json_each(p.body, '$.tasks') j
), every AS (
  SELECT run, task FROM named UNION SELECT run, task FROM events WHERE task <> ''
), last AS (
  SELECT run, task, max(seq) AS seq FROM events
  WHERE kind IN ('task-started', 'task-intended', 'task-done', 'task-failed', 'task-skipped',
                 'task-interrupted', 'task-blocked', 'task-left-out')
  GROUP BY run, task
)
SELECT every.run AS run, every.task AS task,
  CASE events.kind
    WHEN 'task-intended' THEN 'intended' WHEN 'task-interrupted' THEN 'intended'
    WHEN 'task-done' THEN 'done' WHEN 'task-failed' THEN 'failed'
    WHEN 'task-skipped' THEN 'skipped' WHEN 'task-left-out' THEN 'left out' ELSE 'pending'
  END AS status,
  (SELECT min(time) FROM events s
   WHERE s.run = every.run AND s.task = every.task AND s.kind = 'task-started') AS started,
  CASE WHEN events.kind IN ('task-done', 'task-failed', 'task-skipped', 'task-left-out')
    THEN events.time END AS ended
FROM every
LEFT JOIN last ON last.run = every.run AND last.task = every.task
LEFT JOIN events ON events.seq = last.seq;
"""

# Who could write the file could also make its chain anew: a seal of each event, see seal.py.
_THIRD = """
CREATE TABLE seals (seq INTEGER PRIMARY KEY, key TEXT NOT NULL, signature TEXT NOT NULL);
CREATE TABLE seal_keys (fingerprint TEXT PRIMARY KEY, public TEXT NOT NULL);
"""

# A step was made from the answers of its own run, not from those that replaced them since.
_FOURTH = """
CREATE TABLE replaced_sites (last_run INTEGER PRIMARY KEY, text TEXT NOT NULL);
"""

# Each script leads from the version of its position to the next; versions are never rewritten.
MIGRATIONS: tuple[str, ...] = (_FIRST, _SECOND, _THIRD, _FOURTH)
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the present version; all of it or nothing."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= VERSION:
        return
    steps = "\n".join(MIGRATIONS[version:])
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{steps}\nPRAGMA application_id = {APPLICATION_ID};\n"
            f"PRAGMA user_version = {VERSION};\nCOMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def require_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StateError unless it is a whole state file of a version we know."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StateError(f"{path} is not a state file of minusnow-setup", remedy=NOT_OURS)
    if version > VERSION:
        raise StateError(
            f"{path} was written by a newer minusnow-setup (its format is {version},"
            f" this one knows {VERSION})",
            remedy="Use that version, or a newer one: nothing in the file was changed.",
        )
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StateError(f"{path} is damaged: {verdict}", remedy=RESTORE)
    # SQLite takes what was cut off the last page for zeros, with which that page may be well.
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    if path.stat().st_size < pages * size:
        raise StateError(f"{path} is damaged: its end is missing", remedy=RESTORE)
