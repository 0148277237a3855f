"""What can be wrong in a site file, as one line a person can act on."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wizard.site.layout import Refusal

Path = tuple[str | int, ...]
"""Where a value stands: keys, and positions in lists counted from 0."""

_LONGEST_SEEN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `line` is counted from 1 and None where there is no text."""

    file: str
    line: int | None
    path: str
    seen: str
    wanted: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f"{place}: {self.path}" if self.path else place
        return f"{where}: seen {self.seen}, wanted {self.wanted}"

    def as_dict(self) -> dict[str, str | int | None]:
        """The parts, for machines."""
        return {
            "file": self.file,
            "line": self.line,
            "path": self.path,
            "seen": self.seen,
            "wanted": self.wanted,
        }


class SiteProblems(SiteError):  # noqa: N818 - named for what it carries
    """The site file cannot be used; `problems` and `refusals` say why, one by one."""

    def __init__(
        self, problems: Sequence[Problem], refusals: Sequence[Refusal] = (), *, explained: str = ""
    ) -> None:
        lines = [str(problem) for problem in problems]
        super().__init__("\n".join([*lines, *(["", explained] if explained else [])]))
        self.problems = tuple(problems)
        self.refusals = tuple(refusals)


def path_text(path: Iterable[str | int]) -> str:
    """A path as people write it: topology.hosts[2].address."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{_shown(part)}" if text else _shown(part)
    return text


def seen_text(value: object) -> str:
    """What stands in the file, in at most about sixty characters and on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{_shown(value)}'" if value else "an empty text"
    if isinstance(value, dict):
        keys = ", ".join(_shown(str(key)) for key in list(value)[:4])
        return f"a mapping with {keys}" if keys else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    return _shown(str(value))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a mistyped one most likely stands for."""
    folded = {one.lower().replace("-", "_"): one for one in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def listed(words: Iterable[str], last: str = "or") -> str:
    """Words in a row: a, b or c."""
    row = list(words)
    return row[0] if len(row) == 1 else f"{', '.join(row[:-1])} {last} {row[-1]}"


def _shown(text: str) -> str:
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text[: _LONGEST_SEEN + 1]
    )
    return shown if len(shown) <= _LONGEST_SEEN else f"{shown[:_LONGEST_SEEN]}…"
