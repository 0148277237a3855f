"""Pictures of every screen and of the main dialogs at 80x24 and 160x45, dark and light.

They are kept beside this file and renewed with `--snapshot-update`. One walk takes them all: on
simulated hosts, with clocks and calendars that stand still.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped] # as shipped
from textual.widgets import DataTable

from screens.app import SetupApp
from screens.dialogs.confirm import Confirm
from screens.dialogs.failure import FailureCard
from screens.dialogs.pick import Pick
from screens.dialogs.reading import Reading
from screens.draft import Draft
from screens.widgets.plain import Plain
from screens.widgets.step_tree import StepTree
from screens.work import work_of
from tests.screens.still import failed, half_way, stand_still
from tests.screens.waiting import shown, until
from wizard.run.simulated.hosts import SimulatedFleet

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion
    from textual.pilot import Pilot

SIZES = ((80, 24), (160, 45))
THEMES = ("dark", "light")
FORMS = (
    "welcome",
    "topology",
    "access",
    "networking",
    "database",
    "balancer",
    "storage",
    "cache",
    "application",
    "licensing",
)


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves by itself."""
    stand_still(monkeypatch)


@dataclass
class Album:
    """The pictures of one walk; those that are not as they were are gathered, not the first one."""

    pilot: Pilot[int]
    setup: SetupApp
    kept: SnapshotAssertion
    other: list[str] = field(default_factory=list)
    patience: int = 120  # further looks, of all pictures together

    async def take(self, name: str) -> None:
        """Take what is on the screen, dark and light."""
        # The theme that is there first: another one restyles everything, at every picture.
        for theme in sorted(THEMES, key=lambda name: self.setup.theme != f"textual-{name}"):
            self.setup.theme = f"textual-{theme}"
            await self.pilot.pause()
            await self.pilot.pause()
            while not self._same(f"{name}-{theme}"):
                if not self.patience:
                    self.other.append(f"{name}-{theme}")
                    break
                # A loaded machine may not have drawn everything yet.
                self.patience -= 1
                await self.pilot.pause(0.25)

    def _same(self, name: str) -> bool:
        return bool(self.setup.export_screenshot(title="minusnow-setup") == self.kept(name=name))

    async def settled(self) -> None:
        """Wait until workers have told what they found."""
        await self.setup.workers.wait_for_complete()
        await self.pilot.pause()

    async def close(self) -> None:
        """Close the dialog that is open."""
        await self.pilot.press("escape")
        await until(self.pilot, lambda: len(self.setup.screen_stack) == 1, "the dialog is closed")

    def said(self, part: str = ".said") -> str:
        """The sentence at the top of the screen, or in another part of it."""
        found = self.setup.step.query(part)
        return found.first(Plain).words if found else ""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen(
    site_file: Path, snapshot: SnapshotAssertion, size: tuple[int, int]
) -> None:
    """The forms, Review with its plan, Preflight, Install under way and failed, Done."""
    setup = SetupApp(Draft.open(Path(site_file.name)), simulation=SimulatedFleet(pace=0))
    setup.animation_level = "none"
    async with setup.run_test(size=size) as pilot:
        album = Album(pilot, setup, snapshot.use_extension(SVGImageExtension))
        await album.settled()
        for place in FORMS:
            await setup.go(place)
            await album.settled()
            await album.take(place)
        await _dialogs(album)
        await _refused(album)
        await _run(album)
        assert not album.other, "these pictures are not as they were"


async def _dialogs(album: Album) -> None:
    pilot, setup = album.pilot, album.setup
    await setup.go("topology")
    await album.settled()
    await pilot.press("r")
    hosts = len(setup.host_entries())
    await until(pilot, lambda: len(setup.live.facts) == hosts and not setup.live.probing, "probed")
    await album.settled()
    await album.take("topology-probed")
    await pilot.press("p")
    await shown(pilot, setup, Pick)
    await album.take("presets")
    await album.close()
    await pilot.press("f1")
    await shown(pilot, setup, Reading)
    await album.take("help")
    await album.close()


async def _refused(album: Album) -> None:
    pilot, setup = album.pilot, album.setup
    setup.change({"topology.hosts[5].address": "10.0.2.10"})
    await album.settled()
    await album.take("topology-refused")
    await pilot.press("w")
    await shown(pilot, setup, Reading)
    await album.take("why-refused")
    await album.close()
    setup.action_undo()
    setup.clear_notifications()
    setup.change({"networking.domain": "no domain"})
    await setup.go("networking")
    await album.settled()
    await pilot.press("tab")
    await pilot.pause()
    await album.take("networking-wrong")
    await pilot.press("f4")
    await shown(pilot, setup, Pick)
    await album.take("problems")
    await album.close()
    setup.action_undo()
    setup.clear_notifications()


async def _run(album: Album) -> None:
    pilot, setup = album.pilot, album.setup
    await setup.go("install")
    await until(pilot, lambda: "following" in album.said(".which"), "the first look at the run")
    await album.settled()
    await album.take("install-before")
    await setup.go("review")
    await album.settled()
    await album.take("review")
    work = work_of(setup)
    await pilot.press("l")
    await until(pilot, lambda: work.plan is not None and not work.busy, "the plan")
    await until(pilot, lambda: "changes" in album.said(), "the plan is shown")
    await album.settled()
    await album.take("review-plan")
    await pilot.press("i")
    await shown(pilot, setup, Confirm)
    await album.take("consent")
    await album.close()
    await setup.go("preflight")
    await until(pilot, lambda: setup.step.query_one(DataTable).row_count, "the answers")
    await album.settled()
    await album.take("preflight")
    await setup.go("install")
    half_way(work)
    setup.step.live_changed()
    await until(pilot, lambda: "gone" in album.said(), "it is under way")
    setup.step.query_one(StepTree).focus()
    await pilot.pause()
    await album.take("install")
    failed(work)
    setup.step.live_changed()
    await shown(pilot, setup, FailureCard)
    await album.take("failure")
    await album.close()
    loaded = setup.draft.loaded()
    assert loaded
    assert work.plan
    work.agreed = work.plan.fingerprint
    work.install(loaded)
    await until(pilot, lambda: work.proof and not work.busy, "the proof")
    await setup.go("done")
    await until(pilot, lambda: setup.step.query_one(DataTable).row_count, "the proof is shown")
    await album.settled()
    await album.take("done")


async def test_without_colour(
    site_file: Path, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every state can be read from its sign."""
    monkeypatch.setenv("NO_COLOR", "1")
    setup = SetupApp(Draft.open(Path(site_file.name)))
    async with setup.run_test(size=SIZES[0]) as pilot:
        await pilot.pause()
        setup.change({"networking.domain": "not a domain"})
        await setup.go("networking")
        await setup.workers.wait_for_complete()
        await pilot.press("tab")
        await pilot.pause()
        picture = setup.export_screenshot(title="minusnow-setup")
    assert picture == snapshot(extension_class=SVGImageExtension)
