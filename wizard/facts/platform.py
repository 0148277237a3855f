"""What distributions call things: the only place that knows package, unit and path names."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """The two families of distributions that are supported."""

    DEBIAN = "debian"
    RHEL = "rhel"
