"""The command palette: every action that has a key here and now, and every place to go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from textual.app import SystemCommand
from textual.command import Hit
from textual.system_commands import SystemCommandsProvider

from screens.flow import FLOW
from screens.newest_size import NewestSize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.app import App
    from textual.command import Hits
    from textual.dom import DOMNode
    from textual.screen import Screen

    from screens.app import SetupApp

_Answer = TypeVar("_Answer")

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


class OfItsOwn(NewestSize[_Answer], Generic[_Answer]):
    """A screen with actions and places of its own, alone or before the wizard."""

    def places(self) -> Iterable[SystemCommand]:
        """Where one can go in it."""
        return ()


def commands(setup: SetupApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """Every action that has a key here and now, then the screens that can be reached.

    `screen` is what the palette is opened over: the wizard, a screen before it, or a dialog.
    """
    if isinstance(screen, OfItsOwn):
        yield from own_commands(setup, screen)
        return
    in_front = screen is setup.screen_stack[0]
    yield from _actions(setup, *([setup.step] if in_front else []), setup)
    for place in FLOW[: setup.limit] if in_front else ():  # a dialog wants its answer first
        yield SystemCommand(
            f"Go to {place.title}",
            "Show this screen",
            lambda place=place: setup.call_later(setup.go, place.id),
        )


def own_commands(app: App[int], screen: Screen[object]) -> Iterator[SystemCommand]:
    """Every action of a screen of its own, and its places; over a dialog none of them."""
    if isinstance(screen, OfItsOwn):
        yield from _actions(app, screen, app)
        yield from screen.places()


def _actions(app: App[int], *sources: DOMNode) -> Iterator[SystemCommand]:
    """Yield once what keys do; where two sources take the same key, the first one has it."""
    taken: set[object] = set()
    for source in sources:
        for key, active in source._bindings:  # noqa: SLF001 - Textual has no public way to list them
            action = active.action
            of_textual = action.startswith(("app.", "screen.")) or action == "quit"
            offered = source.check_action(action.partition("(")[0], ())
            if not active.description or of_textual or not offered:
                continue
            if not {key, (source, action)} & taken:
                yield SystemCommand(
                    active.description,
                    active.tooltip or active.description,
                    lambda source=source, action=action: app.call_later(source.run_action, action),
                )
            taken |= {key, (source, action)}
