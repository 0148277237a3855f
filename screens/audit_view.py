"""Review mode: a state file in the terminal, read-only, following a run that is going on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from screens.defect import ToldApp
from screens.dialogs.ask_text import AskText
from screens.dialogs.reading import Reading
from screens.newest_size import NewestSize
from screens.widgets.keys import Keys
from screens.widgets.plain import Plain
from screens.widgets.side_list import Line, SideList
from screens.widgets.text_log import TextLog
from wizard.errors import StateError
from wizard.run.report import gather
from wizard.run.report_parts import heading_on_screen, how_far, parts
from wizard.run.report_write import part_text
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.screen import Screen
    from textual.widgets import OptionList

    from wizard.run.report import Report
    from wizard.run.report_parts import Part
    from wizard.vault.store import SecretInfo

_LINES = 500  # of each step's output
_LOOK = 1.0  # seconds between two looks whether the file tells something new
_SHARE = 4  # a look that took a second is followed by at least so many seconds of rest
_HELP = (
    "Everything that the state file tells; the line at the top says whether its chain is intact,"
    " and how far the site is. It is opened read-only, no host is connected to, and a"
    " run that writes it is not disturbed: what is new appears by itself.\n\n"
    "The list at the left chooses a chapter; / searches in it, n goes to the next place found, f"
    " keeps the end in sight. 'chain intact' means that no event, output, run or plan was changed,"
    " removed or added since it was written.\n\n"
    "Without a terminal: minusnow-setup review --state FILE --format text, md, html or json."
)


class ReviewScreen(NewestSize[int]):
    """The chapters of a state file; answers with 0, with 1 if its chain is broken."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", tooltip="Search in this chapter"),
        Binding("n", "again", "Next found", tooltip="Go to the next place found"),
        Binding("f", "follow", "Follow", tooltip="Keep the end in sight, or stay"),
        Binding("c", "copy", "Copy", tooltip="Copy this chapter to the clipboard"),
        Binding("f1", "help", "Help", key_display="F1", tooltip="What is shown here"),
        Binding("q", "leave", "Leave", tooltip="End the review"),
    ]

    def __init__(self, path: Path, secrets: Sequence[SecretInfo] | None = None) -> None:
        super().__init__()
        self.path = path
        self.report: Report | None = None
        self._secrets = secrets
        self._parts: dict[str, Part] = {}
        self._part = "site"
        self._head: object = None
        self._rest_until = 0.0
        self._drawn: tuple[Part, int] | None = None

    def compose(self) -> ComposeResult:
        """The heading, the chapters, one of them, the keys."""
        yield Plain(id="title")
        with Horizontal(id="body"):
            yield SideList()
            yield TextLog(diff=True)
        yield Keys()

    def on_mount(self) -> None:
        """Read the file, and look again and again whether it tells something new."""
        self.query_one("#title", Plain).say(f"Reading {self.path} …")
        self.query_one(TextLog).follow(on=False)
        self.query_one(SideList).focus()
        self.set_interval(_LOOK, self._look)
        self._look()

    def _look(self) -> None:
        if time.monotonic() >= self._rest_until:
            self._rest_until = float("inf")
            self.run_worker(self._read, thread=True, group="read", exit_on_error=False)

    def _read(self) -> None:
        """Read the file if it is another one than before; on a worker's thread."""
        begin = time.monotonic()
        try:
            head = self._newest()
            if head != self._head:
                report = gather(self.path, lines=_LINES, secrets=self._secrets)
                told = {part.id: part for part in parts(report)}
                self._head = head
                self.app.call_from_thread(self._show, report, told)
        except StateError as error:
            self.app.call_from_thread(self.query_one("#title", Plain).say, f"✗ {error.seen}")
        finally:
            self._rest_until = time.monotonic() + _SHARE * (time.monotonic() - begin)

    def _newest(self) -> object:
        state = StateFile.open_read_only(self.path)
        try:
            extent = state.records.extent()
            owner = str(state.records.owner() or "")
            return extent.last_event, extent.last_output, extent.head_hash, owner
        finally:
            state.close()

    def _show(self, report: Report, told: dict[str, Part]) -> None:
        if not self.is_mounted:
            return
        self.report, self._parts = report, told
        at_work = "a run is going on, or was cut off" if report.owner else ""
        below = " · ".join(each for each in (how_far(report), at_work) if each)
        title = self.query_one("#title", Plain)
        title.say("\n".join(filter(None, (heading_on_screen(report), below))))
        title.set_class(bool(report.broken), "-broken")
        self._list(report)
        self.query_one(SideList).highlighted = list(told).index(self._part)
        self._draw()

    def _list(self, report: Report) -> None:
        lines = [
            Line(
                part.id,
                _titled(part),
                _sign(part, report, here=self._part),
                _style(part, report),
                reachable=True,
            )
            for part in self._parts.values()
        ]
        self.query_one(SideList).show(lines, self._part)

    def _draw(self) -> None:
        part = self._parts.get(self._part)
        width = max(self.query_one(TextLog).size.width - 2, 40)
        if part is None or (part, width) == self._drawn:
            return
        another = self._drawn is None or self._drawn[0].id != part.id
        self._drawn = (part, width)

        def wrap() -> None:
            lines = list(part_text(part, width))
            self.app.call_from_thread(self._write, part, lines, another=another)

        self.run_worker(wrap, thread=True, group="draw", exit_on_error=False)

    def _write(self, part: Part, lines: list[str], *, another: bool) -> None:
        """Show a chapter, unless another one was chosen while its lines were made."""
        log = self.query_one(TextLog)
        if self._drawn is None or self._drawn[0] is not part:
            return
        place = log.scroll_y
        log.replace(lines)
        if another:
            log.follow(on=part.id == "events" and bool(self.report and self.report.owner))
        if not log.following:
            log.scroll_to(y=0 if another else place, animate=False)

    def on_resize(self) -> None:
        """Chapters are as wide as there is room."""
        if self._parts:
            self._draw()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the chapter at the cursor."""
        event.stop()
        if event.option.id and event.option.id != self._part and self.report:
            self._part = event.option.id
            self._list(self.report)
            self._draw()

    def on_side_list_wanted(self, event: SideList.Wanted) -> None:
        """Go into the chapter, to scroll it."""
        event.stop()
        self.query_one(TextLog).focus()

    def action_search(self) -> None:
        """Search in the chapter."""
        self.run_worker(self._search(), exclusive=True, group="dialog")

    async def _search(self) -> None:
        word = await self.app.push_screen_wait(AskText("Search", "In this chapter."))
        if word and not self.query_one(TextLog).search(word):
            self.notify("Not found.", markup=False)

    def action_again(self) -> None:
        """The next place found."""
        self.query_one(TextLog).next_match()

    def action_follow(self) -> None:
        """Keep the end in sight, or stay."""
        log = self.query_one(TextLog)
        log.follow(on=not log.following)

    def action_copy(self) -> None:
        """Copy the chapter."""
        lines = self.query_one(TextLog).lines
        self.app.copy_to_clipboard("\n".join(lines))
        self.notify(f"{len(lines)} lines copied.", markup=False)

    def action_help(self) -> None:
        """Explain."""
        self.app.push_screen(Reading("Help · Review", _HELP))

    def action_leave(self) -> None:
        """End the review; beside the wizard it goes on, alone so does the program."""
        status = 1 if self.report and self.report.broken else 0
        if isinstance(self.app, ReviewApp):
            self.app.exit(status)
        else:
            self.dismiss(status)


class ReviewApp(ToldApp):
    """The review alone; exits with its answer."""

    CSS_PATH = "app.tcss"
    TITLE = "minusnow-setup"

    def __init__(self, path: Path, secrets: Sequence[SecretInfo] | None = None) -> None:
        super().__init__()
        self._path, self._secrets = path, secrets

    def get_default_screen(self) -> Screen[int]:
        """The chapters."""
        return ReviewScreen(self._path, self._secrets)


def _titled(part: Part) -> str:
    count = len(part.rows) if part.head else len(part.texts)
    return part.title if part.id in {"site", "chain"} else f"{part.title} {count}"


def _sign(part: Part, report: Report, *, here: str) -> str:
    if part.id == here:
        return "▸"
    return "✗" if _loud(part, report) else "·"


def _loud(part: Part, report: Report) -> bool:
    return part.id == "chain" and bool(report.broken)


def _style(part: Part, report: Report) -> str:
    return "bold red" if _loud(part, report) else ""


def run(path: str, secrets: Sequence[SecretInfo] | None = None) -> int:
    """Open the review in this terminal; return the exit status."""
    return ReviewApp(Path(path), secrets).answer()
