"""Which addresses a host has, from `ip -o addr`."""

from __future__ import annotations

import ipaddress
import re

from wizard.facts.host import Interface

SCRIPT = "ip -o addr show"

_LINE = re.compile(r"[0-9]+:\s+(\S+)\s+inet6?\s+(\S+)(?:\s+peer\s+\S+)?/([0-9]{1,3})\s", re.ASCII)
_PEER = re.compile(r"[0-9]+:\s+(\S+)\s+inet6?\s+(\S+)\s+peer\s+\S+/([0-9]{1,3})\s", re.ASCII)


def parse(text: str) -> tuple[Interface, ...]:
    """Return every address of every interface, link-local ones included."""
    found = []
    for line in text.splitlines():
        match = _PEER.match(line + " ") or _LINE.match(line + " ")
        if match and _is_address(match[2]):
            found.append(Interface(name=match[1], address=match[2], prefix=int(match[3])))
    return tuple(found)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
