"""Pictures of review mode at 80x24 and 160x45, dark and light; renewed with `--snapshot-update`."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped] # as shipped

from screens.audit_view import ReviewApp
from screens.widgets.text_log import TextLog
from tests.run.state_story import made, story
from tests.screens.test_audit_view import text, title, until
from tests.screens.test_snapshots import SIZES, THEMES

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

_NIGHT = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
LOOKS = 120  # at a picture that may not be drawn to its end yet


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x45"])
async def test_the_story_of_a_run(
    folder: Path, snapshot: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    """Who did what, when, on which host, and that the chain is intact."""
    state = made(folder / "acme.state")
    state.take(
        [
            dataclasses.replace(event, time=_NIGHT + timedelta(seconds=number))
            for number, event in enumerate(story())
        ]
    )
    state.close()
    app = ReviewApp(Path("acme.state"))
    kept = snapshot.use_extension(SVGImageExtension)
    async with app.run_test(size=size) as pilot:
        app.theme = f"textual-{theme}"
        await until(pilot, lambda: "chain intact" in title(app))
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: "ops@10.0.0.9" in text(app) and "One: 1" in text(app))
        app.screen.query_one(TextLog).scroll_home(animate=False)
        for _ in range(LOOKS):
            await pilot.pause(0.05)
            if app.export_screenshot(title="minusnow-setup") == kept(name="events"):
                return
        raise AssertionError("the picture is not as it was")
