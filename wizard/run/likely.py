"""What probably caused a failure, from what is known and from what was written; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.run.events import TaskFailed

# The first pattern that is found in what was seen and written decides.
_SIGNS: tuple[tuple[str, str], ...] = (
    (r"no space left|disk quota|not enough free space", "the disk of the host is full"),
    (r"could not get lock|dpkg was interrupted|is another process using", ("another package"
     " manager is at work on the host, or was cut off")),
    (r"temporary failure (in name )?resol|could not resolve|name or service not known",
     "the host cannot resolve a name: its DNS, or the name itself"),
    ((r"failed to fetch|404 +not found|unable to locate package|no match for argument"
     r"|cannot download|failed to download|is not signed"),
     "a package source does not answer or lacks the package"),
    (r"no pg_hba\.conf entry", "the primary's pg_hba.conf was changed by hand"),
    (r"password authentication failed|wrongpass|noauth", ("a password on the host is not the one"
     " in the keyring")),
    (r"address already in use|bind: ", "another program holds the port"),
    (r"no route to host|network is unreachable|connection timed out|timed out",
     "a firewall or the network between the hosts"),
    (r"connection refused", "the service it talks to is not running yet, or not there"),
    (r"certificate|ssl routines", "a certificate is not the one that is expected"),
    (r"permission denied|operation not permitted|read-only file system",
     "the host forbids it: rights, a security module, or a read-only file system"),
    (r"out of memory|cannot allocate memory|killed", "the host ran out of memory"),
)  # fmt: skip
_KINDS = {
    "ConnectionLost": "the host went down or the network was cut",
    "ConnectionFailed": "the host is down, or its SSH server or firewall changed",
    "CommandSilent": "the command hangs: a prompt, a lock, or a source that does not answer",
    "RefusedOnHost": "something of value is there already; it is left as it is",
    "StateError": "this machine's disk is full or read-only",
}


def likely(failure: TaskFailed) -> str:
    """Return the likely cause in words, "" if nothing points to one."""
    if failure.error in _KINDS:
        return _KINDS[failure.error]
    words = "\n".join((failure.seen, *failure.lines)).lower()
    return next((cause for pattern, cause in _SIGNS if re.search(pattern, words)), "")
