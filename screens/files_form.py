"""A form some of whose answers name files of this machine: beside each stands what is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from screens.form_step import FormStep
from screens.widgets.field import FieldRow
from screens.widgets.plain import Plain

SIMULATED = "Simulated hosts do without it."


class FilesForm(FormStep):
    """Looks for the named files as one types, and says what is wrong as one leaves the field."""

    FILES: ClassVar[tuple[str, ...]] = ()
    """Paths of the answers that name files."""

    DEFAULT_CSS = """
    FieldRow .file-note { height: auto; margin-left: 19; color: $text-error; display: none; }
    FieldRow .file-note.-simulated { color: $text-muted; }
    """

    def needed(self, path: str) -> bool:
        """Whether an installation needs the file; simulated hosts do without most."""
        del path
        return self.setup.simulation is None

    def place_of(self, value: str) -> Path:
        """Where a file lies that is named so in the site file."""
        return self.draft.base / at_home(value)

    def file_fault(self, path: str) -> str:
        """Why the file that an answer names cannot be read; "" if it can, or none is named."""
        value = self.draft.value(path)
        if not isinstance(value, str) or self.draft.problem_at(path):
            return ""
        return fault(self.place_of(value))

    def refresh_aside(self) -> None:
        """What stands beside the form follows, and what stands beside each file."""
        self._tell()
        super().refresh_aside()

    def on_field_row_left(self, _event: FieldRow.Left) -> None:
        """Whoever leaves a field has typed all of it."""
        self._tell()

    def _tell(self) -> None:
        for row in self.query(FieldRow):
            if row.field.path in self.FILES:
                self._tell_beside(row)

    def _tell_beside(self, row: FieldRow) -> None:
        found = row.query(".file-note").results(Plain)
        note = next(found, None)
        words = self.file_fault(row.field.path)
        # Half a path names no file: the first word about it comes when the field is left.
        if not words or (row.has_focus_within and not (note and note.display)):
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
