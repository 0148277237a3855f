"""What is said about one question: a line under the form, and a page for F1; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.if_wrong import if_wrong
from wizard.site.edit import read_path
from wizard.site.explain import description_at

if TYPE_CHECKING:
    from screens.draft import Draft
    from screens.widgets.field import Field


def describe(field: Field) -> str:
    """What a field is, with an example and where it stands in the file."""
    example = f"  Example: {field.example}" if field.example else ""
    empty = f"  If left empty: {field.default}." if _has_default(field) else ""
    return f"{field.path}: {description_at(read_path(field.path))}{empty}{example}"


def explain(field: Field, draft: Draft) -> str:
    """What a field is, an example, what happens if it is wrong, and what is wrong with it now."""
    lines = [f"{field.label.strip()} ({field.path})", description_at(read_path(field.path)), ""]
    lines += [f"{title}: {words}" for title, words in _parts(field, draft) if words]
    if problem := draft.problem_at(field.path):
        lines += ["", f"✗ Now: seen {problem.seen}, wanted {problem.wanted}"]
    return "\n".join(lines)


def _parts(field: Field, draft: Draft) -> tuple[tuple[str, str], ...]:
    options = field.options_of(draft) if field.options_of else field.options
    default = str(field.default) if _has_default(field) else ""
    return (
        ("Example", field.example or default),
        ("To choose from", ", ".join(label for label, _ in options)),
        ("If left empty", default),
        ("If it is wrong", if_wrong(field.path)),
    )


def _has_default(field: Field) -> bool:
    return field.default not in {None, ""} and field.kind != "choice"
