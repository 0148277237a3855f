"""A run in the record: who began it and from where, and how it ended if something stopped it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wizard.errors import Cancelled, SetupError, StateError
from wizard.run.events import RunFinished, RunStarted
from wizard.run.state_owner import login, ssh_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.run.bus import EventBus

DRILLS = "prove --drills"  # the command of a proof that stops servers, wherever it was begun


@contextmanager
def begun(bus: EventBus, site: str, command: str, *, simulated: bool = False) -> Iterator[None]:
    """Tell of a run's begin, and of its end if an error leaves the block.

    Any other end is told in the block, by whoever knows how it went. Raises: StateError.
    """
    bus.publish(
        RunStarted(
            site=site,
            command=command,
            operator=login(),
            ssh_client=ssh_client(),
            simulated=simulated,
        )
    )
    try:
        yield
    except StateError:
        raise  # the record cannot be written
    except SetupError as error:
        stopped = isinstance(error, Cancelled)
        bus.publish(RunFinished(outcome="cancelled" if stopped else "failed"))
        raise
