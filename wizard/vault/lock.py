"""A lock on a file, so that two processes never change the same secrets at once."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wizard.errors import VaultError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATIENCE = 15.0  # seconds; who holds the lock writes one small file
_PAUSE = 0.02  # seconds between two tries


@contextmanager
def locked(path: Path, *, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold the lock at `path` (made if absent, 0600, its folder 0700) for the block.

    The lock belongs to the open file, so a process that dies, however it dies, gives it back.

    Raises:
        VaultError: another process keeps it for longer than `patience` seconds, or the file
            cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VaultError(
            f"the lock {path} cannot be made: {error.strerror}",
            remedy="Make its folder writable, or name another file with --keyring-file.",
        ) from error
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise VaultError(
                        f"another process has kept {path} locked for {patience:g} seconds",
                        remedy="Let it end, or end it, and try again.",
                    ) from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)
