"""A copy of answers that are not saved yet: it outlives a terminal that goes away."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from screens.draft import Draft

if TYPE_CHECKING:
    from screens.app import SetupApp

_SOON = 0.5  # seconds after a change
_MOST = 5  # copies that are offered


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What somebody had answered when the program ended without being asked to."""

    file: Path
    draft: Draft
    since: datetime  # UTC

    @property
    def words(self) -> str:
        """Which site it is, and from when."""
        site = self.draft.value("site") or "a new site"
        return f"{site}, {self.draft.name}, {self.since:%Y-%m-%d %H:%M} UTC"


def folder() -> Path:
    """Where copies are kept; nothing in them is secret, but they are their owner's only."""
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if data.startswith("/") else Path.home() / ".local" / "share"
    return base / "minusnow-setup" / "unsaved"


def found(besides: Path) -> tuple[Unsaved, ...]:
    """The newest copies but the one that is being written; what cannot be read is left alone."""
    copies = []
    for file in sorted(folder().glob("*.json")) if folder().is_dir() else ():
        with suppress(OSError, ValueError, KeyError, TypeError):
            if file != besides:
                copies.append(_read(file))
    return tuple(sorted(copies, key=lambda one: one.since, reverse=True)[:_MOST])


def _read(file: Path) -> Unsaved:
    told = json.loads(file.read_text(encoding="utf-8"))
    path = Path(str(told["path"])) if told["path"] else None
    draft = Draft(str(told["text"]), path, str(told["saved"]))
    return Unsaved(file, draft, datetime.fromtimestamp(file.stat().st_mtime, UTC))


class Copy:
    """The copy of the site that is being worked on; written a moment after each change."""

    def __init__(self, setup: SetupApp) -> None:
        self._setup = setup
        self._waiting = False
        self._told = ""  # what is to stand in the copy; "": there is to be none
        self._lock = threading.Lock()
        self.file = folder() / f"{uuid4().hex}.json"

    def note(self) -> None:
        """Something was changed, saved or begun."""
        if not self._waiting:
            self._waiting = True
            self._setup.set_timer(_SOON, self._later)

    def take_up(self, copy: Unsaved) -> None:
        """Go on with another copy, in its file."""
        self.forget()
        self.file = copy.file

    def forget(self) -> None:
        """Take the copy away: it is saved, or nobody wants it."""
        with self._lock, suppress(OSError):
            self._told = ""
            self.file.unlink(missing_ok=True)

    def _later(self) -> None:
        self._waiting = False
        draft = self._setup.draft
        if not (self._setup.chosen and draft.dirty):
            self.forget()
            return
        path = str(draft.path.absolute()) if draft.path else ""
        self._told = json.dumps({"path": path, "text": draft.text, "saved": draft.saved})
        self._setup.run_worker(self._write, thread=True, group="copy", exit_on_error=False)

    def _write(self) -> None:
        """Write in one piece; a disk that is full or read-only stops nobody from answering."""
        import tempfile  # noqa: PLC0415 - start-up time

        with self._lock, suppress(OSError):
            if not self._told:
                return
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=".")  # 0600
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(self._told)
            Path(name).replace(self.file)
