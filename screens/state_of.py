"""The state file that belongs to a site file: where it is, and what it remembers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wizard.errors import StateError
from wizard.run.estimate import Took
from wizard.run.events import TaskDone
from wizard.run.report import all_events, sent_by, tasks_of
from wizard.run.state import StateFile
from wizard.run.status import read_status
from wizard.run.stored import event_of

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.run.state_records import StateRecords
    from wizard.run.status import Status
    from wizard.site.file import LoadedSite


def state_path(loaded: LoadedSite, *, simulated: bool = False) -> Path:
    """Return where the state file of a site file lies, as the command line has it.

    What simulated hosts did is kept beside it, so that it is never taken for real.
    """
    return state_beside(loaded.path, simulated=simulated)


def state_beside(path: Path, *, simulated: bool = False) -> Path:
    """Return the same of a site file that need not be finished."""
    return path.with_suffix(".simulated.state" if simulated else ".state")


def open_state(loaded: LoadedSite, *, simulated: bool = False) -> StateFile:
    """Open the site's state file for a run, or make it. Raises: StateError."""
    path, origin = state_path(loaded, simulated=simulated), str(loaded.path.absolute())
    if not path.exists():
        return StateFile.create(
            path,
            site_name=loaded.site.site,
            site_text=loaded.text,
            site_path=origin,
            simulated=simulated,
        )
    state = StateFile.open(path)
    try:
        state.require_site(loaded.site.site, simulated=simulated)
    except BaseException:
        state.close()
        raise
    return state


def status_of(loaded: LoadedSite, *, simulated: bool = False) -> Status | None:
    """Return how far the site is as its state file tells; None without one that can be read."""
    path = state_path(loaded, simulated=simulated)
    try:
        return read_status(path) if path.exists() else None
    except StateError:
        return None


def learned(loaded: LoadedSite, *, simulated: bool = False) -> dict[str, list[Took]]:
    """Return what each step took in earlier runs of this site; reads the whole journal."""
    found: dict[str, list[Took]] = {}
    with suppress(StateError):
        path = state_path(loaded, simulated=simulated)
        if path.exists():
            state = StateFile.open_read_only(path)
            try:
                _learn(state.records, found)
            finally:
                state.close()
    return found


def _learn(records: StateRecords, found: dict[str, list[Took]]) -> None:
    sizes: dict[int, dict[str, int]] = {}  # by run and task
    for link in all_events(records):
        if link.kind != TaskDone.kind:
            continue
        if link.run not in sizes:
            plan = records.plan(link.run) or {}
            sizes[link.run] = {task["task"]: sent_by(task) for task in tasks_of(plan)}
        event = event_of(link)
        if isinstance(event, TaskDone):
            took = Took(seconds=event.seconds, size=sizes[link.run].get(link.task, 0))
            found.setdefault(link.task.partition("@")[0], []).append(took)
