"""Everything that is wrong with the site file as a list, and the way to each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.pick import Pick
from screens.flow import FLOW
from screens.host_marks import named

if TYPE_CHECKING:
    from screens.app import SetupApp
    from screens.place import Place
    from wizard.site.problems import Problem


async def go_to_problem(setup: SetupApp) -> None:
    """Let a person choose a problem and go to its field, or to what stands in the way of it."""
    found = setup.draft.problems
    if not setup.chosen:
        setup.notify("Choose what to begin with first.", markup=False)
        return
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
    if picked:
        await _go_to(setup, found[int(picked)])


async def _go_to(setup: SetupApp, problem: Problem) -> None:
    owner = next((place for place in FLOW if place.owns(problem.path)), None)
    if owner is None:
        words = f"No screen asks for {problem.path}: take it out of {setup.draft.name} by hand."
        setup.notify(words, markup=False)
    elif FLOW.index(owner) < setup.limit:
        await setup.go(owner.id, field=problem.path)
    else:
        await _go_as_far_as_possible(setup, owner)


async def _go_as_far_as_possible(setup: SetupApp, wanted: Place) -> None:
    """Go to the screen that keeps a later one closed, and to what is wrong there."""
    first = FLOW[setup.limit - 1]
    problem = next(iter(first.problems(setup.draft)), None)
    await setup.go(first.id, field=problem.path if problem else "")
    # Without a wrong answer it is what was seen of the hosts that lets nobody pass.
    why = "" if problem else f" {setup.step.blocked()}"
    setup.notify(
        f"{wanted.title} opens once {first.title} is complete: begin here, then F4 again.{why}",
        title="This comes first",
        markup=False,
    )
