"""A chapter of the review as lines, with what is wrong first to be seen."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.run.report_write import part_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.run.report_parts import Part, Row

_SIGNS = {"failed": "✗", "warning": "!", "ok": "✓", "skipped": "–"}
_ROOMY = 110  # columns in which six of a table can be read


def chapter_lines(part: Part, width: int) -> Iterator[str]:
    """Yield what a chapter tells, in a number of columns."""
    if part.id != "checks" or not part.rows:
        yield from part_text(part, width)
        return
    counts = Counter(verdict for verdict, *_ in part.rows)
    total = ", ".join(f"{counts[verdict]} {verdict}" for verdict in _SIGNS if counts[verdict])
    marked = replace(
        part,
        note=f"{total}. {part.note}",
        rows=tuple((f"{_SIGNS.get(row[0], '?')} {row[0]}", *row[1:]) for row in part.rows),
    )
    if width >= _ROOMY:
        yield from part_text(marked, width)
        return
    yield from part_text(replace(marked, rows=()), width)
    for row in marked.rows:
        yield from _card(row, width)


def _card(row: Row, width: int) -> Iterator[str]:
    """Yield a check below one another: beside each other the columns would be too narrow."""
    verdict, host, check, seen, wanted, remedy = row
    good = verdict.startswith(("✓", "–"))
    if not good:
        yield ""
    yield from _hanging(f"{verdict}  {host} · {check}: {seen}", "  ", width)
    if not good:
        for what, words in (("wanted", wanted), ("to do ", remedy)):
            yield from _hanging(f"  {what}  {words}", "          ", width) if words else ()


def _hanging(words: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(words, width, subsequent_indent=indent, break_on_hyphens=False)
