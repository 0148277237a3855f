"""Pictures of the screens at 80x24 and 160x45, dark and light; kept beside this file.

Left out are screens whose words depend on today's date or on the templates of configurations.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from textual.widgets import Input

from screens.app import SetupApp
from screens.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    class Compare(Protocol):
        """What pytest-textual-snapshot offers."""

        def __call__(
            self,
            app: SetupApp,
            *,
            terminal_size: tuple[int, int],
            run_before: Callable[[Pilot[int]], Awaitable[None]],
        ) -> bool:
            """Whether the picture is the one that is kept."""


SIZES = ((80, 24), (160, 45))
PLACES = ("welcome", "topology", "access", "networking", "storage", "cache", "licensing")


@pytest.fixture(autouse=True)
def _quiet_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that blinks would be in some pictures only."""
    monkeypatch.setattr(Input, "cursor_blink", False)


def _at(
    setup: SetupApp, place: str, *, theme: str = "textual-dark", changes: dict[str, object]
) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        setup.theme = theme
        if changes:
            setup.change(changes)
        await setup.go(place)
        await setup.workers.wait_for_complete()
        await pilot.pause()

    return before


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("place", PLACES)
def test_screen(setup: SetupApp, snap_compare: Compare, place: str, size: tuple[int, int]) -> None:
    """A complete site, as each screen shows it."""
    before = _at(setup, place, changes={})
    assert snap_compare(setup, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_refused_layout_in_light(
    setup: SetupApp, snap_compare: Compare, size: tuple[int, int]
) -> None:
    """Two databases on one machine, on a light background."""
    before = _at(
        setup,
        "topology",
        theme="textual-light",
        changes={"topology.hosts[5].address": "10.0.2.10"},
    )
    assert snap_compare(setup, terminal_size=size, run_before=before)


def test_without_colour(
    site_file: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every state can be read from its sign."""
    monkeypatch.setenv("NO_COLOR", "1")
    setup = SetupApp(Draft.open(Path(site_file.name)))

    async def before(pilot: Pilot[int]) -> None:
        await _at(setup, "networking", changes={"networking.domain": "not a domain"})(pilot)
        await pilot.press("tab")
        await pilot.pause()

    assert snap_compare(setup, terminal_size=SIZES[0], run_before=before)
