"""The application: the frame around every screen, and the draft that all of them write."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from screens import keeping
from screens.asking import AskingApp
from screens.collector import load_rest
from screens.diagram import hosts_of
from screens.dialogs.confirm import Confirm
from screens.dialogs.reading import Reading
from screens.flow import FLOW
from screens.frame import WIDE, headline, side_lines
from screens.host_marks import named
from screens.keys_in_order import KeysInOrder
from screens.live import Live
from screens.look_again import look_again
from screens.newest_size import Palette
from screens.palette import Actions, commands
from screens.place import reachable
from screens.problem_list import go_to_problem
from screens.secrets import KeyringFiles
from screens.step import Step
from screens.unsaved import Copy
from screens.widgets.keys import Keys
from screens.widgets.plain import Plain
from screens.widgets.side_list import SideList
from wizard.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from textual.app import ComposeResult, SystemCommand
    from textual.screen import Screen

    from screens.draft import Draft
    from screens.place import Place
    from wizard.run.simulated.hosts import SimulatedFleet

_OF_THE_WAY = frozenset({"next", "back", "save", "undo", "problems", "side", "again"})


class SetupApp(KeysInOrder, AskingApp):
    """The wizard; exits with 0."""

    CSS_PATH = "app.tcss"
    TITLE = "minusnow-setup"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - declared so by Textual
        (0, "-narrow"),
        (WIDE, "-wide"),
    ]
    COMMANDS = {Actions}  # noqa: RUF012 - declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next", "Next", tooltip="Go on to the next screen", priority=True),
        Binding("ctrl+b", "back", "Back", tooltip="To the screen before", priority=True),
        Binding("ctrl+s", "save", "Save", tooltip="Write the site file", priority=True),
        Binding(
            "f1", "help", "Help", key_display="F1", tooltip="What this screen and this field are"
        ),
        Binding("f4", "problems", "Problems", tooltip="List all that is wrong", show=False),
        Binding("ctrl+z", "undo", "Undo", tooltip="Take the last change back", show=False),
        Binding(
            "f9",
            "again",
            "Back to the retry",
            key_display="F9",
            tooltip="An answer was changed: go on with the installation",
        ),
        Binding("f6", "side", "Screens", tooltip="To the list at the side", show=False),
        Binding("ctrl+q", "quit", "Quit", tooltip="Leave; asks what to save", priority=True),
    ]

    def __init__(
        self,
        draft: Draft,
        *,
        start: str = FLOW[0].id,
        simulation: SimulatedFleet | None = None,
        keyring: KeyringFiles | None = None,
    ) -> None:
        super().__init__()
        self.draft = draft
        self.simulation = simulation  # hosts that are not there, None for real ones
        self.keyring = keyring or KeyringFiles()
        self.live = Live()
        self.rehearsal: Path | None = None  # to go on with on the practice fleet's network
        self.copy = Copy(self)
        self.here = start
        self.chosen = draft.path is not None  # whether a person has begun with a site
        self.visited = {FLOW[0].id}
        self.affected: set[str] = set()
        self._showing = Step()
        self._going = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """A line, the list, the screen, the keys."""
        yield Plain(id="title")
        with Horizontal(id="body"):
            yield SideList()
            yield Horizontal(id="stage")
        yield Keys()

    async def on_mount(self) -> None:
        """Show the first screen."""
        await self.go(self.here)

    def on_ready(self) -> None:
        """Load what the first screen did without, once that stands."""
        self.set_timer(0.2, partial(self.run_worker, load_rest, thread=True, group="loading"))

    def on_unmount(self) -> None:
        """End in order when the page of a browser is closed: long work on a host goes on there."""
        if self.live.work and self.live.work.busy:
            self.live.work.stop.cancel(leave=True)

    @property
    def place(self) -> Place:
        """Where the person is."""
        return next(place for place in FLOW if place.id == self.here)

    @property
    def step(self) -> Step:
        """The screen that is shown; between two screens one that does nothing."""
        return self._showing if self._showing.is_mounted else Step()

    @property
    def limit(self) -> int:
        """How many places of the flow can be entered now."""
        if not self.chosen:
            return 1
        from screens.layout_verdict import held  # noqa: PLC0415 - start-up time

        stop = held(self.draft, self.live)
        ids = [place.id for place in FLOW]
        return min(reachable(FLOW, self.draft), ids.index(stop) + 1 if stop else len(FLOW))

    def shows(self, step: Step) -> bool:
        """Whether this screen, and no later one, is on the stage."""
        return self._showing is step

    def host_entries(self) -> list[dict[str, object]]:
        """The hosts as they stand in the draft."""
        return hosts_of(self.draft)

    async def go(self, place_id: str, *, field: str = "") -> None:
        """Show a screen; with `field`, put the cursor where that path is answered."""
        async with self._going:
            self.here = place_id
            self.visited.add(place_id)
            self.affected.discard(place_id)
            self.draft.settle()
            stage = self.screen_stack[0].query_one("#stage")
            self._showing = Step()
            with self.batch_update():
                await stage.remove_children()
                self._showing = step = self.place.step()
                await stage.mount(step)
            self.show_frame()
            await step.complete()
        if field:
            self.call_after_refresh(step.jump_to, field)

    def change(self, changes: Mapping[str, object]) -> bool:
        """Write answers into the draft and let everything follow; whether that was possible."""
        before = self.draft.data
        try:
            changed = self.draft.change(changes)
        except SetupError as error:
            self.notify(error.seen, title="Not changed", severity="error", markup=False)
            return False
        if changed:
            self.follow(before)
        return True

    def follow(self, before: Mapping[str, object]) -> None:
        """Show the draft as it is now; screens that depend on what is another one are marked."""
        seen = self.visited - self.affected - {self.here}
        if new := look_again(seen, before, self.draft.data):
            self.affected |= {place.id for place in new}
            words = f"Look again at {', '.join(place.title for place in new)}: ! at the left."
            self.notify(words, title="This answer changes more", markup=False)
        self.copy.note()
        self.step.draft_changed()
        self.show_frame()

    @property
    def open_place(self) -> Place:
        """Where to go on: the first screen that is not complete, with all answers Review."""
        review = next(number for number, place in enumerate(FLOW) if place.id == "review")
        return FLOW[min(self.limit - 1, review)]

    async def go_on(self) -> None:
        """Go on with a site where it was left; what was answered before counts as visited."""
        place = self.open_place
        self.visited |= {each.id for each in FLOW[: FLOW.index(place)]}
        await self.go(place.id)

    def begin_with(self, draft: Draft) -> None:
        """Work on another site file from here on."""
        self.draft = draft
        self.live = Live()
        self.chosen = True
        self.visited, self.affected = {FLOW[0].id}, set()
        self.follow(draft.data)

    def show_frame(self) -> None:
        """Draw the line at the top and the list at the side."""
        if not self.screen_stack or not self.screen_stack[0].query(SideList):
            return  # the program begins or ends
        frame = self.screen_stack[0]
        frame.query_one("#title", Plain).say(headline(self))
        frame.query_one(SideList).show(side_lines(self), self.here)

    def on_resize(self) -> None:
        """The line at the top is as wide as the terminal."""
        # Later: as yet the size is the one before, and so would the line be for good.
        self.call_later(self.show_frame)

    async def on_side_list_wanted(self, event: SideList.Wanted) -> None:
        """Go where a person points in the list."""
        await self.go(event.place)

    async def action_next(self) -> None:
        """Go on, unless something here has to be put right first."""
        if len(self.screen_stack) > 1:
            return
        problems = self.place.problems(self.draft)
        if not self.chosen:
            if not self.step.choose():
                self.notify("Choose what to begin with first.", markup=False)
        elif problems:
            self.step.insist()
            first = problems[0]
            where = named(first.path, self.draft)
            words = f"{where}: seen {first.seen}, wanted {first.wanted}"
            more = f"\n… and {len(problems) - 1} more; F4 lists them." if problems[1:] else ""
            self.notify(words + more, title="Not yet", severity="warning", markup=False, timeout=6)
        elif blocked := self.step.blocked():
            self.notify(blocked, title="Not like this", severity="error", markup=False)
        elif (number := FLOW.index(self.place) + 1) < len(FLOW):
            await self.go(FLOW[number].id)
        else:
            self.notify("This is the last screen. ctrl+s saves the site file.", markup=False)

    async def action_back(self) -> None:
        """Go back; nothing is lost."""
        if len(self.screen_stack) == 1 and (number := FLOW.index(self.place)):
            await self.go(FLOW[number - 1].id)

    def action_undo(self) -> None:
        """Take the last change back."""
        before = self.draft.data
        if what := self.draft.undo():
            self.follow(before)
            self.notify(f"Taken back: {what}", markup=False)
        else:
            self.notify("There is nothing to take back.", markup=False)

    def action_side(self) -> None:
        """Put the cursor into the list at the side."""
        self.screen_stack[0].query_one(SideList).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the wizard's keys where they work, F9 only while an answer waits for a retry."""
        before = [each for each in self.screen_stack[1:] if not isinstance(each, Palette)]
        in_front = before[-1] if before else None
        if action in _OF_THE_WAY and in_front and not in_front.is_modal:
            return False  # a screen of its own stands before the wizard
        if action == "again":
            work = self.live.work
            return work is not None and work.editing and self.here != "install"
        return super().check_action(action, parameters)

    async def action_again(self) -> None:
        """Go back to the installation that waits for a changed answer."""
        if len(self.screen_stack) > 1:
            return
        if self.draft.site is None:
            self.step.insist()
            self.notify("Something is missing or wrong: F4 lists it.", markup=False)
        else:
            await self.go("install")

    def action_help(self) -> None:
        """Explain the screen and the field at the cursor."""
        if len(self.screen_stack) == 1:
            self.push_screen(Reading(f"Help · {self.place.title}", self.step.help_text()))

    def action_problems(self) -> None:
        """List everything that is wrong; choosing one jumps to its field."""
        if len(self.screen_stack) == 1:
            self.run_worker(go_to_problem(self), exclusive=True, group="dialog")

    def action_save(self) -> None:
        """Write the site file, finished or not."""
        if len(self.screen_stack) > 1:
            return
        if self.chosen:
            self.run_worker(self.save(), exclusive=True, group="dialog")
        else:
            self.notify("There is nothing to save yet.", markup=False)

    async def save(self) -> bool:
        """Write the site file, asking for its name if it has none; whether it was written."""
        return await keeping.save(self)

    async def action_quit(self) -> None:
        """Leave; what is not on disk is asked about."""
        # Any other dialog that is open keeps its own worker: staying leads back to it.
        if isinstance(self.screen, Confirm):
            self.notify("Answer this first: Escape closes it, and nothing is done.", markup=False)
        else:
            self.run_worker(keeping.leave(self), exclusive=True, group="leaving")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action, in the command palette too."""
        yield from super().get_system_commands(screen)
        yield from commands(self, screen)

    @property
    def stopped(self) -> bool:
        """Whether the work that may wait for an answer was stopped."""
        work = self.live.work
        return work is not None and bool(work.busy) and work.stop.cancelled
