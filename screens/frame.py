"""What stands around every screen: the line at the top and the list at the side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.flow import FLOW
from screens.run_signs import AGAIN, BAD, GOOD, OPEN, PLACES, run_sign
from screens.widgets.side_list import Line

if TYPE_CHECKING:
    from screens.app import SetupApp
    from screens.draft import Draft
    from screens.place import Place

WIDE = 120  # columns; from here on screens have something beside them
_NARROWEST = 20  # columns of the line at the top
_BETWEEN = " · "


def headline(setup: SetupApp) -> str:
    """Return the line at the top: the site, whether it is saved, and how far one is."""
    width = max(setup.size.width - 2, _NARROWEST)
    draft = setup.draft
    count = len(draft.problems) if setup.chosen else 0
    left_open = f"{count} open: F4 · " if count else ""
    where = f"{left_open}{FLOW.index(setup.place) + 1} of {len(FLOW)}"
    where = where if setup.size.width < WIDE else f"^p finds every action · {where}"
    begun = _begun(draft) if setup.chosen else "installs MinusNow, and proves it"
    simulated = "SIMULATED HOSTS · " if setup.simulation else ""
    left = f"minusnow-setup   {simulated}{begun}"
    room = width - len(where) - len(_BETWEEN)
    if len(left) > room:
        return f"{left[: room - 1]}…{_BETWEEN}{where}"
    return f"{left:<{width - len(where)}}{where}"


def _begun(draft: Draft) -> str:
    site = str(draft.value("site") or "new site")
    purpose = str(draft.value("purpose") or "production")
    return f"{site} · {purpose}{' · not saved' if draft.dirty else ''}"


def side_lines(setup: SetupApp) -> list[Line]:
    """Return a line for every screen of the way."""
    limit = setup.limit
    return [_line(setup, place, can_go=number < limit) for number, place in enumerate(FLOW)]


def _line(setup: SetupApp, place: Place, *, can_go: bool) -> Line:
    wrong = setup.chosen and bool(place.problems(setup.draft))
    visited, live = place.id in setup.visited, setup.live
    if place.id == setup.here:
        sign, style = "▸", "bold"
    elif wrong and visited:
        sign, style = BAD
    elif (
        place.id in PLACES
        and (known := run_sign(place.id, live.work, setup.draft.text, live.before)) != OPEN
    ):
        sign, style = known
    elif place.id in setup.affected:
        sign, style = AGAIN
    elif visited and not wrong and place.id not in PLACES:
        sign, style = GOOD
    else:
        sign, style = OPEN[0], OPEN[1] if can_go else "dim"
    return Line(place.id, place.title, sign, style, can_go)
