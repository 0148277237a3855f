"""The passphrase of an encrypted keyring file, from a file or from an open descriptor."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from wizard.errors import VaultError

STANDARD_INPUT = Path("-")
_LONGEST = 64 * 1024  # bytes read at most


def from_file(path: Path) -> str:
    """Return the first line of the file, without its line end; `-` is standard input.

    A pipe or `/dev/fd/N` serves as well. A regular file must be readable by its owner only.

    Raises:
        VaultError: it cannot be read, others can read it, or there is nothing in it.
    """
    try:
        if path == STANDARD_INPUT:
            line = sys.stdin.buffer.readline(_LONGEST)
        else:
            with path.expanduser().open("rb") as file:
                status = path.expanduser().stat()
                if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
                    raise VaultError(
                        f"the passphrase file {path} can be read by others"
                        f" (mode {stat.S_IMODE(status.st_mode):04o})",
                        remedy=f"Run `chmod 600 {path}`; if others may have read it, change it.",
                    )
                line = file.readline(_LONGEST)
        if len(line) == _LONGEST:
            raise VaultError(
                f"the first line of the passphrase file {path} is longer than {_LONGEST} bytes",
                remedy="Name the file that holds the passphrase, in its first line.",
            )
        passphrase = line.decode().rstrip("\r\n")
    except OSError as error:
        raise VaultError(
            f"the passphrase file {path} cannot be read: {error.strerror}",
            remedy="Name a readable file with --keyring-passphrase-file.",
        ) from error
    except UnicodeDecodeError:
        raise VaultError(
            f"the passphrase file {path} is not text in UTF-8",
            remedy="Write the passphrase as its first line.",
        ) from None
    if not passphrase:
        raise VaultError(
            f"the passphrase file {path} is empty",
            remedy="Write the passphrase as its first line.",
        )
    return passphrase
