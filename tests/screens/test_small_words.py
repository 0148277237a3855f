"""Words that have to be right in small things: counts, intervals, what is missing, what fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.command import CommandPalette
from textual.widgets import DataTable, OptionList
from textual.widgets._toast import Toast  # Textual has no public name for it

from screens.dialogs.failure import FailureCard
from screens.dialogs.pick import Pick
from screens.draft import Draft
from screens.edit_answers import answer_options
from screens.preflight import in_full
from screens.widgets.plain import Plain
from screens.widgets.side_list import SideList
from screens.widgets.step_tree import StepTree
from screens.work import work_of
from tests.screens.failing_hosts import FailingFleet, break_on, failed
from tests.screens.simulated_hosts import CLOCK, SimulatedFleet
from tests.screens.site_text import SITE
from tests.screens.test_wizard import LARGE, SMALL, to
from tests.screens.waiting import shown, until
from wizard.counted import counted
from wizard.run import events as e

if TYPE_CHECKING:
    from pathlib import Path

    from screens.app import SetupApp

_LONG = "packages of all roles of the host"


def told(setup: SetupApp) -> list[str]:
    """What was said in passing."""
    return [one.message for one in setup._notifications]  # noqa: SLF001 - Textual has no public way to list them


def test_one_thing_is_not_many() -> None:
    """1 warning, 2 warnings."""
    assert [counted(number, "warning") for number in (1, 2)] == ["1 warning", "2 warnings"]


async def test_a_single_warning_is_asked_about_in_the_singular(setup: SetupApp) -> None:
    """In the title of the list of warnings to accept."""
    async with setup.run_test(size=SMALL) as pilot:
        setup.change({"acknowledged": ["single-storage"]})
        await to(pilot, setup, "review")
        await pilot.press("a")
        await shown(pilot, setup, Pick, "1 warning to accept")


async def test_the_balancers_interval_is_the_one_that_is_written(setup: SetupApp) -> None:
    """What is said of HAProxy stands in its file, too."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "balancer")
        aside = setup.step.query_one(".aside-text", Plain)
        await until(pilot, lambda: "inter 2s" in aside.words, "the file")
        assert "asks /health every 2 seconds   notices" in aside.words


def test_present_answers_are_told_as_the_form_shows_them() -> None:
    """Yes and no, not True and False."""
    event = e.TaskFailed(
        host="db1", task="postgres@db1", title="It", error="CommandFailed", seen="", remedy=""
    )
    words = {path: now for path, _, now in answer_options(Draft(SITE), event)}
    assert not [now for now in words.values() if "True" in now or "False" in now]
    assert words["database.tls"] == "now: yes (default)"


async def test_an_empty_table_says_that_nothing_failed(setup: SetupApp, tmp_path: Path) -> None:
    """Preflight, only what failed: no failure is an answer in words."""
    (tmp_path / "hosts").mkdir()
    work = work_of(setup)
    work.opener = SimulatedFleet(tmp_path / "hosts").open
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "preflight")
        await pilot.press("r")
        await until(pilot, lambda: not work.busy and work.findings, "answers")
        await pilot.press("f")
        await until(pilot, lambda: setup.step.query_one(DataTable).row_count == 0, "no failure")
        words = setup.step.query_one(".one Plain", Plain)
        assert words.words.startswith("✓ Nothing failed. f shows")


def test_what_was_skipped_says_why() -> None:
    """In full, where the others say what was seen."""
    words = in_full(CLOCK.skipped("db1", "the host has no clock"))
    assert "Why not the host has no clock" in words
    assert "Seen    0 s" in in_full(CLOCK.ok("db1", "0 s"))


async def test_the_plan_of_a_host_wants_a_plan(setup: SetupApp) -> None:
    """Review, h: before there is one it says what is missing."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "review")
        await pilot.press("h")
        await until(pilot, lambda: told(setup), "a word about it")
        assert told(setup)[0].startswith("There is no plan yet: l looks at the hosts")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_times_of_steps_are_never_cut(setup: SetupApp, size: tuple[int, int]) -> None:
    """A long title is shortened instead, as the terminal has room."""
    async with setup.run_test(size=size) as pilot:
        await to(pilot, setup, "install")
        progress, host = work_of(setup).progress, "balancer-in-the-second-room"
        progress.take(_plan(host))
        progress.take(e.TaskDone(task=f"packages@{host}", host=host, seconds=754, changed=1))
        tree = setup.step.query_one(StepTree)
        await until(pilot, lambda: tree.root.children, "steps in the tree")
        tree.root.expand_all()
        for width in (size[0], SMALL[0], size[0]):
            await pilot.resize_terminal(width, size[1])
            await until(pilot, lambda: _drawn(tree).endswith("12:34"), "a time that is all there")


def _plan(host: str) -> e.PlanMade:
    step = {
        "task": f"packages@{host}",
        "phase": "Packages",
        "host": host,
        "title": _LONG,
        "after": [],
        "changes": [{"summary": "install them"}],
    }
    names = (f"packages@{host}",)
    return e.PlanMade(
        fingerprint="f", changes=1, tasks=names, changing=names, plan={"tasks": [step]}
    )


def _drawn(tree: StepTree) -> str:
    """The line of the only step as it is on the screen."""
    lines = [strip.text for strip in (tree.render_line(row) for row in range(4))]
    return next((line.rstrip() for line in lines if "balancer-in" in line), "")


async def test_the_failure_card_follows_the_width(setup: SetupApp, tmp_path: Path) -> None:
    """Made narrower, its lines are broken anew: as long as there is room, and indented."""
    (tmp_path / "hosts").mkdir()
    fleet = FailingFleet(tmp_path / "hosts")
    break_on(fleet, "cache1")
    work_of(setup).opener = fleet.open
    async with setup.run_test(size=LARGE) as pilot:
        await failed(pilot, setup)
        card = setup.screen
        assert isinstance(card, FailureCard)
        words = card.query_one(".dialog-text Plain", Plain)
        assert max(map(len, words.words.splitlines())) > 68
        await pilot.resize_terminal(*SMALL)
        narrow = lambda: max(map(len, words.words.splitlines())) <= 68  # noqa: E731 - read once
        await until(pilot, narrow, "shorter lines")
        own = [line for line in words.words.splitlines() if line]
        assert words.size.height == len(words.words.splitlines())
        assert all(line.startswith(("        ", *"WSLDRE ")) for line in own)


async def test_the_palette_finds_an_action_by_what_explains_it(setup: SetupApp) -> None:
    """`side` stands in no title, but in the words about the list at the side."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(setup.screen, CommandPalette), "the palette")
        await pilot.press(*"side")
        found = setup.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count == 1, "one command")
        await pilot.press("enter")
        await until(pilot, lambda: setup.query_one(SideList).has_focus, "the cursor in the list")


async def test_what_is_said_in_passing_stands_at_the_top(setup: SetupApp) -> None:
    """At the bottom it would cover what is wrong with a field."""
    async with setup.run_test(size=SMALL, notifications=True) as pilot:
        await to(pilot, setup, "networking")
        setup.notify("Look here.")
        await until(pilot, lambda: setup.screen.query(Toast), "a word in passing")
        toast = setup.screen.query_one(Toast)
        await until(pilot, lambda: toast.region.height, "its place")
        assert toast.region.y <= 3
        assert toast.region.right >= SMALL[0] - 3
