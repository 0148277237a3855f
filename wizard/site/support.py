"""Until when the makers of Node.js and PostgreSQL support the versions a site may ask for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from wizard.site.layout import Rule, Warning_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.site.model import Site

NODE_ENDS = {20: date(2026, 4, 30), 22: date(2027, 4, 30), 24: date(2028, 4, 30)}
"""Last day of support by major version (Node.js release schedule)."""
POSTGRESQL_ENDS = {
    13: date(2025, 11, 13),
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
"""Day of the final release by major version (PostgreSQL versioning policy)."""


def out_of_support(site: Site, today: date) -> tuple[Warning_, ...]:
    """Notes on versions without security fixes; they need not be acknowledged."""
    return tuple(_out_of_support(site, today))


def _out_of_support(site: Site, today: date) -> Iterator[Warning_]:
    node, postgresql = site.application.node, site.database.version
    if today > NODE_ENDS[node]:
        supported = max(NODE_ENDS)
        yield Warning_(
            Rule(
                "node-out-of-support",
                "a supported version",
                f"Node.js {node} is out of support since {NODE_ENDS[node]}.",
                "Holes found from now on stay open.",
                f"Use application.node {supported} as soon as the release runs on it.",
            ),
            (),
            f"application.node is {node}",
        )
    if today > POSTGRESQL_ENDS[postgresql]:
        yield Warning_(
            Rule(
                "postgresql-out-of-support",
                "a supported version",
                f"PostgreSQL {postgresql} is out of support since {POSTGRESQL_ENDS[postgresql]}.",
                "Holes found from now on stay open.",
                "Use a newer database.version for a new installation.",
            ),
            (),
            f"database.version is {postgresql}",
        )
