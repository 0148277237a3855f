"""Which operating system a host runs, from /etc/os-release."""

from __future__ import annotations

import shlex

from wizard.facts.host import OperatingSystem
from wizard.facts.platform import family_of

SCRIPT = "show /etc/os-release || show /usr/lib/os-release"


def parse(text: str) -> OperatingSystem:
    """Return what os-release(5) says; fields that are missing are empty."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            fields[name] = _unquoted(value)
    distribution = fields.get("ID", "").lower()
    return OperatingSystem(
        id=distribution,
        version=fields.get("VERSION_ID", ""),
        codename=fields.get("VERSION_CODENAME", ""),
        pretty=fields.get("PRETTY_NAME", ""),
        family=family_of(distribution),
    )


def _unquoted(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:  # an odd quote: what is there is better than nothing
        return value.strip("\"'")
