"""What both balancer programs need to know of the app servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.site.cache import CacheKind
from wizard.site.topology import Mode, Role

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts
    from wizard.site.model import Site

_NUMBERS = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)*)")


def servers(site: Site) -> list[dict[str, object]]:
    """Return the app servers; the mode decides, for every balancer alike, who is a backup."""
    passive = site.topology.mode is Mode.ACTIVE_PASSIVE
    return [
        {
            "name": app.name,
            "address": f"[{app.address}]" if ":" in app.address else app.address,
            "port": site.application.port,
            "backup": passive and index > 0,
        }
        for index, app in enumerate(site.hosts_with(Role.APP))
    ]


def sticky(site: Site) -> bool:
    """Tell whether users have to stay on one server, because sessions are not shared."""
    return site.cache.kind is CacheKind.NONE


def version(facts: HostFacts, package: str, default: str) -> tuple[int, ...]:
    """Return a program's version as numbers: of what is installed, or would be, or `default`."""
    match = _NUMBERS.match(facts.version_of(package) or default)
    return tuple(int(part) for part in match.group(1).split(".")) if match else ()


def has_ipv6(facts: HostFacts) -> bool:
    """Tell whether the host has IPv6 at all; a bind to it fails otherwise."""
    return any(":" in interface.address for interface in facts.interfaces)
