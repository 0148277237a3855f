"""The site file while it is being written: its text, what is wrong with it, and the way back."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import SiteError
from wizard.site.problems import SiteProblems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.site.file import LoadedSite, Parsed
    from wizard.site.model import Site
    from wizard.site.problems import Problem

# The site's model takes 0.1 s to load; the first screen of a new site needs nothing of it, so
# what reads and changes files is imported where it is used.

_MOST_UNDOS = 200


@dataclass(slots=True)
class Draft:
    """One site file on its way; every change goes through `change` and can be taken back."""

    text: str
    path: Path | None = None  # where it is kept; None until it is saved for the first time
    saved: str = ""  # the text as it is on disk
    _parsed: Parsed | None = field(init=False, default=None)
    _data: Mapping[str, object] | None = field(init=False, default=None)
    writing: bool = False  # whether a thread writes the file; a file system may be away
    aside: dict[str, object] = field(default_factory=dict)  # by path, until asked for again
    _before: list[tuple[str, str]] = field(default_factory=list)  # what was changed, old text

    @classmethod
    def open(cls, path: Path) -> Draft:
        """Read a site file, finished or not.

        Raises: SiteProblems if it cannot be read as YAML; other problems can be put right here.
        """
        from wizard.site.document import read  # noqa: PLC0415 - start-up time
        from wizard.site.file import parse, read_text  # noqa: PLC0415 - as above

        text = read_text(path)
        document = read(text, str(path))
        if not isinstance(document.data, dict):
            raise SiteProblems(document.problems or parse(text, str(path)).problems)
        return cls(text, path, text)

    @property
    def name(self) -> str:
        """The file's name for people."""
        return str(self.path) if self.path else "the new site file"

    @property
    def dirty(self) -> bool:
        """Whether something is not on disk yet."""
        return self.text != self.saved

    @property
    def parsed(self) -> Parsed:
        """The text as the model reads it."""
        if self._parsed is None:
            from wizard.site.file import parse  # noqa: PLC0415 - start-up time

            self._parsed = parse(self.text, self.name)
        return self._parsed

    @property
    def data(self) -> Mapping[str, object]:
        """What stands in the text, right or wrong."""
        if self._data is None:
            from wizard.site.document import read  # noqa: PLC0415 - start-up time

            data = read(self.text, self.name).data if self.text else {}
            self._data = _in_full(data) if isinstance(data, dict) else {}
        return self._data

    @property
    def site(self) -> Site | None:
        """The site, once nothing is wrong with it."""
        return self.parsed.site

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that `validate` would say."""
        return self.parsed.problems

    @property
    def base(self) -> Path:
        """The folder at which relative paths of the file start."""
        return self.path.parent if self.path else Path()

    def loaded(self) -> LoadedSite | None:
        """The site as the engine takes it, once nothing is wrong with it."""
        from wizard.site.file import LoadedSite  # noqa: PLC0415 - start-up time

        if self.parsed.site is None:
            return None
        path = self.path or Path("site.yaml")
        return LoadedSite(self.parsed.site, path, self.text, self.parsed.lines)

    def value(self, path: str) -> object:
        """What stands at a path of the file such as `database.port`; None if nothing does."""
        from wizard.site.edit import read_path  # noqa: PLC0415 - start-up time

        found: object = self.data
        for part in read_path(path):
            if isinstance(found, dict) and isinstance(part, str):
                found = found.get(part)
            elif isinstance(found, list) and isinstance(part, int) and part < len(found):
                found = found[part]
            else:
                return None
        return found

    def problem_at(self, path: str) -> Problem | None:
        """The first problem of a value, or of what is inside it."""
        inside = (f"{path}.", f"{path}[")
        for problem in self.problems:
            if problem.path == path or problem.path.startswith(inside):
                return problem
        return None

    def change(self, changes: Mapping[str, object]) -> bool:
        """Change values by path; whether the text is another one now.

        Changes that follow each other at the same paths are taken back together.
        Raises: SiteProblems if a path does not fit the file.
        """
        from wizard.site.edit import update  # noqa: PLC0415 - start-up time

        text = update(self.text, changes)
        if text == self.text:
            return False
        what = ", ".join(changes)
        if not (self._before and self._before[-1][0] == what):
            self._before.append((what, self.text))
            del self._before[:-_MOST_UNDOS]
        self._take(text)
        return True

    def replace(self, text: str, what: str) -> None:
        """Put another text in place of the whole; it can be taken back as one change."""
        self._before.append((what, self.text))
        self._take(text)

    def settle(self) -> None:
        """End the current change: the next one at the same path is taken back on its own."""
        if self._before:
            what, text = self._before[-1]
            self._before[-1] = (f"{what} ", text)

    def undo(self) -> str:
        """Take back the last change; return what it was about, "" if there was none."""
        if not self._before:
            return ""
        what, text = self._before.pop()
        self._take(text)
        return what.strip()

    def changed_on_disk(self) -> bool:
        """Whether someone else has written the file since it was read or saved here."""
        from wizard.site.file import read_text  # noqa: PLC0415 - start-up time

        if self.path is None or not self.path.exists():
            return False
        try:
            return read_text(self.path) != self.saved
        except SiteProblems:
            return True

    def let_go(self) -> None:
        """The file is no longer being written."""
        self.writing = False

    def kept(self, path: Path, text: str) -> None:
        """A text of this draft was written there; by now it may be another one."""
        self.path, self.saved = path, text
        self._take(self.text)

    def _take(self, text: str) -> None:
        self.text = text
        self._parsed = self._data = None


def write_site(target: Path, text: str) -> Path:
    """Write the text of a site file in one piece; return where.

    Raises: SiteError if it cannot be written.
    """
    import tempfile  # noqa: PLC0415 - start-up time

    target = target.expanduser()
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(target)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SiteError(
            f"{target} cannot be written: {error.strerror}",
            remedy="Save it in a folder that exists and that you may write to.",
        ) from None
    return target


def _in_full(data: dict[str, object]) -> dict[str, object]:
    """The data with the one short form the file may have, `database: done`, written in full."""
    licensing = data.get("licensing")
    items = licensing.get("checklist") if isinstance(licensing, dict) else None
    if isinstance(licensing, dict) and isinstance(items, dict):
        full = {key: {"state": one} if isinstance(one, str) else one for key, one in items.items()}
        return {**data, "licensing": {**licensing, "checklist": full}}
    return data
