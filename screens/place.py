"""A screen's place on the way: its name, what it answers, and what it depends on."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.draft import Draft
    from screens.step import Step
    from wizard.site.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of the flow."""

    id: str
    title: str  # at the side: twelve columns at most
    screen: str  # MODULE:CLASS among the screens
    answers: tuple[str, ...] = ()  # sections of the site file that are answered here
    follows: tuple[str, ...] = ()  # answers given elsewhere on which this screen depends

    @property
    def step(self) -> type[Step]:
        """The screen; its module is loaded when it is first asked for, not at the start."""
        module, _, name = self.screen.partition(":")
        return cast("type[Step]", getattr(import_module(f"screens.{module}"), name))

    def owns(self, path: str) -> bool:
        """Whether a path of the file is answered here."""
        return _within(path, self.answers)

    def depends_on(self, path: str) -> bool:
        """Whether a change at the path changes what is seen or possible here."""
        return _within(path, self.follows)

    def problems(self, draft: Draft) -> tuple[Problem, ...]:
        """What has to be put right here before going on."""
        return tuple(problem for problem in draft.problems if self.owns(problem.path))


def _within(path: str, roots: Sequence[str]) -> bool:
    return any(path == root or path.startswith((f"{root}.", f"{root}[")) for root in roots)


def reachable(flow: Sequence[Place], draft: Draft) -> int:
    """How many places of the flow can be entered: up to the first one that has problems."""
    for number, place in enumerate(flow, 1):
        if place.problems(draft):
            return number
    return len(flow)
