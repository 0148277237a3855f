"""A form some of whose answers name files of this machine: beside each stands what is wrong."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from screens.apart import Looks, begin
from screens.form_step import FormStep
from screens.widgets.field import FieldRow
from screens.widgets.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Iterator

SIMULATED = "Simulated hosts do without it."
_PATIENCE = 3  # seconds, before it is said that there is no answer
_NO_ANSWER = "No answer yet whether it can be read: its file system may be away."


class FilesForm(FormStep):
    """Looks for the named files as one types, and says what is wrong as one leaves the field."""

    FILES: ClassVar[tuple[str, ...]] = ()
    """Paths of the answers that name files."""

    DEFAULT_CSS = """
    FieldRow .file-note { height: auto; margin-left: 19; color: $text-error; display: none; }
    FieldRow .file-note.-simulated { color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.looks = Looks()
        self._faults: dict[Path, str] = {}  # by the file as it is named
        self._wanted: dict[Path, str] = {}  # names of the files that are to be looked at
        self._opening = True  # what was named before is told of at once, wherever the cursor is

    def needed(self, path: str) -> bool:
        """Whether an installation needs the file; simulated hosts do without most."""
        del path
        return self.setup.simulation is None

    def place_of(self, value: str) -> Path:
        """Where a file lies that is named so in the site file."""
        return self.draft.base / at_home(value)

    def named(self, path: str) -> str:
        """The file that an answer names; "" if there is none, or it is no name of a file."""
        value = self.draft.value(path)
        return value if isinstance(value, str) and not self.draft.problem_at(path) else ""

    def files(self) -> Iterator[str]:
        """Every file that is named, as it is named."""
        yield from filter(None, map(self.named, self.FILES))

    def file_fault(self, path: str) -> str:
        """Why the file that an answer names cannot be read, as far as it was looked at."""
        return self.fault_of(self.named(path))

    def fault_of(self, name: str) -> str:
        """The same of a file by its name; "" if it can be read, or none is named."""
        return self._faults.get(self.draft.base / name, "") if name else ""

    def refresh_aside(self) -> None:
        """What stands beside the form follows, and what stands beside each file."""
        self._look()
        self._tell()
        super().refresh_aside()

    def on_field_row_left(self, _event: FieldRow.Left) -> None:
        """Whoever leaves a field has typed all of it."""
        self._look()
        self._tell()

    def _look(self) -> None:
        """Look at the files anew: what was wrong may have been put right meanwhile."""
        self._wanted = names = {self.draft.base / name: name for name in self.files()}
        if names:
            begin(self, "files", partial(self._look_at, names))
        else:
            self._opening = False

    async def _look_at(self, names: dict[Path, str]) -> None:
        def look() -> dict[Path, str]:
            return {place: fault(self.place_of(name)) for place, name in names.items()}

        looking = asyncio.ensure_future(self.looks.do(look, still=lambda: names is self._wanted))
        try:
            await asyncio.wait([looking], timeout=_PATIENCE)
            if not looking.done():
                self._looked(names, dict.fromkeys(names, _NO_ANSWER))
            self._looked(names, await looking)
        finally:
            looking.cancel()

    def _looked(self, names: dict[Path, str], faults: dict[Path, str] | None) -> None:
        """Show what was found, unless other files are looked at by now."""
        if names is self._wanted and faults not in (None, self._faults) and self.shown:
            self._faults = faults or {}
            self._tell(at_once=self._opening)
            self._opening = False
            super().refresh_aside()

    def _tell(self, *, at_once: bool = False) -> None:
        for row in self.query(FieldRow):
            if row.field.path in self.FILES:
                self._tell_beside(row, typing=row.has_focus_within and not at_once)

    def _tell_beside(self, row: FieldRow, *, typing: bool) -> None:
        found = row.query(".file-note").results(Plain)
        note = next(found, None)
        words = self.file_fault(row.field.path)
        # Half a path names no file: the first word about it comes when the field is left.
        if not words or (typing and not (note and note.display)):
            if note:
                note.display = False
            return
        if note is None:
            note = Plain(classes="file-note")
            row.mount(note)
        needed = self.needed(row.field.path)
        note.set_class(not needed, "-simulated")
        note.say(f"✗ {words}" if needed else f"· {words} {SIMULATED}")
        note.display = True


def at_home(value: str) -> Path:
    """Return a path with ~ written out, if that can be done."""
    try:
        return Path(value).expanduser()
    except RuntimeError:  # nobody is called so here
        return Path(value)


def fault(path: Path) -> str:
    """Return why a file cannot be read and what to do; "" if it can."""
    name = _short(path)
    if path.is_dir():
        return f"{name} is a folder: name a file."
    if not path.exists():
        return f"There is no file {name}: put it there, or correct the path."
    if not os.access(path, os.R_OK):
        return f"{name} cannot be read by you: change its rights, or name another file."
    return ""


def _short(path: Path) -> str:
    """The path as people write it: a line has little room."""
    home = Path.home()
    return str("~" / path.relative_to(home)) if path.is_relative_to(home) else str(path)
