"""Going on after a run that did not come to its end, with the same answers or changed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.begin import begin, look_first
from screens.dialogs.confirm import Confirm
from screens.work import work_of
from wizard.site.changed_answers import changed_answers
from wizard.site.layout import unacknowledged

if TYPE_CHECKING:
    from screens.app import SetupApp

_MOST = 12  # changed answers that are listed
_SAVED = (
    "The site file is saved and all hosts are looked at. What has to be redone because of it is"
    " listed then; nothing is changed before you agree to the list."
)


async def again(setup: SetupApp) -> bool:
    """Go on where the last run ended, or begin; whether something was begun.

    Without a plan, as after the program was opened again, the hosts are looked at first. Changed
    answers are shown and saved first. To be run as a worker of the application.
    """
    work = work_of(setup)
    work.editing = False
    if not work.unfinished or work.busy:
        return await look_first(setup) and await begin(setup)
    changed = [str(each) for each in changed_answers(work.ran, setup.draft.text)]
    if changed and not await _agreed(setup, changed):
        return False
    if setup.draft.dirty and not await setup.save():
        return False
    loaded = setup.draft.loaded()
    if loaded is None or setup.draft.path is None:
        setup.notify("Something is still missing: F4 lists it.", markup=False)
        return False
    work.install(loaded, command="apply" if changed else "resume", changed=changed)
    if setup.here != "install":
        await setup.go("install")
    return True


async def come_back(setup: SetupApp) -> None:
    """Go on after an answer was edited: ask, even if nothing was changed."""
    work = work_of(setup)
    if changed_answers(work.ran, setup.draft.text):
        await again(setup)
        return
    work.editing = False
    question = Confirm(
        "Retry?",
        "No answer of the site file is another one than before. A password or a file may be:"
        " retry looks at all hosts afresh and shows what is left before it is done.",
        [("yes", "Retry"), ("no", "Not yet")],
    )
    if await setup.push_screen_wait(question) == "yes":
        await again(setup)


async def _agreed(setup: SetupApp, changed: list[str]) -> bool:
    """Show what was changed and save it; whether to go on."""
    site = setup.draft.site
    if site is None:
        setup.notify("Something is still missing: F4 lists it.", markup=False)
        return False
    if waiting := unacknowledged(site):
        names = ", ".join(one.id for one in waiting)
        words = f"Not accepted yet, under Review: {names}."
        setup.notify(words, title="Not yet", severity="warning", markup=False)
        return False
    more = [f"  … and {len(changed) - _MOST} more"] if len(changed) > _MOST else []
    lines = [
        *(f"  {each}" for each in changed[:_MOST]),
        *more,
        "",
        _SAVED,
    ]
    answers = [("yes", "Save and list what is redone"), ("no", "Not yet")]
    question = Confirm("Retry with the changed answers?", "\n".join(lines), answers)
    return await setup.push_screen_wait(question) == "yes"
