"""Findings as text for people."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wizard.checks.check import Question
from wizard.checks.table import as_table, summary

PORTS = Question("ports", "Are the needed ports free?", "free: 80, 443")
FINDINGS = (
    PORTS.ok("lb2", "80, 443 free"),
    PORTS.failed("lb1", "443 by apache2 on *", "Stop and disable that service."),
    PORTS.warning("app1", "something odd", "Look at it."),
    PORTS.skipped("app2", "not asked"),
)


def test_only_problems_are_shown() -> None:
    """What is seen, wanted and to be done stand below the question; a count ends the table."""
    assert as_table(FINDINGS) == (
        "FAILED  lb1   Are the needed ports free?\n"
        "        seen    443 by apache2 on *\n"
        "        wanted  free: 80, 443\n"
        "        to do   Stop and disable that service.\n"
        "\n"
        "WARNING app1  Are the needed ports free?\n"
        "        seen    something odd\n"
        "        wanted  free: 80, 443\n"
        "        to do   Look at it.\n"
        "\n"
        "1 failed, 1 warning, 1 ok, 1 skipped\n"
    )


def test_everything_is_shown_on_demand() -> None:
    """What is right takes one line."""
    lines = as_table(FINDINGS, everything=True).splitlines()
    assert "OK      lb2   Are the needed ports free? 80, 443 free" in lines
    assert "SKIPPED app2  Are the needed ports free? not asked" in lines


def test_the_count_of_nothing() -> None:
    """An empty table still ends in a count."""
    assert as_table(()) == summary(()) + "\n" == "0 failed, 0 warnings, 0 ok, 0 skipped\n"


@given(st.text(max_size=300), st.integers(min_value=60, max_value=200))
def test_no_words_of_a_host_break_the_table(words: str, width: int) -> None:
    """Lines keep their width, and no control character reaches the terminal."""
    for line in as_table((PORTS.failed("db1", words, words),), width).splitlines():
        assert len(line) <= width
        assert line.isprintable()


def test_findings_as_json() -> None:
    """Every field is there by name, the verdict as a word."""
    assert FINDINGS[1].as_dict() == {
        "check": "ports",
        "host": "lb1",
        "verdict": "failed",
        "question": "Are the needed ports free?",
        "seen": "443 by apache2 on *",
        "wanted": "free: 80, 443",
        "remedy": "Stop and disable that service.",
    }
