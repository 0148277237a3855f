"""Licences that come to their end: warned of 90, 30 and 7 days ahead; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from wizard.site.licensing import Licence
    from wizard.site.model import Site

WARNED = (7, 30, 90)
"""Days ahead of a renewal at which it is pointed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A licence that ends soon or has ended."""

    component: str
    words: str  # "to be renewed on 2027-06-30, within 30 days"
    ended: bool
    owner: str | None

    @property
    def sentence(self) -> str:
        """What to read about it, with who looks after it."""
        who = f" ({self.owner})" if self.owner else ""
        return f"licence of {self.component.replace('_', ' ')}: {self.words}{who}"


def due(day: date, today: date) -> str:
    """Return in words that a licence has ended or ends within 90, 30 or 7 days; "" if not yet."""
    left = (day - today).days
    if left < 0:
        return f"ended on {day}"
    near = next((days for days in WARNED if left <= days), None)
    return f"to be renewed on {day}, within {near} days" if near else ""


def renewals(site: Site, today: date) -> tuple[Renewal, ...]:
    """Return the licences of a site that have ended or come to their end, the next one first."""
    held: dict[str, Licence] = {
        "MinusNow": site.licensing.minusnow,
        **site.licensing.components.recorded(),
    }
    found = [
        (one.renewal, name, one.owner)
        for name, one in held.items()
        if one.renewal and due(one.renewal, today)
    ]
    return tuple(
        Renewal(component=name, words=due(day, today), ended=day < today, owner=owner)
        for day, name, owner in sorted(found, key=lambda one: one[:2])
    )
