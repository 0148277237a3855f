"""After a failure: the card, and what a person chooses on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.again import again
from screens.dialogs.ask_text import AskText
from screens.dialogs.failure import FailureCard
from screens.edit_answers import edit_answers
from screens.host_shell import open_shell
from screens.state_of import state_path
from screens.work import work_of
from wizard.run.graph import Graph
from wizard.run.skips import Skip, skip_of

if TYPE_CHECKING:
    from screens.app import SetupApp
    from screens.work import Work
    from wizard.run.events import TaskFailed

_SHORTEST = 3  # characters of a reason that says something


async def after_failure(setup: SetupApp) -> None:
    """Show what failed and do what a person chooses; to be run as a worker of the application."""
    work, loaded = work_of(setup), setup.draft.loaded()
    kept = str(state_path(loaded, simulated=work.simulated)) if loaded else "the state file"
    progress, place = work.progress, 0
    while True:
        skip = _skip(work, progress.failures[place])
        card = FailureCard(progress, kept, place=place, skip=skip)
        answer = await setup.push_screen_wait(card)
        if answer == "shell":
            shell(setup, card.failure.host)
            continue
        if answer == "next":
            place = (place + 1) % len(progress.failures)
            continue
        if answer == "edit" and await edit_answers(setup, card.failure):
            work.editing = True
        elif answer == "skip" and skip and not await _skipped(setup, work, skip):
            continue
        if answer in {"retry", "skip"}:
            await again(setup)
        return


def shell(setup: SetupApp, name: str) -> None:
    """Open a shell on a host, or say why not."""
    if setup.draft.site and (problem := open_shell(setup, setup.draft.site, name)):
        setup.notify(problem, markup=False, timeout=15)


def _skip(work: Work, failure: TaskFailed) -> Skip | None:
    """Return whether the step may be left out; None if its plan is not known any more."""
    if work.plan is None or failure.task not in {item.task.id for item in work.plan.tasks}:
        return None
    graph = Graph([item.task for item in work.plan.tasks])
    return skip_of(graph, failure.task, [event.task for event in work.left_out])


async def _skipped(setup: SetupApp, work: Work, skip: Skip) -> bool:
    """Ask for the reason; whether one was given."""
    others = f" Also left out: {', '.join(skip.along)}." if skip.along else ""
    words = (
        f"What follows: {skip.follows}{others}\n\nThe reason stands in the state file and in every"
        " report, with your login. A later run does the step unless it is skipped again."
    )
    dialog = AskText(f"Skip {skip.task}: why?", words, wrong=_no_reason)
    reason = await setup.push_screen_wait(dialog)
    if reason:
        work.skips[skip.task] = reason
    return bool(reason)


def _no_reason(typed: str) -> str:
    """Why a reason cannot be taken; "" if it can."""
    return "" if len(typed) >= _SHORTEST else "Say why: someone will read it in a year."
