"""Install: every step with its state and time, the log, and what to do when one fails."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container

from screens.after_failure import after_failure, shell
from screens.again import again, come_back
from screens.apart import apart
from screens.before import failed_before, read_before
from screens.dialogs.ask_text import AskText
from screens.dialogs.confirm import Confirm
from screens.keep_log import write_log
from screens.run_words import words
from screens.state_of import state_path
from screens.step import Step
from screens.widgets.plain import Plain
from screens.widgets.run_log_view import RunLogView
from screens.widgets.step_tree import StepTree
from screens.work import Work, work_of
from wizard.counted import counted
from wizard.errors import SetupError

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from wizard.site.file import LoadedSite

_TICK = 1 / 12  # seconds: often enough to look live, seldom enough to leave room for keys
_LATEST = 1.0  # seconds between two looks at the run while somebody types
_NO_STEP = "Put the cursor on a step of the host first."
_TREE_TICKS = 2  # the steps are drawn anew at most every so many ticks


class InstallStep(Step):
    """The steps, and beside them what the hosts say."""

    HELP = (
        "Hosts are worked on side by side, one step at a time on each. ✓ done and looked at again"
        " afterwards, – was right already, ▸ running, ✗ failed, ! waits for one that failed,"
        " » skipped by a person.\n\n"
        "p holds on after the steps that run now and goes on again. s stops: what runs is ended,"
        " everything done is kept, and the installation goes on from there later. Enter shows the"
        " log of the host at the cursor or of all. t shows only lines that contain a text, /"
        " searches, n goes to the next place, f follows the end, c copies what is shown, w writes"
        " the whole log to a file. Text can be selected with the mouse.\n\n"
        "When a step fails a card says what was seen, the likely cause and what can be done: retry,"
        " edit an answer and retry, skip the step where no other needs it, a shell on the host, or"
        " stop. x shows the card again, o opens a shell on the host at the cursor."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "install", "Install", tooltip="Begin, or go on, after one question"),
        Binding("p", "pause", "Pause", tooltip="Hold on after this step, or go on"),
        Binding("s", "stop", "Stop", tooltip="End what runs and keep the state"),
        Binding("slash", "search", "Search", key_display="/", tooltip="Search in the log"),
        Binding("n", "again", "Next found", tooltip="Next place found", show=False),
        Binding("t", "only", "Filter", tooltip="Show only lines that contain a text"),
        Binding("f", "follow", "Follow", tooltip="Keep the end of the log in sight"),
        Binding("c", "copy", "Copy", tooltip="Copy the shown log to the clipboard", show=False),
        Binding("w", "write", "Save log", tooltip="Write the whole log to a file"),
        Binding("x", "card", "Failure", tooltip="Show what failed and what to do", show=False),
        Binding("enter", "log_of", "Log of host", tooltip="Of the one at the cursor", show=False),
        Binding("o", "shell", "Shell", tooltip="Open a shell on the host", show=False),
    ]
    SCOPED_CSS: ClassVar[bool] = False  # a rule for wide terminals begins above this widget
    DEFAULT_CSS: ClassVar[str] = """
    InstallStep .said { height: auto; max-height: 3; text-style: bold; }
    InstallStep .halves { height: 1fr; }
    InstallStep StepTree { height: 2fr; }
    InstallStep RunLogView { height: 3fr; border-top: solid $panel; }
    .-wide InstallStep .halves { layout: horizontal; }
    .-wide InstallStep StepTree { width: 2fr; height: 1fr; }
    .-wide InstallStep RunLogView { width: 3fr; height: 1fr; border-top: none;
        border-left: solid $panel; padding-left: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._ticks = 0
        self._version = -1
        self._second = -1
        self.looked_at = 0.0
        """When the run was last looked at; seconds of the monotonic clock."""

    def compose(self) -> ComposeResult:
        """How far it is, the steps, the log."""
        yield Plain(classes="said")
        with Container(classes="halves"):
            yield StepTree()
            yield RunLogView()

    def on_mount(self) -> None:
        """Follow the run from now on."""
        self.set_interval(_TICK, self._tick)
        self._tick()
        self.query_one(StepTree).focus()
        read_before(self.setup)
        if work_of(self.setup).editing:
            self.setup.run_worker(come_back(self.setup), exclusive=True, group="dialog")

    @property
    def _log(self) -> RunLogView:
        return self.query_one(RunLogView)

    def blocked(self) -> str:
        """What comes next needs an installed site."""
        work = work_of(self.setup)
        return f"Busy: {work.busy}." if work.installing else ""

    def live_changed(self) -> None:
        """Something began or ended."""
        self._second = -1
        self.looked_at = 0.0
        self._tick()

    def _tick(self) -> None:
        now = time.monotonic()
        # To draw what hosts write takes longer than what a key asks for: the key comes first.
        waits = self.setup.is_typing and now - self.looked_at < _LATEST
        if waits or not self.is_mounted:
            return
        self.looked_at = now
        work = work_of(self.setup)
        self._ticks += 1
        self._log.take(work.log)
        second = int(now)
        drawn = work.progress.version, second
        if self._ticks % _TREE_TICKS == 0 and drawn != (self._version, self._second):
            self._version, self._second = drawn
            self.query_one(StepTree).show(work.progress)
            self.query_one(".said", Plain).say(words(work, self.setup.live.before))
            self._log.say()
            self._tell_failure(work)

    def _tell_failure(self, work: Work) -> None:
        failures = work.progress.failures
        if failures and not work.installing and work.told is not failures[0]:
            work.told = failures[0]
            self.action_card()

    def on_step_tree_chosen(self, event: StepTree.Chosen) -> None:
        """Show the log of one host, or of all."""
        event.stop()
        self._show_log_of(event.host)

    def _show_log_of(self, host: str) -> None:
        self._log.choose(host="" if self._log.host == host else host)

    def action_log_of(self) -> None:
        """As Enter on a step does: the palette has it, and it works from the log too."""
        if host := self.query_one(StepTree).host:
            self._show_log_of(host)
        else:
            self.setup.notify(_NO_STEP, markup=False)

    def action_install(self) -> None:
        """Begin, or go on where it stopped."""
        self.setup.run_worker(again(self.setup), exclusive=True, group="dialog")

    def action_pause(self) -> None:
        """Hold on after what runs now, or go on."""
        work = work_of(self.setup)
        if not work.installing:
            self.setup.notify("Nothing is being installed.", markup=False)
        elif work.pause.wanted:
            work.pause.go_on()
        else:
            work.pause.hold()
        self.live_changed()

    def action_stop(self) -> None:
        """Ask, then stop."""
        if work_of(self.setup).busy:
            self.run_worker(self._stop(), exclusive=True, group="dialog")

    async def _stop(self) -> None:
        question = Confirm(
            "Stop?",
            "What runs on the hosts is ended. Everything that is done stays, the state is kept,"
            " and i goes on from there.",
            [("no", "Go on"), ("yes", "Stop")],
        )
        if await self.setup.push_screen_wait(question) == "yes":
            work_of(self.setup).cancel()

    def action_card(self) -> None:
        """Show the failure and what to do."""
        if work_of(self.setup).progress.failures:
            self.setup.run_worker(after_failure(self.setup), exclusive=True, group="dialog")
        else:
            before = None if work_of(self.setup).begun else self.setup.live.before
            self.setup.notify(failed_before(before), markup=False, timeout=10)

    def action_shell(self) -> None:
        """Open a shell on the host at the cursor."""
        host = self.query_one(StepTree).host or self._log.host
        if host:
            shell(self.setup, host)
        else:
            self.setup.notify(_NO_STEP, markup=False)

    def action_search(self) -> None:
        """Search in what is shown."""
        self.run_worker(self._search(), exclusive=True, group="dialog")

    async def _search(self) -> None:
        word = await self.setup.push_screen_wait(AskText("Search", "In the log that is shown."))
        if word and not self._log.text.search(word):
            self.setup.notify("Not found.", markup=False)
        self._log.say()

    def action_again(self) -> None:
        """The next place found."""
        self._log.text.next_match()
        self._log.say()

    def action_only(self) -> None:
        """Show only lines with a text in them, or all lines again."""
        if self._log.only:
            self._log.choose(only="")
        else:
            self.run_worker(self._only(), exclusive=True, group="dialog")

    async def _only(self) -> None:
        dialog = AskText("Filter", "Only lines that contain this are shown; t shows all again.")
        if word := await self.setup.push_screen_wait(dialog):
            self._log.choose(only=word)

    def action_follow(self) -> None:
        """Follow the end, or stay."""
        text = self._log.text
        text.follow(on=not text.following)
        self._log.say()

    def action_copy(self) -> None:
        """Copy what is shown."""
        lines = self._log.text.lines
        self.setup.copy_to_clipboard("\n".join(lines))
        self.setup.notify(f"{counted(len(lines), 'line')} copied.", markup=False)

    def _state_path(self, loaded: LoadedSite) -> Path:
        return state_path(loaded, simulated=work_of(self.setup).simulated)

    def action_write(self) -> None:
        """Write the whole log to a file."""
        self.run_worker(self._write(), exclusive=True, group="dialog")

    async def _write(self) -> None:
        loaded = self.draft.loaded()
        if loaded is None or not await apart(self._state_path(loaded).exists):
            self.setup.notify("There is no log yet.", markup=False)
            return
        name = str(loaded.path.with_suffix(".log"))
        typed = await self.setup.push_screen_wait(
            AskText("Write the log to", "Everything the state file holds, line by line.", name)
        )
        if not typed:
            return
        state = self._state_path(loaded)
        try:
            count = await apart(lambda: write_log(state, Path(typed).expanduser()))
        except Exception as error:  # noqa: BLE001 - whatever was in the way, the program goes on
            seen = error.seen if isinstance(error, SetupError) else str(error)
            self.setup.notify(seen, title="Not written", severity="error", markup=False)
        else:
            self.setup.notify(f"{counted(count, 'line')} in {typed}", title="Written", markup=False)
