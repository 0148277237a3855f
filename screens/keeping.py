"""Saving the draft, and leaving without losing it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from screens.apart import apart
from screens.dialogs.ask_text import AskFile
from screens.dialogs.confirm import Confirm
from screens.draft import write_site
from screens.ending import may_end
from wizard.counted import counted
from wizard.errors import SetupError

if TYPE_CHECKING:
    from screens.app import SetupApp


async def save(setup: SetupApp) -> bool:
    """Write the site file, asking for its name if it has none; whether all of it is on disk."""
    draft = setup.draft
    path = draft.path
    if path is None:
        name = f"{draft.value('site') or 'site'}.yaml"
        words = "The site file; it holds no secret."
        typed = await setup.push_screen_wait(AskFile("Save as", words, name, cannot_be_new))
        if not typed:
            return False
        path = Path(typed)
    elif await apart(draft.changed_on_disk):
        question = Confirm(
            "The file was changed meanwhile",
            f"{path} is not what was read here. Saving now replaces it.",
            [("keep", "Do not save"), ("replace", "Replace it")],
        )
        if await setup.push_screen_wait(question) != "replace":
            return False
    if draft.writing:  # two at a time: who knows which text the file would have
        words = f"{path} is still being written: its file system may be away."
        setup.notify(words, title="Not saved", severity="error", markup=False)
        return False
    text, draft.writing = draft.text, True
    try:
        written = await apart(partial(write_site, path, text), ended=draft.let_go)
    except SetupError as error:
        setup.notify(str(error), title="Not saved", severity="error", markup=False)
        return False
    draft.kept(written, text)
    if not draft.dirty:
        setup.copy.forget()
    count = len(draft.problems)
    rest = f" Still missing or wrong: {counted(count, 'answer')}." if count else ""
    setup.notify(f"{written} is written.{rest}", title="Saved", markup=False)
    setup.show_frame()
    return not draft.dirty


async def leave(setup: SetupApp) -> None:
    """End the program, once what is not on disk has been asked about."""
    if not await may_end(setup):
        return
    if setup.chosen and setup.draft.dirty:
        question = Confirm(
            "Leave?",
            "The site file has answers that are not saved. A file that is not finished can be"
            " saved as well: open it later and go on where you stopped.",
            [("save", "Save and leave"), ("stay", "Stay"), ("drop", "Leave without saving")],
        )
        answer = await setup.push_screen_wait(question)
        if answer not in {"save", "drop"} or (answer == "save" and not await save(setup)):
            return
    setup.copy.forget()
    setup.exit(0)


def cannot_be_new(typed: str) -> str:
    """Why a new file cannot be made there; "" if it can."""
    path = Path(typed).expanduser()
    if path.is_dir():
        return "That is a folder: name a file in it."
    if path.exists():
        return "There is such a file already: open it, or give another name."
    return "" if path.parent.is_dir() else f"The folder {path.parent} does not exist."
