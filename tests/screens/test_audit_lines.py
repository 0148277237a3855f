"""The checks as lines of the review."""

from __future__ import annotations

from screens.audit_lines import chapter_lines
from wizard.run.report_parts import Part

CHECKS = Part(
    id="checks",
    title="Checks",
    note="The last answer of each check.",
    head=("verdict", "host", "check", "seen", "wanted", "to do"),
    rows=(
        ("failed", "db2", "reach", "no answer from 10.0.2.10:5432", "an answer", "Open it."),
        ("ok", "app1", "disk", "96 GB free", "20 GB free", ""),
    ),
)


def test_checks_are_counted_and_carry_a_sign() -> None:
    """In a narrow terminal an address is in one piece, and what is well takes one line."""
    assert list(chapter_lines(CHECKS, 62)) == [
        "1 failed, 1 ok. The last answer of each check.",
        "",
        "✗ failed  db2 · reach: no answer from 10.0.2.10:5432",
        "  wanted  an answer",
        "  to do   Open it.",
        "✓ ok  app1 · disk: 96 GB free",
    ]


def test_checks_are_a_table_where_there_is_room() -> None:
    """With a sign in it too."""
    _, head, failed, well = chapter_lines(CHECKS, 140)
    assert head.split()[:3] == ["verdict", "host", "check"]
    assert failed.startswith("✗ failed  db2")
    assert well.startswith("✓ ok      app1")


def test_a_chapter_that_nobody_filled_says_so() -> None:
    """No count of nothing."""
    empty = Part(id="checks", title="Checks", note="The hosts were not asked yet.")
    assert list(chapter_lines(empty, 62)) == ["The hosts were not asked yet."]
