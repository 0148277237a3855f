"""Which host is the database primary once hosts or roles are others; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.draft import Draft


def moved_primary(draft: Draft, hosts: Sequence[dict[str, object]]) -> str:
    """The database host that has to take over with these hosts; "" if the primary stays.

    It stays, too, when no database host is left: the next one that gets the role takes over.
    """
    primary = draft.value("database.primary")
    names = [
        str(host["name"])
        for host in hosts
        if host.get("name") and isinstance(roles := host.get("roles"), list) and "database" in roles
    ]
    if primary is None or not names or str(primary).lower() in [name.lower() for name in names]:
        return ""
    return names[0]
