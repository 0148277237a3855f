"""Findings as text for people: what was seen, what is wanted, how to fix it."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from wizard.checks.check import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wizard.checks.check import Finding

_PROBLEMS = (Verdict.FAILED, Verdict.WARNING)
_LABEL = 8  # columns of "wanted"


def as_table(findings: Sequence[Finding], width: int = 80, *, everything: bool = False) -> str:
    """Return a table of the problems, or of all findings, and a line that counts them."""
    shown = [each for each in findings if everything or each.verdict in _PROBLEMS]
    hosts = max((len(each.host) for each in shown), default=0)
    lines = [line for finding in shown for line in _entry(finding, hosts, width)]
    return "\n".join([*lines, *textwrap.wrap(summary(findings), width)]) + "\n"


def summary(findings: Sequence[Finding]) -> str:
    """Return the counts in words: "2 failed, 1 warning, 96 ok, 4 skipped"."""
    counts = Counter(finding.verdict for finding in findings)
    words = {
        Verdict.FAILED: "failed",
        Verdict.WARNING: "warning" if counts[Verdict.WARNING] == 1 else "warnings",
        Verdict.OK: "ok",
        Verdict.SKIPPED: "skipped",
    }
    return ", ".join(f"{counts[verdict]} {word}" for verdict, word in words.items())


def _entry(finding: Finding, hosts: int, width: int) -> Iterator[str]:
    head = f"{finding.verdict.upper():<8}{finding.host:<{hosts}}  "
    if finding.verdict in _PROBLEMS:
        yield from _wrapped(head, finding.question, width)
        yield from _labelled("seen", finding.seen, width)
        yield from _labelled("wanted", finding.wanted, width)
        yield from _labelled("to do", finding.remedy, width)
        yield ""
    else:
        yield from _wrapped(head, f"{finding.question} {finding.seen}", width)


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    if text:
        yield from _wrapped(f"{'':8}{label:<{_LABEL}}", text, width)


def _wrapped(head: str, text: str, width: int) -> Iterator[str]:
    # Words of a host may hold anything: no control character reaches the terminal.
    clean = "".join(char if char.isprintable() else " " for char in text)
    yield from textwrap.wrap(
        clean,
        width=width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    ) or [head.rstrip()]
