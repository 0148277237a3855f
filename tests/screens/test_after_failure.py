"""Every choice on the card of a failure, on simulated hosts: folders of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Button, Input

from screens.app import SetupApp
from screens.dialogs.ask_text import AskText
from screens.dialogs.confirm import Confirm
from screens.dialogs.failure import FailureCard
from screens.dialogs.pick import Pick
from screens.draft import Draft
from screens.progress import Progress
from screens.widgets.plain import Plain
from screens.work import work_of
from tests.screens.failing_hosts import (
    FailingFleet,
    agree,
    another,
    break_on,
    choose,
    ended,
    failed,
    said,
    text_of,
)
from tests.screens.waiting import shown, until
from wizard.run.events import TaskFailed, TaskLeftOut
from wizard.run.report import gather
from wizard.run.simulated.hosts import SimulatedFleet
from wizard.run.skips import Skip

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.site.model import Site


@pytest.fixture
def fleet(tmp_path: Path) -> FailingFleet:
    """Simulated hosts in a folder."""
    folder = tmp_path / "hosts"
    folder.mkdir()
    return FailingFleet(folder)


@pytest.fixture
def ready(setup: SetupApp, fleet: FailingFleet) -> SetupApp:
    """The wizard with a complete site whose warnings are accepted, on simulated hosts."""
    work_of(setup).opener = fleet.open
    return setup


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_an_answer_is_edited_and_only_what_rests_on_it_is_redone(
    ready: SetupApp, fleet: FailingFleet, site_file: Path, size: tuple[int, int]
) -> None:
    """From the card to the field, back with F9, the list of what is redone, consent, done."""
    break_on(fleet, "cache1")
    async with ready.run_test(size=size) as pilot:
        work = await failed(pilot, ready)
        assert "another program holds the port" in text_of(ready)
        await choose(pilot, ready, "edit")
        await shown(pilot, ready, Pick)
        await pilot.press("enter")
        await until(pilot, lambda: ready.here == "cache", "the screen of the answer")
        box = ready.step.query_one("#field-cache-port Input", Input)
        await until(pilot, lambda: box.has_focus, "the cursor at the answer")
        await pilot.press("end", *["backspace"] * 4, *"6390")
        await until(pilot, lambda: ready.draft.value("cache.port") == 6390, "the new answer")
        await pilot.press("f9")
        await shown(pilot, ready, Confirm, "changed answers")
        assert "cache.port: " in text_of(ready)
        assert "→ 6390" in text_of(ready)
        await pilot.press("enter")
        words = await agree(pilot, ready, "left to do")
        again, _, rest = words.partition("Still to be done:")
        assert "app1 · Step application" in again
        assert "cache1 · Step redis" in rest
        assert "app1 · Step service" in rest
        assert "mounts" not in words
        await ended(pilot, work)
        assert work.result
        assert work.result.outcome == "done"
        assert {"application@app1", "redis@cache1", "service@app1"} <= set(work.result.done)
        assert not work.editing
    assert (fleet.folder / "app1" / "env").read_text() == "port 6390\n"
    assert (fleet.folder / "app1" / "ran").read_text() == "run\n"
    report = gather(site_file.with_suffix(".state"), lines=0)
    assert not report.broken
    assert [run.outcome for run in report.runs] == ["failed", "done"]
    assert "6390" in report.record.text


async def test_nothing_is_redone_without_consent(ready: SetupApp, fleet: FailingFleet) -> None:
    """Back without a change asks too; "Not yet" does nothing, and i asks again later."""
    break_on(fleet, "cache1")
    async with ready.run_test() as pilot:
        work = await failed(pilot, ready)
        await choose(pilot, ready, "edit")
        await shown(pilot, ready, Pick)
        await pilot.press("enter")
        await until(pilot, lambda: ready.here == "cache", "the screen of the answer")
        await pilot.press("f9")
        await shown(pilot, ready, Confirm, "Retry?")
        await pilot.press("right", "enter")
        await until(pilot, lambda: not isinstance(ready.screen, Confirm), "the screen again")
        assert ready.here == "install"
        assert not work.busy
        ready.change({"cache.port": 6390})
        await pilot.press("i")
        await shown(pilot, ready, Confirm, "changed answers")
        await pilot.press("enter")
        await shown(pilot, ready, Confirm, "left to do")
        await pilot.press("enter")
        await until(pilot, lambda: not work.busy, "the end of the run")
        assert work.unfinished
    assert (fleet.folder / "app1" / "env").read_text() == "port 6379\n"


async def test_a_look_in_between_does_not_hide_what_was_changed(
    ready: SetupApp, fleet: FailingFleet, site_file: Path
) -> None:
    """The new plan was seen under Review; the answers are shown and saved all the same."""
    break_on(fleet, "cache1")
    async with ready.run_test() as pilot:
        work = await failed(pilot, ready)
        await choose(pilot, ready, "stop")
        ready.change({"cache.port": 6390})
        await ready.go("review")
        await pilot.press("l")
        await until(pilot, lambda: not work.busy and work.current() and work.plan, "a new plan")
        await ready.go("install")
        await pilot.press("i")
        await shown(pilot, ready, Confirm, "changed answers")
        await pilot.press("enter")
        await agree(pilot, ready, "left to do")
        await ended(pilot, work)
        assert not ready.draft.dirty
    assert "6390" in text_in(site_file)
    assert gather(site_file.with_suffix(".state"), lines=0).runs[-1].command == "apply"


def text_in(path: Path) -> str:
    """What stands in a file."""
    return path.read_text()


async def test_a_step_is_skipped_with_a_reason(
    ready: SetupApp, fleet: FailingFleet, site_file: Path
) -> None:
    """What follows stands there first; the reason is kept, and the run comes to its end."""
    break_on(fleet, "lb1")
    async with ready.run_test() as pilot:
        work = await failed(pilot, ready)
        assert "lb1 keeps its rules." in text_of(ready)
        await choose(pilot, ready, "skip")
        await shown(pilot, ready, AskText, "Skip firewall@lb1")
        assert "firewall-confirmed@lb1" in text_of(ready)
        await pilot.press("enter")
        assert isinstance(ready.screen, AskText), "a reason is needed"
        await pilot.press(*"cloud", "enter")
        await until(
            pilot,
            lambda: (
                (not work.busy and work.result and work.result.outcome == "done")
                or isinstance(ready.screen, Confirm)
            ),
            "the list of what is left, or the end",
        )
        if isinstance(ready.screen, Confirm):
            words = await agree(pilot, ready, "left to do")
            assert "lb1 · Step firewall: cloud" in words
        await ended(pilot, work)
        assert work.result
        assert work.result.outcome == "done"
        assert work.result.left_out == ("firewall@lb1", "firewall-confirmed@lb1")
        await until(pilot, lambda: "2 skipped" in said(ready), "the skips at the top")
        assert work.progress.steps["firewall@lb1"].state == "skipped"
        await ready.go("done")
        assert "cloud" in ready.step.query_one(".after Plain", Plain).words
    report = gather(site_file.with_suffix(".state"), lines=0)
    assert not report.broken
    skips = [one.event for one in report.happened if isinstance(one.event, TaskLeftOut)]
    assert [(one.task, one.reason) for one in skips] == [
        ("firewall@lb1", "cloud"),
        ("firewall-confirmed@lb1", "cloud"),
    ]
    assert all(one.operator for one in skips)


async def test_what_others_need_is_not_skipped(ready: SetupApp, fleet: FailingFleet) -> None:
    """The card says who needs it, and has no such button."""
    break_on(fleet, "cache1")
    async with ready.run_test() as pilot:
        await failed(pilot, ready)
        assert "not possible: needed by Step service on app1" in text_of(ready)
        assert not ready.screen.query("#answer-skip")


async def test_without_a_reason_nothing_is_skipped(ready: SetupApp, fleet: FailingFleet) -> None:
    """Escape leads back to the card."""
    break_on(fleet, "lb1")
    async with ready.run_test() as pilot:
        work = await failed(pilot, ready)
        await choose(pilot, ready, "skip")
        await shown(pilot, ready, AskText)
        await pilot.press("escape")
        await shown(pilot, ready, FailureCard)
        assert not work.skips


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_a_long_card_keeps_its_choices_in_sight(
    setup: SetupApp, size: tuple[int, int]
) -> None:
    """Six buttons and many long lines at 80x24: the arrows scroll the words."""
    failure = TaskFailed(
        host="lb1",
        task="firewall@lb1",
        title="firewall rules",
        error="CommandFailed",
        seen="it ended with status 1\n" + "a long diff " * 40,
        remedy="Read its last lines, then go on with `minusnow-setup resume`.",
        lines=tuple(f"line {number} " + "of much text " * 12 for number in range(20)),
    )
    progress = Progress(failures=[failure, failure])
    skip = Skip(task="firewall@lb1", follows="lb1 keeps the firewall rules it has.")
    async with setup.run_test(size=size) as pilot:
        setup.push_screen(FailureCard(progress, "acme.state", skip=skip))
        await shown(pilot, setup, FailureCard)
        buttons = list(setup.screen.query(Button))
        assert len(buttons) == 6
        dialog = setup.screen.query_one(".dialog").region
        for button in buttons:
            assert dialog.contains_region(button.region), button.id
        words = setup.screen.query_one(".dialog-text")
        await pilot.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        await until(pilot, lambda: words.scroll_y == words.max_scroll_y, "the end of the words")
        assert "resume" not in text_of(setup)


async def test_several_failures_are_shown_one_after_the_other(
    ready: SetupApp, fleet: FailingFleet
) -> None:
    """Each with its own choices; the last one leads back to the first."""
    break_on(fleet, "lb1", "lb2")
    async with ready.run_test() as pilot:
        work = await failed(pilot, ready)
        count = len(work.progress.failures)
        seen = []
        for number in range(count + 1):
            card = ready.screen
            assert isinstance(card, FailureCard)
            seen.append(card.failure.host)
            if number < count and count > 1:
                await choose(pilot, ready, "next")
                await another(pilot, ready, card)
        assert seen[0] == seen[-1]
        assert len(set(seen)) == count


async def test_a_shell_comes_back_to_the_card(
    ready: SetupApp, fleet: FailingFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is opened on the host of the failure."""
    opened: list[str] = []

    def open_shell(_setup: SetupApp, _site: Site, name: str) -> str:
        opened.append(name)
        return ""

    monkeypatch.setattr("screens.after_failure.open_shell", open_shell)
    break_on(fleet, "cache1")
    async with ready.run_test() as pilot:
        await failed(pilot, ready)
        first = ready.screen
        await choose(pilot, ready, "shell")
        await another(pilot, ready, first)
    assert opened == ["cache1"]


async def test_stop_keeps_the_state_and_the_card_comes_back(
    ready: SetupApp, fleet: FailingFleet, site_file: Path
) -> None:
    """The key x shows it again; after a repair i goes on with what is left."""
    break_on(fleet, "cache1")
    async with ready.run_test() as pilot:
        work = await failed(pilot, ready)
        await choose(pilot, ready, "stop")
        await until(pilot, lambda: len(ready.screen_stack) == 1, "the screen")
        assert "the state is kept" in said(ready)
        assert site_file.with_suffix(".state").exists()
        await pilot.press("x")
        await shown(pilot, ready, FailureCard)
        await choose(pilot, ready, "stop")
        await until(pilot, lambda: len(ready.screen_stack) == 1, "the screen")
        (fleet.folder / "cache1" / "fails").unlink()
        await pilot.press("i")
        words = await agree(pilot, ready, "left to do")
        assert "cache1 · Step redis" in words
        await ended(pilot, work)
        assert work.result
        assert work.result.outcome == "done"


async def test_the_whole_plan_goes_on_after_an_edit_and_a_skip(site_file: Path) -> None:
    """Every step of a real site, on hosts that remember: two failures, an answer, a reason."""
    fleet = SimulatedFleet(pace=0, failing={"redis@cache1"})
    app = SetupApp(Draft.open(site_file), simulation=fleet)
    async with app.run_test(size=(160, 45)) as pilot:
        work = await failed(pilot, app)
        assert "cache1 · Redis" in text_of(app)
        assert "needed by" in text_of(app)
        fleet.failing.add("service@app2")  # not before: which one is told first is a race
        await choose(pilot, app, "edit")
        await shown(pilot, app, Pick)
        await pilot.press("enter")
        await until(pilot, lambda: app.here == "cache", "the screen of the answer")
        app.change({"cache.port": 6390})
        await pilot.press("f9")
        await shown(pilot, app, Confirm, "changed answers")
        await pilot.press("enter")
        words = await agree(pilot, app, "left to do")
        assert "cache1 · Redis" in words
        assert "packages of all roles" not in words
        await shown(pilot, app, FailureCard, "app2 · MinusNow service")
        await choose(pilot, app, "skip")
        await shown(pilot, app, AskText)
        await pilot.press(*"later", "enter")
        words = await agree(pilot, app, "left to do")
        assert "app2 · MinusNow service: later" in words
        await until(
            pilot,
            lambda: work.result and work.result.outcome == "done" and not work.busy,
            "the end of the run",
        )
        assert work.result
        assert work.result.left_out == ("service@app2",)
    report = gather(site_file.with_suffix(".simulated.state"), lines=0)
    assert not report.broken
    status = {record.task: record.status for record in report.tasks}
    assert status.pop("service@app2") == "left out"
    assert set(status.values()) <= {"done", "skipped"}
