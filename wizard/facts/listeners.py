"""Who listens on which TCP port, from `ss -Hltnp`."""

from __future__ import annotations

import re

from wizard.facts.host import Listener

SCRIPT = "ss -Hltnp"

_LINE = re.compile(r"LISTEN\s+\d+\s+\d+\s+(\S+):(\d{1,5})\s+\S+(?:\s+(.*))?", re.ASCII)
_PROCESS = re.compile(r'\(\("([^"]*)"', re.ASCII)


def parse(text: str) -> tuple[Listener, ...]:
    """Return the listeners; the process is "" for sockets of the kernel (NFS)."""
    found = []
    for line in text.splitlines():
        match = _LINE.match(line.strip())
        if not match or int(match[2]) > 65535:  # noqa: PLR2004 - the last port
            continue
        process = _PROCESS.search(match[3] or "")
        address = match[1].partition("%")[0].strip("[]")
        found.append(
            Listener(address=address, port=int(match[2]), process=process[1] if process else "")
        )
    return tuple(found)
