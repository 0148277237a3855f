"""How far a run is, in a sentence."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from screens.before import installed
from screens.progress import about, clock
from wizard.counted import counted

if TYPE_CHECKING:
    from screens.work import Work
    from wizard.run.status import Status


def words(work: Work, before: Status | None = None) -> str:
    """Return in a line or two how far it is; `before` is what the state file tells of it."""
    progress = work.progress
    behind, count = progress.counts()
    gone = clock(time.monotonic() - progress.begun)
    if work.installing and count and work.busy == "installing":
        known = "learned from earlier runs" if progress.learned else "a first guess"
        left = f"{about(progress.seconds_left())} left ({known})"
        state = "PAUSED after the running step · p goes on" if work.pause.wanted else left
        if progress.failures:
            state = f"✗ {len(progress.failures)} failed: what runs still ends · x shows it"
        return f"{bar(behind, count)} {behind} of {count} · {gone} gone · {state}"
    if work.busy:
        return f"… {work.busy} · {gone} gone" if work.installing else f"… {work.busy}"
    if work.error:
        further = "\ni goes on, with the answers as they are now" if work.unfinished else ""
        return f"✗ {work.error}{further}"
    if work.result:
        result = work.result
        skipped = f", {len(result.left_out)} skipped" if result.left_out else ""
        sign = {"done": "✓", "failed": "✗", "cancelled": "!"}[result.outcome]
        further = "" if result.outcome == "done" else " · the state is kept, i goes on"
        changed = counted(result.changed, "change")
        right = counted(len(result.skipped), "step")
        return (
            f"{sign} {result.outcome}: {changed} in {clock(result.seconds)},"
            f" {right} already right{skipped}{further}"
        )
    begins = "i begins, after one question that names hosts and what will be installed."
    return installed(before) or begins


def bar(behind: int, count: int, width: int = 16) -> str:
    """Return a bar of the steps that are behind."""
    full = width * behind // max(count, 1)
    return "━" * full + "─" * (width - full)
