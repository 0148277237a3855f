"""Which answers differ between two texts of a site file; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from wizard.site.document import read

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 40  # characters of a value that are shown


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """One answer: where it stands, what it was and what it is."""

    path: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}: {self.before} → {self.after}"


def changed_answers(before: str, after: str) -> tuple[ChangedAnswer, ...]:
    """Return the answers that are other ones in the second text, in its order."""
    old, new = dict(_answers(before)), dict(_answers(after))
    return tuple(
        ChangedAnswer(path, _shown(old.get(path)), _shown(new.get(path)))
        for path in dict.fromkeys((*new, *old))
        if old.get(path) != new.get(path)
    )


@lru_cache(maxsize=8)
def same_installation(before: str, after: str) -> bool:
    """Return whether two texts install the same: which warnings were accepted changes no host."""
    return before == after or all(
        one.path == "acknowledged" for one in changed_answers(before, after)
    )


def _answers(text: str) -> Iterator[tuple[str, object]]:
    yield from _within(read(text, "the site file").data, "")


def _within(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Yield every value by its path; hosts by their names, other lists as a whole."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from _within(inside, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and all(isinstance(one, dict) and "name" in one for one in value):
        for one in value:
            yield from _within(one, f"{path}.{one['name']}")
    elif path:
        yield path, value


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text or "empty"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
