"""Errors of the models in plain words: what was seen, what is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

from wizard.site.model import Site
from wizard.site.problems import Path, Problem, listed, nearest, path_text, seen_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pydantic_core import ErrorDetails

    from wizard.site.document import Document

_WANTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "date_type": "a day such as 2027-06-30",
    "date_parsing": "a day such as 2027-06-30",
    "date_from_datetime_parsing": "a day such as 2027-06-30",
    "date_from_datetime_inexact": "a day such as 2027-06-30",
    "too_short": "at least one",
}
# Where people type a password instead of the way to ask for it.
_NEVER_SHOWN = ("sudo",)


def explained(error: ErrorDetails, document: Document, file: str) -> Problem:
    """One error of a model as a problem of the file."""
    path: Path = tuple(error["loc"])
    kind = error["type"]
    line = document.line(path)
    if kind == "extra_forbidden":
        return Problem(file, line, path_text(path), "an unknown key", _known_keys(path))
    if kind == "missing":
        return Problem(file, line, path_text(path), "nothing", _description(path))
    seen = "something else" if path and path[-1] in _NEVER_SHOWN else seen_text(error["input"])
    return Problem(file, line, path_text(path), seen, _wanted(error, path))


def worth_telling(
    errors: Sequence[ErrorDetails], secrets: Collection[Path]
) -> Iterator[ErrorDetails]:
    """The errors without those that only follow from another one, or that would show a secret."""
    places = [tuple(error["loc"]) for error in errors]
    meant = {
        (*error["loc"][:-1], near)
        for error in errors
        if error["type"] == "extra_forbidden"
        and (near := nearest(str(error["loc"][-1]), keys_at(tuple(error["loc"][:-1]))))
    }
    for error in errors:
        place, kind = tuple(error["loc"]), error["type"]
        mistyped = kind == "missing" and place in meant
        follows = kind == "too_short" and any(
            other[: len(place)] == place != other for other in places
        )
        secret = any(place[:length] in secrets for length in range(len(place) + 1))
        if not (mistyped or follows or secret):
            yield error


def keys_at(path: Path) -> tuple[str, ...]:
    """The keys that may stand at a path of the file; none where no mapping is expected."""
    model = _model_at(path)
    if model is None:
        return ()
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _wanted(error: ErrorDetails, path: Path) -> str:
    context = error.get("ctx", {})
    kind = error["type"]
    if kind == "wanted":
        return str(context["text"])
    if kind in {"enum", "literal_error"}:
        return str(context["expected"])
    if kind == "string_too_long":
        return f"at most {context['max_length']} characters"
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        keys = keys_at(path)
        return f"a mapping with {listed(keys, 'and')}" if keys else "a mapping"
    return _WANTED.get(kind, "another value")


def _known_keys(path: Path) -> str:
    known = keys_at(path[:-1])
    if near := nearest(str(path[-1]), known):
        return f"'{near}'"
    elsewhere = [
        f"{section}.{path[-1]}"
        for section in keys_at(())
        if path[-1] in keys_at((section,)) and (section,) != path[:-1]
    ]
    if elsewhere:
        return f"it where it belongs: {listed(elsewhere)}"
    return listed(known)


def description_at(path: Path) -> str:
    """What a field is, in a sentence or two; empty where no field may stand."""
    model = _model_at(path[:-1])
    for name, field in model.model_fields.items() if model else ():
        if path[-1] == (field.alias or name):
            return field.description or ""
    return ""


def _description(path: Path) -> str:
    words = description_at(path).rstrip(".") or "a value"
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _model_at(path: Path) -> type[BaseModel] | None:
    kind: object = Site
    for part in path:
        if isinstance(part, int):
            kind = (*get_args(kind), None)[0]
        else:
            model = _model_in(kind)
            fields = model.model_fields if model else {}
            named = {field.alias or name: field.annotation for name, field in fields.items()}
            kind = named.get(part)
    return _model_in(kind)


def _model_in(kind: object) -> type[BaseModel] | None:
    """The model that an annotation is, or is next to None or inside Annotated."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if isinstance(kind, type) or getattr(kind, "__origin__", None) is tuple:
        return None
    found = (_model_in(one) for one in get_args(kind))
    return next((model for model in found if model), None)
