"""Review mode: a state file in the terminal, read-only, following a run that is going on."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from screens.asking import AskingApp
from screens.audit_lines import chapter_lines, side_lines
from screens.audit_secrets import KeyringLook
from screens.audit_source import Source
from screens.dialogs.ask_text import AskText
from screens.dialogs.reading import Reading
from screens.palette import Actions, OfItsOwn, own_commands
from screens.secrets import KeyringFiles
from screens.widgets.keys import Keys
from screens.widgets.plain import Plain
from screens.widgets.side_list import SideList
from screens.widgets.text_log import TextLog
from wizard.counted import counted
from wizard.errors import Cancelled, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.screen import Screen
    from textual.widgets import OptionList

    from screens.audit_source import Told
    from wizard.run.report_parts import Part
    from wizard.vault.store import SecretInfo

_LOOK = 1.0  # seconds between two looks whether the file tells something new
_SHARE = 4  # a look that took a second is followed by at least so many seconds of rest
_HELP = (
    "Everything that the state file tells; the line at the top says whether its chain is intact,"
    " and how far the site is. It is opened read-only, no host is connected to, and a"
    " run that writes it is not disturbed: what is new appears by itself. Before anything was"
    " installed it is what the site file alone says; a change of it, or an installation that"
    " begins, appears by itself too.\n\n"
    "The list at the left chooses a chapter; / searches in it, n goes to the next place found, f"
    " keeps the end in sight, c copies it. ctrl+p finds every action and chapter by name."
    " 'chain intact' means that no event, output, run or plan was changed,"
    " removed or added since it was written.\n\n"
    "Of what each step wrote the last lines are shown: a shows all of them, and the last ones"
    " again.\n\n"
    "Secrets stand by name. s opens the keyring, which may ask for its passphrase, and tells how"
    " old each secret is; a value is never shown.\n\n"
    "Without a terminal: minusnow-setup review --state FILE --format text, md, html or json;"
    " with --lines 0 it writes all lines that the steps wrote."
)


class ReviewScreen(OfItsOwn[int]):
    """The chapters of a state file or a site file; answers with the exit status of the review."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", tooltip="Search in this chapter"),
        Binding("n", "again", "Next found", tooltip="Go to the next place found"),
        Binding("f", "follow", "Follow", tooltip="Keep the end in sight, or stay"),
        Binding("c", "copy", "Copy", tooltip="Copy this chapter to the clipboard"),
        Binding(
            "a", "all", "All lines", tooltip="All lines of each step's output, or its last ones"
        ),
        Binding("s", "secrets", "Secrets", tooltip="Open the keyring and tell the age of each"),
        Binding("f1", "help", "Help", key_display="F1", tooltip="What is shown here"),
        Binding("q", "leave", "Leave", tooltip="End the review"),
    ]

    def __init__(
        self,
        source: Source,
        secrets: Sequence[SecretInfo] | None = None,
        *,
        keyring: KeyringLook,
    ) -> None:
        super().__init__()
        self.source = source
        self.told: Told | None = None
        self._secrets = secrets
        self._keyring = keyring
        self._opening = False
        self._part = ""
        self._whole = False  # whether every line of the output is shown
        self._known: object = None  # what was read last
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
        self.query_one("#title", Plain).say(f"Reading {self.source.name} …")
        self.query_one(TextLog).follow(on=False)
        self.query_one(SideList).focus()
        self.set_interval(_LOOK, self._look)
        self._look()

    @property
    def status(self) -> int:
        """The exit status of the review."""
        return self.told.status if self.told else 0

    def _look(self) -> None:
        if time.monotonic() >= self._rest_until:
            self._rest_until = float("inf")
            self.run_worker(self._read, thread=True, group="read", exit_on_error=False)

    def _read(self) -> None:
        """Read the file if it is another one than before; on a worker's thread."""
        begin = time.monotonic()
        try:
            secrets, whole = self._secrets, self._whole
            newest = (self.source.newest(), secrets, whole)
            if newest != self._known:
                told = self.source.told(secrets, whole=whole)
                self._known = newest
                self.app.call_from_thread(self._show, told)
        except SetupError as error:
            self._known = None  # what is read next is shown, be it as it was before
            self.app.call_from_thread(self.query_one("#title", Plain).say, f"✗ {error.seen}")
        finally:
            self._rest_until = time.monotonic() + _SHARE * (time.monotonic() - begin)

    def _show(self, told: Told) -> None:
        if not self.is_mounted:
            return
        first = self.told is None
        self.told = told
        if self._part not in told.parts:
            self._part = next(iter(told.parts))
        title = self.query_one("#title", Plain)
        title.say("\n".join(filter(None, (told.title, told.below))))
        title.set_class(bool(told.wrong), "-broken")
        self._list(told)
        self.query_one(SideList).highlighted = list(told.parts).index(self._part)
        self._draw()
        if first and self._secrets is None and self._keyring.is_open(told):
            self._open_keyring()

    def _list(self, told: Told) -> None:
        self.query_one(SideList).show(side_lines(told, self._part), self._part)

    def _draw(self) -> None:
        part = self.told.parts.get(self._part) if self.told else None
        width = max(self.query_one(TextLog).size.width - 2, 40)
        if part is None or (part, width) == self._drawn:
            return
        another = self._drawn is None or self._drawn[0].id != part.id
        self._drawn = (part, width)

        def wrap() -> None:
            lines = list(chapter_lines(part, width))
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
            log.follow(on=part.id == "events" and bool(self.told and self.told.going_on))
        if not log.following:
            log.scroll_to(y=0 if another else place, animate=False)

    def go(self, chapter: str) -> None:
        """Show a chapter."""
        if self.told and chapter in self.told.parts:
            self.query_one(SideList).highlighted = list(self.told.parts).index(chapter)

    def places(self) -> Iterator[SystemCommand]:
        """Every chapter, for the palette."""
        for part in self.told.parts.values() if self.told else ():
            go = partial(self.app.call_later, self.go, part.id)
            yield SystemCommand(f"Go to {part.title}", "Show this chapter", go)

    def on_resize(self) -> None:
        """Chapters are as wide as there is room."""
        self._draw()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the chapter at the cursor."""
        event.stop()
        if event.option.id and event.option.id != self._part and self.told:
            self._part = event.option.id
            self._list(self.told)
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
        self.notify(f"{counted(len(lines), 'line')} copied.", markup=False)

    def action_all(self) -> None:
        """Show every line that the steps wrote, or their last ones again."""
        self.go("output")
        self._whole = not self._whole
        said = "Reading all lines …" if self._whole else "Only the last lines of each step."
        self.notify(said, markup=False)
        self._rest_until = 0.0
        self._look()

    def action_secrets(self) -> None:
        """Open the keyring and tell how old each secret is."""
        self.go("secrets")
        self._open_keyring()

    def _open_keyring(self) -> None:
        """Do so beside the screen: a keyring takes its time, and may ask."""
        told, app = self.told, self.app
        if told is None or self._opening or not isinstance(app, AskingApp):
            return
        self._opening = True

        def opened() -> None:
            try:
                self._secrets = self._keyring.describe(app, told)
                self._rest_until = 0.0
                app.call_from_thread(self._look)
            except Cancelled:
                pass
            except SetupError as error:
                say = partial(app.notify, title="Not opened", severity="error", markup=False)
                app.call_from_thread(say, str(error), timeout=10)
            finally:
                self._opening = False

        self.run_worker(opened, thread=True, group="keyring", exit_on_error=False)

    def action_help(self) -> None:
        """Explain."""
        self.app.push_screen(Reading("Help · Review", _HELP))

    def action_leave(self) -> None:
        """End the review; beside the wizard it goes on, alone so does the program."""
        if isinstance(self.app, ReviewApp):
            self.app.exit(self.status)
        else:
            self.dismiss(self.status)


class ReviewApp(AskingApp):
    """The review alone; exits with its answer."""

    CSS_PATH = "app.tcss"
    TITLE = "minusnow-setup"
    COMMANDS = {Actions}  # noqa: RUF012 - declared so by Textual

    def __init__(
        self,
        source: Source,
        secrets: Sequence[SecretInfo] | None = None,
        *,
        keyring: KeyringFiles | None = None,
    ) -> None:
        super().__init__()
        self._review = ReviewScreen(source, secrets, keyring=KeyringLook(keyring or KeyringFiles()))

    def get_default_screen(self) -> Screen[int]:
        """The chapters."""
        return self._review

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the review, in the command palette too."""
        yield from super().get_system_commands(screen)
        yield from own_commands(self, screen)

    async def action_quit(self) -> None:
        """End with the answer, whichever key it is that ends it."""
        self.exit(self._review.status)


def run(
    state: Path,
    secrets: Sequence[SecretInfo] | None = None,
    *,
    site_file: Path | None = None,
    tried: str = "",
    keyring_file: Path | None = None,
    passphrase_file: Path | None = None,
) -> int:
    """Open the review in this terminal; return the exit status.

    With `site_file`, it is what the state file will tell of; `tried` is what is known of it else.
    """
    source = Source(state, site_file=site_file, tried=tried)
    return ReviewApp(source, secrets, keyring=KeyringFiles(keyring_file, passphrase_file)).answer()
