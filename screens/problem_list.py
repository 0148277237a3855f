"""Everything that is wrong with the site file as a list, and the way to each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.pick import Pick
from screens.flow import FLOW
from screens.host_marks import named
from screens.place import reachable

if TYPE_CHECKING:
    from screens.app import SetupApp


async def go_to_problem(setup: SetupApp) -> None:
    """Let a person choose a problem and go to its field."""
    found = setup.draft.problems
    if not found:
        setup.notify("Nothing is wrong with the site file.", markup=False)
        return
    options = [
        (
            str(number),
            f"✗ {named(one.path, setup.draft) or setup.draft.name}",
            f"seen {one.seen}, wanted {one.wanted}",
        )
        for number, one in enumerate(found)
    ]
    count = "1 answer is" if len(found) == 1 else f"{len(found)} answers are"
    title = f"{count} missing or wrong"
    picked = await setup.push_screen_wait(Pick(title, "Enter goes there.", options))
    if not picked:
        return
    problem = found[int(picked)]
    owner = next((place for place in FLOW if place.owns(problem.path)), None)
    if owner is None:
        setup.notify("Its screen is not part of this wizard yet.", markup=False)
    elif FLOW.index(owner) >= reachable(FLOW, setup.draft):
        setup.notify("Answer what stands before it first.", markup=False)
    else:
        await setup.go(owner.id, field=problem.path)
