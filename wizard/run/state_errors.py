"""What SQLite says about a state file, in words that say what to do."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wizard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESTORE = (
    "Put a copy of the file in its place, or move it away and start again with"
    " `minusnow-setup apply SITE --state NEW`: what is right on the hosts is found and kept. Add"
    " --break-lock if its run was killed: the hosts are locked for a run that only this file knows."
)
NOT_OURS = (
    f"Name another file. If it was one once, it is damaged: {RESTORE[0].lower()}{RESTORE[1:]}"
)
_ROOM = "Make room there, then go on with `minusnow-setup resume`."

# By SQLite's extended result code, where it tells more.
_EXACT = {
    sqlite3.SQLITE_IOERR_WRITE: (
        "cannot be written: the disk, or a limit of what you may write, does not let it",
        "See `quota`, `ulimit -f` and `dmesg`; then go on with `minusnow-setup resume`.",
    ),
}
# By the primary result code, which is the low byte of SQLite's extended codes.
_WORDS = {
    sqlite3.SQLITE_NOTADB: ("is not a state file of minusnow-setup", NOT_OURS),
    sqlite3.SQLITE_CORRUPT: ("is damaged", RESTORE),
    sqlite3.SQLITE_FULL: ("cannot be written: the disk is full", _ROOM),
    sqlite3.SQLITE_READONLY: (
        "cannot be written: it, or its folder, is read-only for you",
        "Change that, or look into it with `minusnow-setup review --state FILE`.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "See whether it exists and whether you may read it and its folder.",
    ),
    sqlite3.SQLITE_PERM: ("may not be used by you", "Ask its owner, or use sudo."),
    sqlite3.SQLITE_BUSY: ("is in use by another program", "Wait until that has ended."),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: the disk reports an error",
        "See `dmesg`, repair the disk, then go on with `minusnow-setup resume`.",
    ),
}


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside the block into a StateError about the file."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", -1)
        otherwise = (f"is damaged: {error}", RESTORE)
        seen, remedy = _EXACT.get(code) or _WORDS.get(code & 0xFF, otherwise)
        raise StateError(f"{path} {seen}", remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise StateError(f"{path} is damaged: a text in it is none", remedy=RESTORE) from error
    except OSError as error:
        raise StateError(
            f"{path} cannot be used: {error.strerror or error}",
            remedy="See whether it exists and whether you may use it and its folder.",
        ) from error
