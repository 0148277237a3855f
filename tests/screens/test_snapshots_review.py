"""Pictures of review mode at 80x24 and 160x45, dark and light; renewed with `--snapshot-update`."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped] # as shipped

from screens.audit_source import Source
from screens.audit_view import ReviewApp, ReviewScreen
from screens.widgets.text_log import TextLog
from tests.run.state_story import made, story
from tests.screens.site_text import SITE
from tests.screens.test_audit_view import text, title, until
from tests.screens.test_snapshots import SIZES, THEMES
from wizard.run.events import CheckAnswered, Event
from wizard.run.state import StateFile
from wizard.vault.store import Origin, SecretInfo

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

_NIGHT = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
LOOKS = 120  # at a picture that may not be drawn to its end yet

CHECKS: tuple[Event, ...] = (
    CheckAnswered(
        check="disk",
        host="app1",
        verdict="ok",
        seen="96 GB free on /",
        wanted="20 GB free on /",
        remedy="",
    ),
    CheckAnswered(
        check="cpus",
        host="app2",
        verdict="warning",
        seen="2 CPUs",
        wanted="4 CPUs",
        remedy="Give app2 two more CPUs, or accept that it is slower than app1.",
    ),
    CheckAnswered(
        check="reach",
        host="db2",
        verdict="failed",
        seen="no answer from 10.0.2.10:5432",
        wanted="an answer",
        remedy="Open port 5432 from db2 to db1.",
    ),
)
CHAPTERS = {  # the last words of each that are waited for
    "site": "active-active",
    "checks": "Open port 5432",
    "licences": "operating system",
    "secrets": "41 days",
}
SECRETS = (
    SecretInfo(
        "app_password",
        "Password of the application in the database",
        datetime.now(UTC) - timedelta(days=41, hours=1),
        Origin.GENERATED,
    ),
    SecretInfo(
        "smtp_password",
        "Login of the mail relay",
        datetime.now(UTC) - timedelta(hours=3, minutes=1),
        Origin.TYPED,
    ),
)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x45"])
async def test_the_story_of_a_run(
    folder: Path, snapshot: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    """Who did what, when, on which host, and that the chain is intact."""
    _kept(made(folder / "acme.state"), story())
    app = ReviewApp(Source(Path("acme.state")))
    async with app.run_test(size=size) as pilot:
        app.theme = f"textual-{theme}"
        await until(pilot, lambda: "chain intact" in title(app))
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: "ops@10.0.0.9" in text(app) and "One: 1" in text(app))
        app.screen.query_one(TextLog).scroll_home(animate=False)
        kept = snapshot.use_extension(SVGImageExtension)
        for _ in range(LOOKS):
            await pilot.pause(0.05)
            if app.export_screenshot(title="minusnow-setup") == kept(name="events"):
                return
        raise AssertionError("the picture is not as it was")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x45"])
async def test_chapters_of_a_site(
    folder: Path, snapshot: SnapshotAssertion, size: tuple[int, int]
) -> None:
    """What is wanted, what was asked of the hosts, licences, and how old the secrets are."""
    state = StateFile.create(
        folder / "acme.state", site_name="acme-itsm", site_text=SITE, site_path="/srv/acme.yaml"
    )
    first, plan, *rest = story()
    _kept(state, [first, *CHECKS, plan, *rest])
    app = ReviewApp(Source(Path("acme.state")), SECRETS)
    kept = snapshot.use_extension(SVGImageExtension)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "chain intact" in title(app))
        review = app.screen
        assert isinstance(review, ReviewScreen)
        other, looks = [], LOOKS  # further looks, of all pictures together
        for chapter, words in CHAPTERS.items():
            review.go(chapter)
            await until(pilot, partial(_shows, app, words))
            await pilot.pause(0.2)
            # The theme that is there first: another one restyles everything.
            for theme in sorted(THEMES, key=lambda one: app.theme != f"textual-{one}"):
                app.theme = f"textual-{theme}"
                await pilot.pause()
                await pilot.pause()
                while not _same(app, kept, f"{chapter}-{theme}"):
                    if not looks:
                        other.append(f"{chapter}-{theme}")
                        break
                    looks -= 1
                    await pilot.pause(0.05)
        assert not other, "these pictures are not as they were"


def _same(app: ReviewApp, kept: SnapshotAssertion, name: str) -> bool:
    return bool(app.export_screenshot(title="minusnow-setup") == kept(name=name))


def _shows(app: ReviewApp, words: str) -> bool:
    return words in text(app)


def _kept(state: StateFile, events: list[Event]) -> None:
    """Keep events, one a second, and close the file."""
    state.take(
        [
            dataclasses.replace(event, time=_NIGHT + timedelta(seconds=number))
            for number, event in enumerate(events)
        ]
    )
    state.close()
