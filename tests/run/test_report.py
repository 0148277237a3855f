"""What a report of a state file tells, in every format."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.run.state_story import filled, made, story
from wizard.run import events as e
from wizard.run.report import gather
from wizard.run.report_parts import parts
from wizard.run.report_write import FORMATS, table, written
from wizard.run.stored import event_of
from wizard.vault.store import Origin, SecretInfo

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.run.report_write import Format


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state file with a small run in it."""
    found = tmp_path / "site.state"
    filled(found)
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_who_did_what_and_what_it_wrote(path: Path, form: Format) -> None:
    """Person, step and output are in each of them."""
    text = written(gather(path, lines=None), form)
    assert "ops@10.0.0.9" in text
    assert "line 2" in text
    assert "One: 1 changed, verified" in text


def test_of_long_output_the_last_lines_are_kept_and_the_rest_is_counted(path: Path) -> None:
    """Two of three lines are shown, and the heading says so."""
    text = written(gather(path, lines=2), "text")
    assert "one@a · 3 lines, the last 2" in text
    assert "line 0" not in text


def test_stored_events_come_back_as_they_were(path: Path) -> None:
    """What was published is what is told; only the plan's body is kept elsewhere."""
    kept = [each.event.to_json() for each in gather(path, lines=None).happened]
    told = [event.to_json() for event in story() if not isinstance(event, e.OutputLine)]
    for one, other in zip(kept, told, strict=True):
        for name in one.keys() - {"time", "plan"}:
            assert one[name] == other[name]


def test_an_event_of_a_kind_unknown_to_this_version_is_still_told(path: Path) -> None:
    """When and where are shown, and its kind."""
    report = gather(path, lines=0)
    link = report.happened[0].link
    other = event_of(type(link)(**{n: getattr(link, n) for n in link.__slots__} | {"kind": "new"}))
    assert (other.kind, other.host) == ("event", link.host)


def test_a_changed_record_is_told_in_the_heading(path: Path) -> None:
    """A report never hides that the chain does not fit."""
    connection = sqlite3.connect(path)
    connection.execute("UPDATE events SET host = 'z' WHERE seq = 3")
    connection.commit()
    connection.close()
    report = gather(path, lines=None)
    assert "CHAIN BROKEN" in written(report, "text").splitlines()[0]
    assert json.loads(written(report, "json"))["chain"]["intact"] is False


def test_a_report_is_made_while_a_run_writes(tmp_path: Path) -> None:
    """What has been written so far is told; the run goes on undisturbed."""
    path = tmp_path / "site.state"
    state = made(path)
    state.take(story()[:3])
    assert len(gather(path, lines=None).happened) == 3
    state.take(story()[3:])
    assert gather(path, lines=None).happened[-1].event.kind == "run-finished"
    state.close()


def test_nothing_that_a_host_wrote_has_power_over_the_reader(tmp_path: Path) -> None:
    """Escape sequences, HTML and table signs are shown or dropped, never obeyed."""
    path = tmp_path / "site.state"
    state = made(path)
    evil = "\x1b[2J<script>alert(1)</script> | \x07"
    state.take(
        [
            *story()[:3],
            e.OutputLine(host="a", task="one@a", stream="out", text=evil),
            e.CheckAnswered(host="a", check="c", verdict="ok", seen=evil),
        ]
    )
    state.close()
    report = gather(path, lines=None)
    for form in FORMATS:
        assert "\x1b" not in written(report, form)
    assert "<script>" not in written(report, "html")
    assert "&lt;script&gt;" in written(report, "html")
    assert "\\<script\\>" in written(report, "md")


def test_secrets_are_told_by_name_and_age(path: Path) -> None:
    """With the keyring open each name has an age; no value exists in the report at all."""
    old = datetime.now(UTC) - timedelta(days=40, hours=1)
    info = SecretInfo("app_password", "a role", old, Origin.GENERATED)
    report = gather(path, lines=None, secrets=[info])
    rows = next(part.rows for part in parts(report) if part.id == "secrets")
    assert rows == (("app_password", "40 days", "a role (generated)"),)


def test_a_closed_keyring_is_said_to_be_closed(path: Path) -> None:
    """Nobody takes a closed keyring for an empty one."""
    part = next(part for part in parts(gather(path, lines=None)) if part.id == "secrets")
    assert "not opened" in part.note


def test_a_table_is_no_wider_than_asked() -> None:
    """The last column is wrapped."""
    lines = list(table([("a", "b", "word " * 30)], 40))
    assert len(lines) > 1
    assert max(map(len, lines)) <= 40
