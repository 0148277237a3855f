"""Keys are looked at one after the other: the next when all is done that the one before led to.

Textual hands a key to the box at the cursor and looks at the next one at once. What the first one
leads to comes later: an answer is written down, what is shown follows it, the cursor moves on. A
terminal far away sends many keys at a time, and they would land in the box before, or be written
over by an answer that is older than they are.

To go to the next box it goes by where boxes stand on the screen, and one that was not drawn yet
stands nowhere: it would be skipped.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

_WAVES = 4  # a key is an answer, which is a change, which moves what is shown and the cursor
_MOVING = frozenset({"tab", "shift+tab", "enter"})  # keys that lead to the next box
_BETWEEN = 0.2  # seconds between two keys of somebody who types
_PATIENCE = 2.0  # seconds; whatever takes longer goes on by itself


class KeysInOrder(App[int]):
    """An application that never mixes up what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key | events.Paste] = deque()
        self._taking = False
        self.typed_at = 0.0
        """When the last key came; seconds of the monotonic clock."""

    @property
    def is_typing(self) -> bool:
        """Whether somebody types right now."""
        return time.monotonic() - self.typed_at < _BETWEEN

    async def on_event(self, event: events.Event) -> None:
        """Keep what is typed until its turn; everything else goes its way."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.append(event)
        self.typed_at = time.monotonic()
        if not self._taking:
            self._taking = True
            self.run_worker(self._take(), group="keys")

    async def _take(self) -> None:
        try:
            while self._typed:
                event = self._typed.popleft()
                if isinstance(event, events.Key) and event.key in _MOVING:
                    await _drawn(self.screen)
                node = self.focused or self.screen
                await super().on_event(event)
                if self._typed:
                    await _settled(node)
        finally:
            self._taking = False


async def _drawn(screen: Screen[object]) -> None:
    """Return when everything that is on a screen by now has its place on it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await screen.wait_for_refresh()  # by then others have told it what they need …
            await screen.wait_for_refresh()  # … and that has been done


async def _settled(node: DOMNode) -> None:
    """Return when a node and all above it have done what they had to, and what followed from it.

    Messages go from a node up to the application. One that asks behind them at each node comes
    behind them everywhere; a message that is the answer to another one is a wave of its own.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            for _ in range(_WAVES):
                for each in node.ancestors_with_self:
                    done = asyncio.Event()
                    if each.call_later(done.set):
                        await done.wait()
