"""Before the program ends, or another site is begun: what is running is not dropped unasked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from screens.dialogs.confirm import Confirm

if TYPE_CHECKING:
    from screens.app import SetupApp

_WAIT = 0.1  # seconds between two looks whether it has ended


async def may_end(setup: SetupApp) -> bool:
    """Whether nothing is running; what is running is stopped if a person says so."""
    work = setup.live.work
    if work is None or not work.busy:
        return True
    question = Confirm(
        "Still at work",
        f"Now: {work.busy}. If it is stopped, what runs on the hosts is ended; everything that is"
        " done stays, and `minusnow-setup resume` goes on from there.",
        [("stay", "Stay"), ("stop", "Stop it")],
    )
    if await setup.push_screen_wait(question) != "stop":
        return False
    work.cancel()
    while work.busy:  # noqa: ASYNC110 - a thread ends it, and no event loop hears of that
        await asyncio.sleep(_WAIT)
    return True
