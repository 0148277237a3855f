"""A report as plain text, Markdown, HTML or JSON."""

from __future__ import annotations

import dataclasses
import html
import json
import textwrap
from typing import TYPE_CHECKING, Literal

from wizard.run.edited import EditedReplaced
from wizard.run.events import TaskLeftOut
from wizard.run.report_parts import heading, parts
from wizard.run.visible import cells, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wizard.run.report import Report
    from wizard.run.report_parts import Part, Row

Format = Literal["text", "md", "html", "json"]
Paper = Literal["text", "md", "html"]
FORMATS: tuple[Format, ...] = ("text", "md", "html", "json")
_FENCE = "````"
_NARROWEST = 8  # columns of a table's column
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;"
    "padding:.2rem .6rem;border-bottom:1px solid #8884;overflow-wrap:anywhere}"
    "pre{overflow:auto;padding:.6rem;background:#8881}:root{color-scheme:light dark}"
)


def written(report: Report, form: Format, *, width: int = 100) -> str:
    """Return the report in a format; `width` is that of plain text, in columns."""
    if form == "json":
        return json.dumps(as_json(report), indent=1) + "\n"
    return laid_out(heading(report), parts(report), form, width=width)


def laid_out(title: str, chapters: Sequence[Part], form: Paper, *, width: int = 100) -> str:
    """Return chapters under a title; `width` is that of plain text, in columns."""
    match form:
        case "text":
            lines = _text(title, chapters, width)
        case "md":
            lines = _markdown(title, chapters)
        case "html":
            lines = _html(title, chapters)
    return "\n".join(lines) + "\n"


def as_json(report: Report) -> dict[str, object]:
    """Return everything as JSON values; events with the hashes that chain them."""
    return {
        "format": 1,
        "state": str(report.path),
        "chain": {"intact": not report.broken, "problems": list(report.broken)},
        "site": dataclasses.asdict(report.record),
        "runs": [dataclasses.asdict(run) for run in report.runs],
        "in_use_by": str(report.owner) if report.owner else None,
        "plan": report.plan,
        "tasks": [dataclasses.asdict(task) for task in report.tasks],
        "events": [
            {
                "seq": each.link.seq,
                "run": each.link.run,
                "person": each.person,
                **each.event.to_json(),
                "words": each.words,
                "hash": each.link.stored_hash,
            }
            for each in report.happened
        ],
        "checks": [check.to_json() for check in report.checks],
        "output": [
            {
                "task": each.task,
                "total": each.total,
                "lines": [dataclasses.asdict(line) for line in each.lines],
            }
            for each in report.output
        ],
        "skips": [
            each.event.to_json() for each in report.happened if isinstance(each.event, TaskLeftOut)
        ],
        "edited": [
            each.event.to_json()
            for each in report.happened
            if isinstance(each.event, EditedReplaced)
        ],
        "warnings": [list(row) for row in _rows(report, "warnings")],
        "secrets": None
        if report.secrets is None
        else [
            {
                "name": one.name,
                "purpose": one.purpose,
                "origin": one.origin,
                "created": one.created.isoformat(),
            }
            for one in report.secrets
        ],
    }


def _rows(report: Report, name: str) -> Sequence[Row]:
    return next(part.rows for part in parts(report) if part.id == name)


def _text(title: str, chapters: Sequence[Part], width: int) -> Iterator[str]:
    yield title
    for part in chapters:
        yield ""
        yield part.title.upper()
        yield from part_text(part, width)


def part_text(part: Part, width: int) -> Iterator[str]:
    """Return one chapter as lines; a table's last column is wrapped."""
    yield from textwrap.wrap(part.note, width, break_on_hyphens=False)
    rows = [part.head, *part.rows] if part.head and part.rows else list(part.rows)
    yield from table(rows, width)
    for title, text in part.texts:
        yield ""
        yield visible(title)
        yield from (f"  {visible(line)}" for line in text.splitlines())


def table(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Return a table as lines; columns are as wide as needed, the last ones are wrapped."""
    if not rows:
        return
    count = max(len(row) for row in rows)
    widths = [max((cells(row[n]) for row in rows if n < len(row)), default=0) for n in range(count)]
    widths = widths[:-1]
    # The last column says the most: it gets a third of the width at least.
    while sum(widths) + 2 * len(widths) > 2 * width // 3 and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    last = max(width - sum(widths) - 2 * len(widths), 16)
    for row in rows:
        wrapped = [
            _wrap(cell, (widths[n] if n < len(widths) else last)) for n, cell in enumerate(row)
        ]
        for line in range(max(len(each) for each in wrapped)):
            parts_of = [each[line] if line < len(each) else "" for each in wrapped]
            padded = [
                text + " " * (widths[n] - cells(text)) if n < len(widths) else text
                for n, text in enumerate(parts_of)
            ]
            yield "  ".join(padded).rstrip()


def _wrap(text: str, width: int) -> list[str]:
    lines = [
        part
        for line in text.split("\n")
        for part in textwrap.wrap(visible(line), max(width, 1), break_on_hyphens=False) or [""]
    ]
    return lines or [""]


def _markdown(title: str, chapters: Sequence[Part]) -> Iterator[str]:
    yield f"# {_cell(title)}"
    for part in chapters:
        yield from ("", f"## {part.title}", "")
        if part.note:
            yield from (_cell(part.note), "")
        if part.rows:
            head = part.head or ("",) * len(part.rows[0])
            yield f"| {' | '.join(head)} |"
            yield f"|{'---|' * len(head)}"
            yield from (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in part.rows)
        for name, text in part.texts:
            yield from ("", f"### {_cell(name)}", "", _FENCE)
            yield from (visible(line).replace(_FENCE, "'''") for line in text.splitlines())
            yield _FENCE


def _cell(text: str) -> str:
    """Return text that Markdown shows as it is."""
    shown = " ".join(visible(line) for line in text.split("\n"))
    return "".join(f"\\{char}" if char in "\\|`*_<>[]#" else char for char in shown)


def _html(words: str, chapters: Sequence[Part]) -> Iterator[str]:
    title = html.escape(words)
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style><h1>{title}</h1><nav>"
    yield " · ".join(f'<a href="#{part.id}">{html.escape(part.title)}</a>' for part in chapters)
    yield "</nav>"
    for part in chapters:
        yield f'<h2 id="{part.id}">{html.escape(part.title)}</h2><p>{html.escape(part.note)}</p>'
        if part.rows:
            yield "<table>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in part.head)
            for row in part.rows:
                yield "<tr>" + "".join(f"<td>{html.escape(visible(c))}</td>" for c in row)
            yield "</table>"
        for name, text in part.texts:
            lines = "\n".join(html.escape(visible(line)) for line in text.splitlines())
            yield f"<details><summary>{html.escape(visible(name))}</summary>"
            yield f"<pre>{lines}</pre></details>"
    yield "</html>"
