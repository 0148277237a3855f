"""Whatever stands in a state file's tables, who reads it gets an answer or one clear error."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.run.state_story import made, story
from wizard.errors import SetupError
from wizard.run.audit import verify_chain
from wizard.run.audit_export import export
from wizard.run.audit_verify import verified
from wizard.run.report import gather
from wizard.run.report_write import FORMATS, written
from wizard.run.seal import Sealer
from wizard.run.state import StateFile
from wizard.run.state_owner import this_process
from wizard.run.status import read_status
from wizard.run.status_text import status_json, status_text
from wizard.vault.signing import new_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = new_key()
COLUMNS = {
    "meta": ("key", "value"),
    "owner": ("pid", "machine", "boot_id", "since", "operator", "ssh_client"),
    "runs": ("id", "started", "finished", "operator", "ssh_client", "command", "outcome"),
    "plans": ("seq", "run", "time", "fingerprint", "body"),
    "events": ("run", "time", "kind", "host", "task", "body", "output_lines", "hash"),
    "seals": ("seq", "key", "signature"),
    "seal_keys": ("fingerprint", "public"),
    "output": ("run", "seq", "time", "host", "task", "resource", "stream", "text"),
}
PLACES = [(table, column) for table, columns in COLUMNS.items() for column in columns]


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False),
    st.binary(max_size=8),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["{}", "[]", "null", '{"seconds":"x"}', '{"changes":[1]}', '{"tasks":[1]}']),
    st.sampled_from(["task-done", "run-finished", "plan-made", "task-intended", "check-answered"]),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a whole state file."""
    path = tmp_path_factory.mktemp("whole") / "site.state"
    state = made(path)
    state.seal_with(Sealer(KEY))
    state.take(story())
    state.close()
    return path


def read_all(path: Path) -> None:
    """Read the file in every way there is."""
    state = StateFile.open_read_only(path)
    try:
        records = state.records
        records.site()
        records.owner()
        records.extent()
        records.tasks()
        records.tasks(1)
        records.unproven()
        records.plan()
        records.run_id(1)
    finally:
        state.close()
    status = read_status(path)
    status_text(status)
    json.dumps(status_json(status))
    report = gather(path, lines=10)
    for form in FORMATS:
        written(report, form)


def refusals(path: Path, *uses: Callable[[Path], object]) -> list[str]:
    """Use the file in several ways; return what was said where it could not be used."""
    said: list[str] = []
    for use in uses:
        try:
            use(path)
        except SetupError as error:
            said.append(str(error))
    return said


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(PLACES), value=VALUES, row=st.integers(1, 6))
def test_any_value_in_any_column_is_read_or_refused_in_words(
    whole: Path,
    tmp_path_factory: pytest.TempPathFactory,
    place: tuple[str, str],
    value: object,
    row: int,
) -> None:
    """No traceback from verify, review, export or an opening for a run."""
    path = tmp_path_factory.getbasetemp() / "tampered.state"
    shutil.copyfile(whole, path)
    table, column = place
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.execute(
            f"UPDATE {table} SET {column} = ? WHERE rowid ="  # noqa: S608 - names from above
            f" (SELECT rowid FROM {table} LIMIT 1 OFFSET ?)",
            (value, row - 1),
        )
        connection.commit()
    except sqlite3.Error:
        pass  # SQLite itself keeps such a value out
    finally:
        connection.close()
    out = path.with_name("tampered.jsonl")
    for file in path.parent.glob("tampered.jsonl*"):
        file.unlink()

    def exported(_path: Path) -> None:
        export(path, out, private_key=KEY, made_by=this_process())

    def opened(_path: Path) -> None:
        StateFile.open(path).close()

    found = refusals(path, verify_chain, verified, read_all, exported, opened)
    assert all(str(path) in words for words in found)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10**6), data=st.binary(min_size=1, max_size=64))
def test_any_bytes_in_the_file_are_read_or_refused_in_words(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, place: int, data: bytes
) -> None:
    """Where a disk has lost a block, or somebody has scribbled."""
    path = tmp_path_factory.getbasetemp() / "scribbled.state"
    content = whole.read_bytes()
    place %= len(content)
    path.write_bytes((content[:place] + data + content[place + len(data) :])[: len(content)])
    assert all(str(path) in words for words in refusals(path, verify_chain, read_all))


@settings(max_examples=40, deadline=None)
@given(length=st.integers(0, 10**6))
def test_a_file_of_any_length_is_read_or_refused_in_words(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    """Cut off anywhere."""
    path = tmp_path_factory.getbasetemp() / "cut.state"
    content = whole.read_bytes()
    path.write_bytes(content[: length % len(content)])
    for opener in (StateFile.open, StateFile.open_read_only):
        with pytest.raises(SetupError, match=r"cut\.state"):
            opener(path).close()
