"""What people and machines read of a run."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from wizard.run import events as e
from wizard.run.console import ConsoleSink, JsonSink
from wizard.run.visible import LONGEST, cells, fit, visible

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x1b]0;never ended", ""),
        ("\x9b2Jcleared", "cleared"),
        ("bell\x07", "bell\\x07"),
        ("back\x08space", "back\\x08space"),
        (" 10%\r 50%\r100%", "100%"),
        ("a\tb", "a       b"),
        ("rm \u202etxt.exe", "rm \\u202etxt.exe"),
        ("soft\xadhyphen \u061c \U000e0061", "soft\\xadhyphen \\u061c \\ue0061"),
        ("naïve ‹x›", "naïve ‹x›"),
        ("\x1b", "\\x1b"),
    ],
)
def test_text_of_hosts_has_no_power_over_the_terminal(raw: str, shown: str) -> None:
    """Escape sequences are dropped and other control characters spelt out."""
    assert visible(raw) == shown


def test_a_line_of_ten_megabytes_is_cut() -> None:
    """The beginning and the size are told."""
    shown = visible("x" * 10_000_000)
    assert len(shown) < LONGEST + 100
    assert "10000000 characters" in shown


def test_wide_characters_count_twice() -> None:
    """Lines are cut by columns, not by characters."""
    assert cells("漢字") == 4
    assert fit("漢字漢字", 5) == "漢字…"
    assert fit("abc", 3) == "abc"


def told(*events: e.Event, encoding: str = "utf-8") -> list[str]:
    """Return the lines of the console for the events."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    ConsoleSink(stream).take(events)
    return raw.getvalue().decode(encoding).splitlines()


def failure() -> e.TaskFailed:
    """Return a failure with everything in it."""
    return e.TaskFailed(
        time=NOON,
        host="db1",
        task="packages@db1",
        title="Packages",
        error="CommandFailed",
        seen="it ended with status 100",
        remedy="Repair the mirror.",
        command="install redis-server",
        status=100,
        lines=("E: \x1b[31mUnable\x1b[0m to fetch",),
    )


def test_a_failure_is_a_card() -> None:
    """Host, step, command, status, last lines and what to do are all there."""
    text = "\n".join(told(failure()))
    for part in (
        "db1",
        "Packages",
        "status 100",
        "while: install redis-server",
        "| E: Unable to fetch",
        "what to do: Repair the mirror.",
    ):
        assert part in text
    assert "\x1b" not in text


def test_a_terminal_without_unicode_gets_ascii() -> None:
    """Signs have plain forms."""
    (line,) = told(
        e.TaskDone(time=NOON, host="a", task="t@a", seconds=1, changed=2), encoding="ascii"
    )
    assert " + t@a: 2 changed" in line


def test_a_run_without_changes_says_so() -> None:
    """The last line answers whether anything was changed."""
    finished = e.RunFinished(
        time=NOON,
        outcome="done",
        done=0,
        skipped=7,
        failed=0,
        not_started=0,
        changed=0,
        trips={"a": 3},
        seconds=0.5,
        host_seconds=0.4,
        engine_seconds=0.1,
    )
    (line,) = told(finished)
    assert "nothing changed: 7 steps already right" in line
    assert "20.0 %" in line


def test_json_is_one_object_per_line() -> None:
    """A machine gets every field under its name and nothing but ASCII."""
    stream = io.StringIO()
    JsonSink(stream).take([failure()])
    text = stream.getvalue()
    said = json.loads(text)
    assert text.isascii()
    assert text.count("\n") == 1
    assert (said["kind"], said["time"]) == ("task-failed", "2026-01-31T12:00:00.000Z")
    assert said["lines"] == ["E: \x1b[31mUnable\x1b[0m to fetch"]
