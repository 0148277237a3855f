"""What the mouse does: choosing, going, and taking text away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.widgets import Footer, Input
from textual.widgets._footer import FooterKey  # Textual has no public name for it

from screens.flow import FLOW
from screens.widgets.choice import Choice
from screens.widgets.side_list import SideList
from tests.screens.test_wizard import LARGE, SMALL, to
from tests.screens.waiting import until

if TYPE_CHECKING:
    from screens.app import SetupApp


async def test_text_is_selected_with_the_mouse_and_copied(setup: SetupApp) -> None:
    """A drag over the flows marks them; ctrl+c takes them."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "networking")
        words = setup.step.query_one(".aside-text")
        await pilot.mouse_down(words, offset=(0, 0))
        await pilot.hover(words, offset=(40, 3))
        await pilot.mouse_up(words, offset=(40, 3))
        await until(pilot, setup.screen.get_selected_text, "a selection")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "22/tcp" in setup.clipboard, "the copied flows")


async def test_a_click_chooses_an_option(setup: SetupApp) -> None:
    """As the arrows do."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        row = setup.step.query_one("#field-networking-firewall")
        await pilot.click(row.query_one(Choice), offset=(12, 0))
        await until(pilot, lambda: setup.draft.value("networking.firewall") == "ufw", "ufw")


async def test_a_click_goes_to_a_screen_and_a_field(setup: SetupApp) -> None:
    """The list at the side, then the box that is under the pointer."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        await pilot.click(SideList, offset=(4, 3))
        await until(pilot, lambda: setup.here == "networking", "the fourth screen")
        box = setup.step.query_one("#field-networking-smtp-host").query_one(Input)
        await pilot.click(box)
        await until(pilot, lambda: box.has_focus, "the cursor in the box")


async def test_every_key_at_the_bottom_tells_what_it_does(setup: SetupApp) -> None:
    """On every screen: under the pointer, in a tooltip."""
    async with setup.run_test(size=LARGE) as pilot:
        for place in FLOW:
            await to(pilot, setup, place.id)
            await until(pilot, partial(own_keys_shown, setup), f"the keys of {place.id}")
            bare = [key.description for key in at_the_bottom(setup) if not key.tooltip]
            assert not bare, place.id


def at_the_bottom(setup: SetupApp) -> list[FooterKey]:
    """The keys as they are drawn."""
    return list(setup.query_one(Footer).query(FooterKey))


def own_keys_shown(setup: SetupApp) -> bool:
    """Whether the bottom follows this screen already, and shows all of its keys."""
    own = {
        binding.action
        for binding in type(setup.step).BINDINGS
        if isinstance(binding, Binding)
        and binding.show
        and setup.step.check_action(binding.action.partition("(")[0], ())
    }
    return {"next", *own} <= {key.action for key in at_the_bottom(setup)}
