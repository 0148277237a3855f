"""Which screens that were seen have to be looked at again after a change; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.flow import FLOW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from screens.place import Place


def look_again(seen: Collection[str], before: object, after: object) -> list[Place]:
    """The places, of those with these ids, that depend on what differs between two site files."""
    paths = tuple(changed_paths(before, after))
    return [one for one in FLOW if one.id in seen and any(map(one.depends_on, paths))]


def changed_paths(before: object, after: object, path: str = "") -> Iterator[str]:
    """Every answer that is another one; a list that is longer or shorter counts as a whole."""
    if before == after:
        return
    if isinstance(before, dict) or isinstance(after, dict):
        # A section that came or went is all of its answers.
        old, new = (one if isinstance(one, dict) else {} for one in (before, after))
        for key in dict.fromkeys((*old, *new)):
            inside = f"{path}.{key}" if path else str(key)
            yield from changed_paths(old.get(key), new.get(key), inside)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (old_one, new_one) in enumerate(zip(before, after, strict=True)):
            yield from changed_paths(old_one, new_one, f"{path}[{place}]")
    else:
        yield path
