"""What is wrong with a host's own answers, in a few words; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from screens.diagram import hosts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.draft import Draft
    from wizard.site.layout import Refusal

_HOST = re.compile(r"topology\.hosts\[(\d+)\](?:\.(.+))?")
_SAME = re.compile(r"the address of (\S+)$")


def named(path: str, draft: Draft) -> str:
    """A path as people speak of it: `db1: address` for `topology.hosts[4].address`."""
    match = _HOST.fullmatch(path)
    hosts = hosts_of(draft)
    if not match or int(match[1]) >= len(hosts):
        return path
    name = hosts[int(match[1])].get("name") or f"host {int(match[1]) + 1}"
    return f"{name}: {match[2]}" if match[2] else str(name)


def mark(draft: Draft, refused: Sequence[Refusal], place: int) -> str:
    """A sign and a few words for the host's line in the table; "" while nothing is wrong.

    What nobody has answered yet is not wrong yet.
    """
    path = f"topology.hosts[{place}]"
    for problem in draft.problems:
        if problem.path.startswith(f"{path}.") and draft.value(problem.path) is not None:
            if same := _SAME.search(problem.seen):
                return f"✗ same as {same[1]}"
            return f"✗ {problem.path.rpartition('.')[2].partition('[')[0]}"
    hosts = hosts_of(draft)
    name = hosts[place].get("name") if place < len(hosts) else None
    if any(name in one.hosts for one in refused):
        return "✗ refused: w"
    return ""
