"""Answers to what is not asked as things are: they must not hold anybody up; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.draft import Draft
from wizard.errors import SetupError
from wizard.site.edit import REMOVE, update

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from screens.widgets.field import Field


def asked(field: Field, draft: Draft) -> bool:
    """Whether a question is asked as things are."""
    return field.when is None or field.when(draft)


def in_the_way(draft: Draft, fields: Iterable[Field]) -> list[Field]:
    """What is wrong without being asked for, and what was answered beside it.

    Of a server without its path only the path is wrong, but the server has to go, too.
    """
    if not draft.problems:
        return []
    silent = [field for field in fields if not asked(field, draft)]
    wrong = {field.path for field in silent if draft.problem_at(field.path)}
    holders = {_holder(path) for path in wrong}
    return [
        field
        for field in silent
        if field.path in wrong
        or (_holder(field.path) in holders and draft.value(field.path) is not None)
    ]


def without(draft: Draft, fields: Iterable[Field]) -> dict[str, object]:
    """The changes that take these answers out of the file, and a section that is empty then."""
    paths = [field.path for field in fields]
    changes: dict[str, object] = {}
    for path in paths:
        holder = _holder(path)
        section = draft.value(holder)
        alone = isinstance(section, dict) and all(f"{holder}.{key}" in paths for key in section)
        changes[holder if alone else path] = REMOVE
    return changes


def choice(
    draft: Draft, fields: Sequence[Field], changes: Mapping[str, object]
) -> tuple[dict[str, object], list[Field]]:
    """A choice with all that comes of it, as one change; and the questions that are set aside.

    Answers that fit only another choice stay in the file while nothing is wrong with them. Others
    would be wrong where nobody sees them: the draft remembers them until they are asked for again.
    """
    try:
        then = Draft(update(draft.text, changes), draft.path)
    except SetupError:
        return dict(changes), []  # whoever makes the change hears why it cannot be made
    other = [field for field in fields if asked(field, draft) != asked(field, then)]
    for field in other:
        if asked(field, draft):
            draft.aside.pop(field.path, None)  # what was remembered before is older
    back = {
        field.path: draft.aside[field.path]
        for field in other
        if field.path in draft.aside and then.value(field.path) is None
    }
    aside = in_the_way(then, fields) if other else []
    draft.aside |= {
        field.path: value for field in aside if (value := then.value(field.path)) is not None
    }
    return {**changes, **without(then, aside), **back}, aside


def _holder(path: str) -> str:
    return path.rpartition(".")[0]
