"""A file that somebody edited by hand is accepted under Review before it may be replaced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Button, OptionList

from screens.dialogs.confirm import Confirm
from screens.dialogs.pick import Pick
from screens.widgets.plain import Plain
from screens.work import work_of
from tests.run.pieces import LocalFile, task
from tests.screens.simulated_hosts import SimulatedFleet
from tests.screens.test_install import looked, until
from wizard.run.edited import EditedReplaced
from wizard.run.report import gather

if TYPE_CHECKING:
    from pathlib import Path

    from screens.app import SetupApp
    from wizard.resources.resource import Change
    from wizard.vault.secret import Secrets

BY_HAND = "by hand"
PATH = "/etc/web.cfg"


@dataclass(frozen=True, kw_only=True)
class EditedFile(LocalFile):
    """A file in a folder whose author may have been somebody else."""

    @property
    def key(self) -> str:
        """As a file in its place on a host."""
        return f"file {PATH}"

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Write it; what was written by hand counts as edited since some day."""
        change = super().change(seen, secrets)
        hand = change is not None and seen.strip() == BY_HAND
        return replace(change, edited="2026-11-24T02:03:04Z") if change and hand else change


@pytest.fixture
def edited(setup: SetupApp, tmp_path: Path) -> SetupApp:
    """The wizard on simulated hosts; on lb1 and app1 somebody edited the file."""
    folder = tmp_path / "hosts"
    names = ("lb1", "lb2", "app1")
    for name in names:
        (folder / name).mkdir(parents=True)
    for name in ("lb1", "app1"):
        (folder / name / "web").write_text(f"{BY_HAND}\n")
    tasks = [task(f"web@{name}", EditedFile(name="web")) for name in names]
    work_of(setup).opener = SimulatedFleet(folder, tasks).open
    return setup


async def test_each_is_accepted_by_itself_then_it_is_replaced_and_on_record(
    edited: SetupApp, site_file: Path, tmp_path: Path
) -> None:
    """Nothing can be begun before; what was accepted is not asked again."""
    async with edited.run_test(size=(80, 24)) as pilot:
        work = await looked(pilot, edited)
        assert "2 files edited by hand" in edited.step.query_one(".said", Plain).words
        assert f"{PATH}@lb1" in edited.step.blocked()
        await pilot.press("i")
        await pilot.pause()
        assert not isinstance(edited.screen, Confirm)
        await pilot.press("a")
        for left in (2, 1):
            await until(pilot, lambda: isinstance(edited.screen, Pick))
            await until(
                pilot,
                lambda left=left: edited.screen.query_one(OptionList).option_count == left,  # type: ignore[misc]
            )
            await pilot.press("enter")
        await until(pilot, lambda: edited.step.blocked() == "")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(edited.screen, Confirm))
        await until(pilot, lambda: len(edited.screen.query(Button)) == 2)
        await pilot.press("right", "enter")
        await until(pilot, lambda: work.result is not None and not work.busy)
        assert work.result
        assert work.result.outcome == "done"
    assert (tmp_path / "hosts" / "lb1" / "web").read_text() == "right\n"
    report = gather(site_file.with_suffix(".state"), lines=None)
    told = [each.event for each in report.happened if isinstance(each.event, EditedReplaced)]
    assert {(each.host, each.path) for each in told} == {("lb1", PATH), ("app1", PATH)}


async def test_what_was_edited_since_the_look_is_asked_about_before_it_begins(
    edited: SetupApp, tmp_path: Path
) -> None:
    """The question names it; no changes nothing."""
    hosts = tmp_path / "hosts"
    for name in ("lb1", "app1"):
        (hosts / name / "web").unlink()
    async with edited.run_test(size=(80, 24)) as pilot:
        work = await looked(pilot, edited)
        await until(pilot, lambda: work.plan is not None and not work.busy)
        (hosts / "lb2" / "web").write_text(f"{BY_HAND}\n")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(edited.screen, Confirm))
        await until(pilot, lambda: len(edited.screen.query(Button)) == 2)
        await pilot.press("right", "enter")
        await until(pilot, lambda: edited.here == "install")
        await until(pilot, lambda: isinstance(edited.screen, Confirm))
        await until(pilot, lambda: len(edited.screen.query(Button)) == 2)
        words = "\n".join(plain.words for plain in edited.screen.query(Plain))
        assert "Edited by hand; replaced, and kept in /var/lib/minusnow-setup/replaced" in words
        assert f"lb2: {PATH}" in words
        await pilot.press("escape")
        await until(pilot, lambda: not work.busy)
    assert (hosts / "lb2" / "web").read_text() == f"{BY_HAND}\n"
    assert not (hosts / "lb1" / "web").exists()
