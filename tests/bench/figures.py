"""What was measured, beside what it is measured against, as a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure; `met` is None for what has no target."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None


def at_most(what: str, ours: str, beside: str, ratio: float, limit: float) -> Row:
    """Return the row of a ratio that should not be larger than a limit."""
    met = ratio <= limit
    target = f"<= {limit:g}x"
    return Row(what=what, ours=ours, beside=beside, ratio=f"{ratio:.2f}x", target=target, met=met)


def at_least(what: str, ours: str, beside: str, ratio: float, limit: float) -> Row:
    """Return the row of a ratio that should not be smaller than a limit."""
    met = ratio >= limit
    target = f">= {limit:g}x"
    return Row(what=what, ours=ours, beside=beside, ratio=f"{ratio:.2f}x", target=target, met=met)


def below(what: str, seen: float, unit: str, limit: float, *, beside: str = "") -> Row:
    """Return the row of a figure that should stay below a limit of its own unit."""
    target, met = f"<= {limit:g} {unit}", seen <= limit
    return Row(what=what, ours=f"{seen:.4g} {unit}", beside=beside, target=target, met=met)


def table(title: str, rows: list[Row]) -> str:
    """Return the rows as text, a line each."""
    heads = (title, "ours", "beside", "ratio", "target", "")
    verdict = {True: "met", False: "MISSED", None: ""}
    cells = [heads]
    cells += [(r.what, r.ours, r.beside, r.ratio, r.target, verdict[r.met]) for r in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(max(lines, key=len)), *lines[1:]])
