"""Python's garbage collector, told to leave alone what stays."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from screens.flow import FLOW

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOON, _OFTEN, _SELDOM = 5_000, 10, 10  # objects; how many passes over the young between older ones


def load_rest() -> None:
    """Load every screen, so that nobody waits for one later; then let the collector be."""
    for place in FLOW:
        place.step  # noqa: B018 - asking for it loads it
    spare()


def spare() -> None:
    """Keep the collector from looking through all that is loaded by now, again and again.

    It stops everything while it looks: some 0.1 s each second while a host writes much.
    """
    gc.freeze()
    gc.set_threshold(_SOON, _OFTEN, _SELDOM)


@contextmanager
def loading() -> Iterator[None]:
    """Load modules without looking for garbage meanwhile: there is none, and it takes 40 ms."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
