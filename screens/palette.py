"""The command palette: every action of the wizard and of its screen, and every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SystemCommand

from screens.flow import FLOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from screens.app import SetupApp


def commands(setup: SetupApp) -> Iterator[SystemCommand]:
    """Every action that has a key here and now, then the screens that can be reached."""
    in_front = len(setup.screen_stack) == 1
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
    for place in FLOW[: setup.limit]:
        yield SystemCommand(
            f"Go to {place.title}",
            "Show this screen",
            lambda place=place: setup.call_later(setup.go, place.id),
        )
