"""The review as lines: the list of its chapters, and each of them with what is wrong first."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from screens.widgets.side_list import Line
from wizard.run.report_write import part_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from screens.audit_source import Told
    from wizard.run.report_parts import Part, Row

_SIGNS = {"failed": "✗", "warning": "!", "ok": "✓", "skipped": "–"}
_ROOMY = 110  # columns in which six of a table can be read
_UNCOUNTED = frozenset({"site", "chain"})
_BESIDE_THE_TEXT = {"problems": "Problems"}  # titles that are short enough for the list


def side_lines(told: Told, here: str) -> list[Line]:
    """Return the chapters for the list at the side; `here` is the one that is shown."""
    return [
        Line(
            part.id,
            _titled(part, told),
            _sign(part, told, here=here),
            _style(part, told, here=here),
            reachable=True,
        )
        for part in told.parts.values()
    ]


def _style(part: Part, told: Told, *, here: str) -> str:
    if part.id != told.wrong:
        return ""
    # At the cursor red is the background's colour where there are 16 only.
    return "bold" if part.id == here else "bold red"


def _titled(part: Part, told: Told) -> str:
    title = _BESIDE_THE_TEXT.get(part.id, part.title)
    if part.id in _UNCOUNTED:
        return title
    count = len(part.rows) if part.head else len(part.texts)
    return f"{title} {'–' if part.id in told.not_known else count}"


def _sign(part: Part, told: Told, *, here: str) -> str:
    if part.id == here:
        return "▸"
    return "✗" if part.id == told.wrong else "·"


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
