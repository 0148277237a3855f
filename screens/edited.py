"""Files that somebody edited by hand: accepted one by one before they are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.run.edited import KEPT, edited_in

if TYPE_CHECKING:
    from screens.work import Work
    from wizard.run.edited import Edited


def waiting(work: Work) -> tuple[Edited, ...]:
    """Return the edited files of the plan that nobody has accepted to be replaced yet."""
    plan = work.due()
    found = edited_in(plan, work.skips) if plan else ()
    return tuple(each for each in found if each.name not in work.replace_edited)


def option(each: Edited) -> tuple[str, str, str]:
    """Return it as one to be accepted: id, title, sentence."""
    title = f"! {each.host}: {each.path} was edited by hand"
    return each.name, title, f"{each}. It is replaced, and kept in {KEPT}."
