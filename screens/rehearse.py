"""Onto the practice fleet's network, which leads to its hosts: the wizard begins anew there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from screens.apart import apart
from wizard.errors import PracticeError
from wizard.practice.reach import out_of_reach, require_way

if TYPE_CHECKING:
    from pathlib import Path

    from screens.app import SetupApp

_ANEW = "Save, then choose Rehearse on practice hosts in Welcome: the wizard begins anew there."


async def is_away(setup: SetupApp, site: Path) -> bool:
    """Whether its hosts are practice hosts that are not reached from here."""
    return setup.simulation is None and await apart(lambda: out_of_reach(site))


async def no_way(site: Path) -> str:
    """Why the wizard cannot go on where the hosts are, and what to do; "" if it can."""
    if "TEXTUAL_DRIVER" in os.environ:  # of `minusnow-setup serve`: a page ends with its program
        return (
            "A page cannot go on to the practice hosts."
            f"\n  Serve their site file instead: minusnow-setup serve {site}"
        )
    try:
        await apart(require_way)
    except PracticeError as error:
        return str(error)
    return ""


def begin_anew(setup: SetupApp, site: Path) -> None:
    """End the screens, for the command line to begin anew on the fleet's network."""
    setup.copy.forget()  # a person was asked about what is not saved
    setup.rehearsal = site.absolute()
    setup.exit(0)


async def warn(setup: SetupApp) -> None:
    """Say it if the hosts of the current site are out of reach."""
    site = setup.draft.path
    if site is not None and await is_away(setup, site):
        tell(setup, await no_way(site) or _ANEW)


def tell(setup: SetupApp, words: str) -> None:
    """Show why the hosts are not reached."""
    title = "Practice hosts are out of reach"
    setup.notify(words, title=title, severity="warning", markup=False, timeout=10)
