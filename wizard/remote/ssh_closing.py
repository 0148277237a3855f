"""Closing what may be gone already: over a jump host a goodbye is sent, and that can fail."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

import paramiko

CONNECTION_ERRORS = (OSError, EOFError, paramiko.SSHException)


class Closable(Protocol):
    """A channel, a transport, or a connection with all that it carries."""

    def close(self) -> None:
        """End it."""


def close_quietly(end: Closable) -> None:
    """Close it; that the other end is not there any more is no reason to fail.

    A connection through a jump host is a channel of that one's connection. When both break at the
    same moment, paramiko raises EOFError out of `close`, which would hide how the work had ended.
    """
    with suppress(*CONNECTION_ERRORS):
        end.close()
