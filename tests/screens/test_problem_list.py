"""F4: from the list of what is wrong to the field, or to what keeps its screen closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.pick import Pick
from screens.flow import FLOW
from screens.place import reachable
from tests.screens.test_probed_table import look_at_all
from tests.screens.test_small_words import told
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import shown, until
from wizard.errors import ConnectionFailed

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from screens.app import SetupApp


async def choose(pilot: Pilot[int], setup: SetupApp, number: int) -> None:
    """Choose a line of the list."""
    await pilot.press("f4")
    await shown(pilot, setup, Pick)
    await pilot.press(*["down"] * number, "enter")
    await until(pilot, lambda: len(setup.screen_stack) == 1, "the list is closed")


async def test_a_problem_of_a_closed_screen_leads_to_what_keeps_it_closed(setup: SetupApp) -> None:
    """To the first wrong answer of the first screen that has one, and a sentence says so."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "welcome")
        setup.change({"networking.domain": "no domain", "application.release": None})
        where = [one.path for one in setup.draft.problems]
        await choose(pilot, setup, where.index("application.release"))
        await until(pilot, lambda: setup.here == "networking", "the screen before")
        row = setup.step.query_one("#field-networking-domain")
        await until(pilot, lambda: row.has_focus_within, "the field")
        words = "Application opens once Network is complete: begin here"
        assert any(words in one for one in told(setup))
        setup.change({"networking.domain": "desk.example.com"})
        await choose(pilot, setup, 0)
        await until(pilot, lambda: setup.here == "application", "its own screen")
        row = setup.step.query_one("#field-application-release")
        await until(pilot, lambda: row.has_focus_within, "its own field")


async def test_a_host_that_shows_another_key_keeps_later_screens_closed(setup: SetupApp) -> None:
    """No answer is wrong there: what was seen of the host is told."""
    async with setup.run_test(size=SMALL) as pilot:
        look_at_all(setup)
        changed = ConnectionFailed("db1 shows another key", remedy="Ask.")
        changed.untrusted = True
        setup.live.facts["db1"] = changed
        setup.change({"application.release": None})
        assert reachable(FLOW, setup.draft) > setup.limit
        await choose(pilot, setup, 0)
        await until(pilot, lambda: setup.here == "access", "the screen that holds")
        words = "Application opens once Access is complete"
        await until(pilot, lambda: any(words in one for one in told(setup)), "the sentence")
        assert any("shows another key" in one for one in told(setup))


async def test_before_a_site_is_begun_nothing_is_listed(fresh: SetupApp) -> None:
    """Everything would be missing; the list leads nowhere past Welcome."""
    async with fresh.run_test(size=SMALL) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: any("begin with first" in one for one in told(fresh)), "it")
        assert fresh.here == "welcome"


async def test_what_no_screen_asks_for_is_named(setup: SetupApp) -> None:
    """It has to be taken out of the file by hand."""
    async with setup.run_test(size=SMALL) as pilot:
        setup.draft.replace(f"{setup.draft.text}\nprinter: yes\n", "a stranger")
        setup.follow(setup.draft.data)
        await choose(pilot, setup, 0)
        await until(pilot, lambda: any("asks for printer" in one for one in told(setup)), "it")
