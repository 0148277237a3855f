"""How a refused layout is shown: what is wrong, what it risks, and what would do."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from wizard.site.risks import RISKS, SMALLEST_LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wizard.site.layout import Refusal, Warning_

WIDTH = 80


def refusal_text(refusals: Sequence[Refusal], width: int = WIDTH) -> str:
    """The refusals, the six risks and the smallest layout, in lines of at most `width` columns."""
    return "\n".join(
        (
            "This layout is refused; there is no override.",
            "",
            *_each(refusals, "✗", width),
            "What a deployment like this risks",
            "",
            *_table(
                ("Risk", "Impact", "Consequence"),
                [(one.risk, one.impact, one.consequence) for one in RISKS],
                width,
            ),
            "",
            f"The smallest layout that would do: {len(SMALLEST_LAYOUT)} servers",
            "",
            *_table(
                ("Host", "Roles", "Purpose"),
                [(one.name, ", ".join(one.roles), one.purpose) for one in SMALLEST_LAYOUT],
                width,
            ),
        )
    )


def warning_text(warnings: Sequence[Warning_], acknowledged: Iterable[str] = ()) -> str:
    """The warnings with their ids, in lines of at most 80 columns; empty without warnings."""
    if not warnings:
        return ""
    known = frozenset(acknowledged)
    lines: list[str] = []
    for one in warnings:
        state = "acknowledged" if one.id in known else "to be acknowledged"
        lines += [*_lines(f"! {one.rule.sentence} ({one.seen})"), f"  id: {one.id} · {state}"]
        if one.id not in known:
            lines += [*_lines(one.rule.reason, "  "), *_lines(one.rule.remedy, "  ")]
    return "\n".join(lines)


def _each(found: Iterable[Refusal], sign: str, width: int) -> Iterator[str]:
    for one in found:
        yield from _lines(f"{sign} {one.rule.sentence} ({one.seen})", width=width)
        yield from _lines(one.rule.reason, "  ", width=width)
        yield from _lines(one.rule.remedy, "  ", width=width)
        yield ""


def _lines(text: str, indent: str = "", *, width: int = WIDTH) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent or "  ",
        break_on_hyphens=False,
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> Iterator[str]:
    """A table whose last column is wrapped where it would be too wide."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    widths[-1] = min(widths[-1], width - sum(widths[:-1]) - 2 * len(widths))
    for row in (head, tuple("─" * width for width in widths), *rows):
        *first, last = row
        for number, line in enumerate(textwrap.wrap(last, widths[-1])):
            cells = (*(first if number == 0 else [""] * len(first)), line)
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            yield f"  {'  '.join(padded)}".rstrip()
