"""Welcome: what this is, what will be asked, and what to begin with."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.apart import apart
from screens.dialogs.ask_text import AskFile
from screens.dialogs.confirm import Confirm
from screens.dialogs.reading import Reading
from screens.draft import Draft
from screens.ending import may_end
from screens.found import Found, look
from screens.rehearse import begin_anew, is_away, no_way, tell, warn
from screens.step import Step
from screens.unsaved import Unsaved, found
from screens.widgets.plain import Plain, clean
from wizard.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

NEEDED = """\
You will be asked for hosts, login, network, database, balancer, storage, cache, application and \
licences, about 15 minutes with everything at hand; the installation takes about as long again. \
Nothing is changed on any server before you have read it all on one page and agreed. The site \
file is written where you say; it never holds a password.

Have at hand
· each server: name, address, a login that may use sudo, its SSH key
· the domain that users will type, and a free address for the balancers
· the mail relay, and an address for support
· the MinusNow release (.tar.gz)
· the certificate's files, if you have one

Licences to settle with their vendors
· database, operating system, TLS certificate, SMTP service
· load balancer, monitoring, backup software, Active Directory access
"""

PRACTICE = """\
Eight small hosts on this machine, with everything real but the loss: systemd, SSH, firewalls, \
PostgreSQL, the lot. As root, on Debian 12:

  minusnow-setup practice up

makes them, a site file for them and a stand-in of the release; then they stand in this list. To \
choose them there begins the wizard anew on their network, as root too. `practice down` removes \
them.

Without any host at all: minusnow-setup wizard --simulate walks the whole way, nothing is \
connected to, and every screen says so.
"""


class WelcomeStep(Step):
    """What to begin with, above what is needed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the list takes them, which has the arrows.
        Binding(
            "pagedown",
            "read(1)",
            "Read on",
            key_display="PgDn",
            tooltip="Further down in what is needed",
            priority=True,
        ),
        Binding("pageup", "read(-1)", "Read back", key_display="PgUp", show=False, priority=True),
    ]
    HELP = (
        "Begin with a new site, or open a site file: one that is finished, one that you began"
        " earlier, or one that someone wrote by hand; comments in it are kept. What was begun"
        " stands first, and goes on at the first screen with something open. Where an"
        " installation was begun, its line says how far it got: Resume leads to Review, from where"
        " it goes on with what is left. Look into shows everything that was done, read-only, also"
        " where the site file is gone."
        " Answers that nobody could save, because the terminal went away, can be taken up.\n\n"
        "Practice hosts are eight small machines on this one: everything is real but the loss. They"
        " have a network of their own: to choose them begins the wizard anew there.\n\n"
        "In the list of screens ✓ is done, ✗ has something wrong or missing, ! is to be looked at"
        " again: an answer it depends on was changed.\n\n"
        "PgDn and PgUp scroll what is needed. ctrl+n and ctrl+b go forward and back, ctrl+s saves,"
        " F4 lists what is wrong or missing,"
        " F6 puts the cursor into the list of screens, ctrl+z takes a change back, ctrl+p finds"
        " every action, another theme and a screenshot, ctrl+q leaves. What is marked with the"
        " mouse is copied by ctrl+c."
    )
    DEFAULT_CSS: ClassVar[str] = """
    WelcomeStep OptionList { height: auto; max-height: 9; border: none;
        background: transparent; padding: 0; }
    WelcomeStep .needed { height: 1fr; margin-top: 1; border-top: solid $panel; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._unsaved: dict[str, Unsaved] = {}
        self._files: tuple[Found, ...] = ()

    def compose(self) -> ComposeResult:
        """The ways to begin, and what is needed."""
        yield OptionList(markup=False, compact=True)
        with VerticalScroll(classes="needed", can_focus=False):
            yield Plain(NEEDED)

    def on_mount(self) -> None:
        """Look for site files, and begin at the first way."""
        self._show()
        self.query_one(OptionList).focus()
        self.call_after_refresh(self._begin_to_look)  # which takes time from what is drawn first

    def _begin_to_look(self) -> None:
        self.run_worker(self._look, thread=True, exclusive=True, group="files")
        self.run_worker(warn(self.setup), exclusive=True, group="reach")

    def _look(self) -> None:
        files = tuple(look(Path(), simulated=self.setup.simulation is not None))
        self.app.call_from_thread(self._found, files, found(self.setup.copy.file))

    def _found(self, files: tuple[Found, ...], unsaved: tuple[Unsaved, ...]) -> None:
        if self.shown:
            self._unsaved = {str(one.file): one for one in unsaved}
            self._files = files
            self._show()

    def _show(self) -> None:
        """List the ways; the cursor stays on the way that was chosen, or on the first one."""
        ways = self.query_one(OptionList)
        chosen = ways.highlighted_option.id if ways.highlighted and ways.highlighted_option else ""
        ways.clear_options()
        ways.add_options(self._ways())
        ids = [option.id for option in ways.options]
        ways.highlighted = ids.index(chosen) if chosen in ids else 0

    def _ways(self) -> Iterator[Option]:
        """What was begun comes first, then what is new, then what is finished."""
        if self.setup.chosen:
            where = self.setup.open_place.title
            yield _option("go-on", "Go on", f"with {self.draft.name}, at {where}")
        # A copy from elsewhere may be an old one; one of a file of this folder is newer than it.
        of_here = {each.path.absolute() for each in self._files}
        here = [name for name, one in self._unsaved.items() if one.draft.path in of_here]
        yield from (self._unsaved_way(name) for name in here)
        begun = [each for each in self._files if each.begun]
        for each in sorted(begun, key=lambda one: not one.unfinished):
            yield from _ways_with(each)
        yield from (self._unsaved_way(name) for name in self._unsaved if name not in here)
        yield _option("new", "New site", "from the vendor's reference layout")
        yield _option("open", "Open a site file …", "finished or not")
        for each in self._files:
            if each not in begun:
                yield from _ways_with(each)
        if not any(each.practice for each in self._files):
            yield _option("practice", "Rehearse on practice hosts …", "how to make them")

    def _unsaved_way(self, name: str) -> Option:
        words = self._unsaved[name].words
        return _option(f"unsaved:{name}", "Take up unsaved answers", words)

    def draft_changed(self) -> None:
        """The current site is among the ways to go on."""
        self._show()
        self.run_worker(self._look, thread=True, exclusive=True, group="files")

    def choose(self) -> bool:
        """Begin with the way at the cursor, as Enter does."""
        self.query_one(OptionList).action_select()
        return True

    def action_read(self, pages: int) -> None:
        """Scroll what is needed."""
        needed = self.query_one(".needed")
        needed.scroll_relative(y=pages * max(needed.size.height - 1, 1), animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Begin."""
        event.stop()
        self.setup.run_worker(self._begin(event.option.id or ""), exclusive=True, group="dialog")

    async def _begin(self, way: str) -> None:
        kind, _, name = way.partition(":")
        if kind == "go-on":
            await self.setup.go_on()
        elif kind == "review":
            from screens.audit_secrets import KeyringLook  # noqa: PLC0415 - start-up time
            from screens.audit_source import Source  # noqa: PLC0415 - as above
            from screens.audit_view import ReviewScreen  # noqa: PLC0415 - as above

            live = self.setup.live
            opened = live.vault if live.stored is not None else None  # one that asks nothing
            keyring = KeyringLook(self.setup.keyring, opened)
            self.setup.push_screen(ReviewScreen(Source(Path(name)), keyring=keyring))
        elif kind == "practice":
            reading = Reading("Rehearse on practice hosts", PRACTICE)
            # Somebody may have made them meanwhile, in another terminal.
            self.setup.push_screen(reading, lambda _: self._begin_to_look())
        elif kind == "rehearse" and (why := await self._no_way(Path(name))):
            tell(self.setup, why)
        elif await self._may_begin():
            await self._begin_with(kind, name)

    async def _no_way(self, site: Path) -> str:
        return await no_way(site) if await is_away(self.setup, site) else ""

    async def _may_begin(self) -> bool:
        """Whether the current site may be left for another one."""
        if not await may_end(self.setup):
            return False
        work = self.setup.live.work
        if work is not None and work.busy:
            self.setup.notify(f"Busy: {work.busy}.", markup=False)
            return False
        return not (self.setup.chosen and self.draft.dirty) or await self._may_drop()

    async def _begin_with(self, kind: str, name: str) -> None:
        if kind == "new":
            from screens.presets import new_site  # noqa: PLC0415 - start-up time

            self.setup.begin_with(Draft(await asyncio.to_thread(new_site, _login())))
        elif kind == "unsaved":
            self.setup.copy.take_up(self._unsaved[name])
            self.setup.begin_with(self._unsaved[name].draft)
        else:
            name = name or await self._ask_name()
            if not name:
                return
            site = _path(name)
            if await is_away(self.setup, site) and not await no_way(site):
                begin_anew(self.setup, site)
                return
            try:
                draft = await apart(lambda: Draft.open(site))
            except SetupError as error:
                self.setup.notify(
                    str(error), title="Not opened", severity="error", markup=False, timeout=10
                )
                return
            self.setup.begin_with(draft)
        await self.setup.go_on()
        await warn(self.setup)

    async def _ask_name(self) -> str:
        return await self.setup.push_screen_wait(
            AskFile("Open a site file", "Its path on this machine.", "", _cannot_be_opened)
        )

    async def _may_drop(self) -> bool:
        question = Confirm(
            "Another site?",
            f"{self.draft.name} has answers that are not saved; they would be lost.",
            [("stay", "Stay"), ("save", "Save first"), ("drop", "Do not save")],
        )
        answer = await self.setup.push_screen_wait(question)
        return answer == "drop" or (answer == "save" and await self.setup.save())


def _ways_with(each: Found) -> Iterator[Option]:
    """Yield the ways with a site file: to go on with it, and to look into what was done."""
    if each.gone:
        yield _option(f"review:{each.state}", f"Look into {each.state}", each.words)
        return
    title = "Resume" if each.unfinished else "Open"
    title = f"{title} {each.path}" if not each.practice else "Rehearse on practice hosts"
    way = "rehearse" if each.practice else "resume" if each.unfinished else "file"
    yield _option(f"{way}:{each.path}", title, each.words)
    if each.state:
        words = "what was done, read-only"
        yield _option(f"review:{each.state}", f"Look into {each.state}", words)


def _option(key: str, title: str, words: str) -> Option:
    return Option(Text.assemble((clean(title), "bold"), f"   {clean(words)}"), id=key)


def _path(typed: str) -> Path:
    return Path(typed).expanduser()


def _cannot_be_opened(typed: str) -> str:
    return "" if Path(typed).expanduser().is_file() else "There is no such file."


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "root"
