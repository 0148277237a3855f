"""A state file that was damaged or tampered with is told from a whole one."""

from __future__ import annotations

import os
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.run.state_story import filled, story
from wizard.errors import StateError
from wizard.run.audit import verify_chain
from wizard.run.state import StateFile
from wizard.run.state_schema import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state file of a test lies."""
    return tmp_path / "site.state"


def _not_sqlite(path: Path) -> None:
    path.write_text("hello, this is a text file and not a database at all\n" * 100)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    path.unlink()
    sqlite3.connect(path).execute("CREATE TABLE t (x)")


def _newer(path: Path) -> None:
    sqlite3.connect(path).execute(f"PRAGMA user_version = {VERSION + 1}")


def _truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _scribbled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:-1] = b"\x5a" * (len(data) - 4097)
    path.write_bytes(data)


def _absent(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_not_sqlite, "is not a state file"),
        (_empty, "is not a state file"),
        (_foreign, "is not a state file"),
        (_newer, "newer minusnow-setup"),
        (_truncated, "is damaged"),
        (_scribbled, "is damaged"),
        (_absent, "there is no state file"),
    ],
)
@pytest.mark.parametrize("opener", [StateFile.open, StateFile.open_read_only])
def test_a_file_that_cannot_be_used_is_named_with_its_reason(
    path: Path,
    damage: Callable[[Path], None],
    words: str,
    opener: Callable[[Path], StateFile],
) -> None:
    """Each kind of damage has its own words and leaves no lock behind."""
    filled(path)
    damage(path)
    with pytest.raises(StateError, match=words) as caught:
        opener(path)
    assert caught.value.remedy
    assert not path.with_name(path.name + ".lock").exists()


def test_the_chain_goes_on_over_several_openings(path: Path) -> None:
    """Lines whose event was never written are covered by the next event."""
    filled(path)
    state = StateFile.open(path)
    state.take(story()[:5])
    state.close()
    state = StateFile.open(path)
    state.take(story())
    state.close()
    assert verify_chain(path) == []


TAMPERINGS = [
    ("UPDATE events SET body = replace(body, '\"changed\":1', '\"changed\":2')", "was changed"),
    ("UPDATE events SET time = '2020-01-01' WHERE seq = 3", "event 3 .* was changed"),
    ("DELETE FROM events WHERE seq = 3", "event 3 was removed"),
    ("DELETE FROM events WHERE seq IN (2, 3)", "event 2 to 3 was removed"),
    ("DELETE FROM events WHERE seq = 6", "should end with event 6"),
    (
        """UPDATE events SET seq = -seq WHERE seq IN (3, 4);
        UPDATE events SET seq = 7 + seq WHERE seq < 0""",
        "does not follow",
    ),
    (
        """INSERT INTO events SELECT 7, run, time, kind, host, task, body, 0, '', hash, 'x'
        FROM events WHERE seq = 6""",
        "event 7 .* was changed",
    ),
    ("UPDATE output SET text = 'nothing' WHERE id = 2", "output before event 5 was changed"),
    ("DELETE FROM output WHERE id = 2", "output before event 5 was changed"),
    ("UPDATE plans SET body = '{}'", "plan of event 2 was changed"),
    ("DELETE FROM plans", "plan of event 2 was removed"),
    ("UPDATE runs SET operator = 'mallory'", "run 1 was changed"),
    ("DELETE FROM runs", "run 1 was removed"),
]


@pytest.mark.parametrize(("statement", "words"), TAMPERINGS)
def test_tampering_is_found_and_named(path: Path, statement: str, words: str) -> None:
    """Changed, removed, reordered and appended events are told by their number."""
    filled(path)
    assert verify_chain(path) == []
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()
    assert any(re.search(words, text) for text in verify_chain(path))
