"""Unpacking archives that the practice fleet has made itself."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def unpack(
    tarball: Path, into: Path, wanted: Callable[[str], bool] = lambda _name: True
) -> list[str]:
    """Unpack the members with a wanted name, and return their names."""
    with tarfile.open(tarball) as archive:
        members = [member for member in archive.getmembers() if wanted(member.name)]
        # Debian 12's Python 3.11.2 has no filters, and no argument for them either.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(into, members)  # noqa: S202 - its own archive
    return [member.name for member in members]
