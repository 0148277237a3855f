"""The command palette: every action of the wizard and of its screen, and every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.command import Hit
from textual.system_commands import SystemCommandsProvider

from screens.flow import FLOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.command import Hits
    from textual.screen import Screen

    from screens.app import SetupApp


_IN_WORDS = 0.1  # of 1: what is found in the explanation only comes after every title


class Actions(SystemCommandsProvider):
    """Finds an action by its title, as it is typed roughly, or by words that explain it."""

    async def search(self, query: str) -> Hits:
        """Yield what is found; titles come first."""
        matcher, words = self.matcher(query), query.lower().split()
        for title, explained, callback, *_ in self.app.get_system_commands(self.screen):
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), callback, help=explained)
            elif words and all(word in explained.lower() for word in words):
                yield Hit(_IN_WORDS, title, callback, help=explained)


def commands(setup: SetupApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """Every action that has a key here and now, then the screens that can be reached.

    `screen` is what the palette is opened over: the wizard, or a dialog.
    """
    in_front = screen is setup.screen_stack[0]
    for source in (setup, *([setup.step] if in_front else [])):
        for _, active in source._bindings:  # noqa: SLF001 - Textual has no public way to list them
            action = active.action
            offered = source.check_action(action.partition("(")[0], ())
            if active.description and action != "quit" and offered:
                yield SystemCommand(
                    active.description,
                    active.tooltip or active.description,
                    lambda source=source, action=action: setup.call_later(
                        source.run_action, action
                    ),
                )
    for place in FLOW[: setup.limit] if in_front else ():  # a dialog wants its answer first
        yield SystemCommand(
            f"Go to {place.title}",
            "Show this screen",
            lambda place=place: setup.call_later(setup.go, place.id),
        )
