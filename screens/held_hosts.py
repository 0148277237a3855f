"""The lock of another run: a person may decide that it is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from screens.dialogs.confirm import Confirm
from wizard.errors import HostInUse

if TYPE_CHECKING:
    from screens.app import SetupApp
    from wizard.run.installation import Installation


def hold_hosts(setup: SetupApp, work: Installation) -> None:
    """Lock all hosts for this run; a lock that was left behind is broken if a person says so.

    From a worker's thread. Raises: HostInUse, HostError, Cancelled.
    """
    try:
        work.hold()
    except HostInUse as held:
        if not held.breakable or work.claim is None:
            raise
        question = Confirm(
            f"{held.host}: locked by another run",
            f"{held.seen}.\n\n"
            "If that run was killed and may still be gone on with, do that instead, with its own"
            " state file. Break the lock only if it is certainly over: two installers at once can"
            " undo each other's work. Who broke which lock is on record.",
            [("no", "Change nothing"), ("yes", "Break the lock")],
        )
        if setup.ask_from_thread(question) != "yes":
            raise
        work.claim = replace(work.claim, break_lock=True)
        work.hold()
