"""A state file that is deleted or replaced while a run writes it: what it held is kept."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path

from wizard.errors import StateError


def file_at(path: Path) -> tuple[int, int] | None:
    """Return what tells the file at a path from every other one, None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def rescued(connection: sqlite3.Connection, path: Path) -> StateError:
    """Write what the lost file holds where there is room for it; return what to tell of it.

    In its own place if that is free, else beside it, else in the folder for temporary files.
    """
    how = "replaced by another file" if file_at(path) else "deleted"
    beside = path.with_name(f"{path.name}.rescued-{os.getpid()}")
    for place in (path, beside, Path(tempfile.gettempdir()) / beside.name):
        if _copied(connection, place):
            return StateError(
                f"{path} was {how} while a run wrote it; what it held is in {place}",
                remedy=f"Go on with `minusnow-setup resume --state {place}`.",
            )
    return StateError(
        f"{path} was {how} while a run wrote it, and what it held could be written nowhere",
        remedy="Start again with `minusnow-setup apply SITE --state NEW`: what is right on the"
        " hosts is found and kept.",
    )


def _copied(connection: sqlite3.Connection, place: Path) -> bool:
    """Write a whole copy, 0600, onto no file that is there; whether that was possible."""
    try:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    except OSError:
        return False
    try:
        copy = sqlite3.connect(place, isolation_level=None)
        try:
            connection.backup(copy)
            copy.execute("DELETE FROM owner")  # the run ends here
        finally:
            copy.close()
    except sqlite3.Error:
        with suppress(OSError):
            place.unlink()
        return False
    return True
