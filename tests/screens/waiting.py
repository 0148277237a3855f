"""Waiting for what a screen shows: for a condition, never for a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.widgets.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from screens.app import SetupApp

_LONGEST = 1200  # looks of a twentieth of a second; a loaded machine derives a key for seconds


async def until(pilot: Pilot[int], condition: Callable[[], object], what: str) -> None:
    """Return as soon as the condition holds; fail the test, saying what was waited for."""
    for _ in range(_LONGEST):
        await pilot.pause()
        if condition():
            return
        await pilot.pause(0.05)
    front = pilot.app.screen
    raise AssertionError(f"did not come about: {what}; in front: {front}, cursor: {front.focused}")


async def shown(pilot: Pilot[int], setup: SetupApp, kind: type, title: str = "") -> None:
    """Wait until a dialog of this kind, and with this title, is in front and takes keys."""

    def in_front() -> bool:
        screen = setup.screen
        if not isinstance(screen, kind) or not screen.is_mounted or screen.focused is None:
            return False
        titles = [one.words for one in screen.query(".dialog-title").results(Plain)]
        return bool(titles) and title in titles[0]

    await until(pilot, in_front, f"{kind.__name__} {title!r}")
