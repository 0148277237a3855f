"""Install: every step with its state and time, the log, and what to do when one fails."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from screens.begin import begin
from screens.dialogs.ask_text import AskText
from screens.dialogs.confirm import Confirm
from screens.dialogs.failure import FailureCard
from screens.host_shell import open_shell
from screens.keep_log import write_log
from screens.progress import about, clock
from screens.run_log import KEPT
from screens.state_of import state_path
from screens.step import Step
from screens.widgets.plain import Plain
from screens.widgets.step_tree import StepTree
from screens.widgets.text_log import TextLog
from screens.work import Work, work_of
from wizard.errors import SetupError

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from wizard.site.file import LoadedSite

_TICK = 1 / 12  # seconds: often enough to look live, seldom enough to leave room for keys
_TREE_TICKS = 2  # the steps are drawn anew at most every so many ticks


class InstallStep(Step):
    """The steps, and beside them what the hosts say."""

    HELP = (
        "Hosts are worked on side by side, one step at a time on each. ✓ done and looked at again"
        " afterwards, – was right already, ▸ running, ✗ failed, ! waits for one that failed.\n\n"
        "p holds on after the steps that run now and goes on again. s stops: what runs is ended,"
        " everything done is kept, and the installation goes on from there later. Enter shows the"
        " log of the host at the cursor or of all. / searches, n goes to the next place, f follows"
        " the end, c copies what is shown, w writes the whole log to a file. Text can be selected"
        " with the mouse. x shows a failure again, o opens a shell on the host."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "install", "Install", tooltip="Begin, or go on, after one question"),
        Binding("p", "pause", "Pause", tooltip="Hold on after this step, or go on"),
        Binding("s", "stop", "Stop", tooltip="End what runs and keep the state"),
        Binding("slash", "search", "Search", key_display="/", tooltip="Search in the log"),
        Binding("n", "again", "Next", tooltip="Next place found", show=False),
        Binding("f", "follow", "Follow", tooltip="Keep the end of the log in sight"),
        Binding("c", "copy", "Copy", tooltip="Copy the shown log to the clipboard"),
        Binding("w", "write", "Write", tooltip="Write the whole log to a file"),
        Binding("x", "card", "Failure", tooltip="Show what failed and what to do", show=False),
        Binding("o", "shell", "Shell", tooltip="Open a shell on the host at the cursor"),
    ]
    SCOPED_CSS: ClassVar[bool] = False  # a rule for wide terminals begins above this widget
    DEFAULT_CSS: ClassVar[str] = """
    InstallStep .said { height: auto; max-height: 3; text-style: bold; }
    InstallStep .halves { height: 1fr; }
    InstallStep StepTree { height: 2fr; }
    InstallStep .log { height: 3fr; border-top: solid $panel; }
    InstallStep .which { height: 1; color: $text-muted; }
    InstallStep TextLog { height: 1fr; }
    .-wide InstallStep .halves { layout: horizontal; }
    .-wide InstallStep StepTree { width: 46; height: 1fr; }
    .-wide InstallStep .log { width: 1fr; height: 1fr; border-top: none;
        border-left: solid $panel; padding-left: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._host = ""  # whose log is shown; "" is all
        self._read = 0
        self._run_log: object = None  # of which run
        self._ticks = 0
        self._version = -1
        self._second = -1
        self._told: object = None  # the failure that was shown

    def compose(self) -> ComposeResult:
        """How far it is, the steps, the log."""
        yield Plain(classes="said")
        with Container(classes="halves"):
            yield StepTree()
            with Vertical(classes="log"):
                yield Plain(classes="which")
                yield TextLog(diff=True, most=KEPT)

    def on_mount(self) -> None:
        """Follow the run from now on."""
        self.set_interval(_TICK, self._tick)
        self._tick()
        self.query_one(StepTree).focus()

    def blocked(self) -> str:
        """What comes next needs an installed site."""
        work = work_of(self.setup)
        return f"Busy: {work.busy}." if work.installing else ""

    def live_changed(self) -> None:
        """Something began or ended."""
        self._second = -1
        self._tick()

    def _tick(self) -> None:
        if not self.is_mounted:
            return
        work = work_of(self.setup)
        self._ticks += 1
        self._take_lines(work)
        second = int(time.monotonic())
        drawn = work.progress.version, second
        if self._ticks % _TREE_TICKS == 0 and drawn != (self._version, self._second):
            self._version, self._second = drawn
            self.query_one(StepTree).show(work.progress)
            self.query_one(".said", Plain).say(words(work))
            self._mark()
            self._tell_failure(work)

    def _take_lines(self, work: Work) -> None:
        log = self.query_one(TextLog)
        if work.log is not self._run_log:
            self._run_log, self._read = work.log, 0
            log.clear()
        self._read, fresh = work.log.since(self._read)
        lines = [line.text for line in fresh if self._host in {"", line.host}]
        if lines:
            log.write_lines(lines)

    def _mark(self) -> None:
        follow = "● following" if self.query_one(TextLog).following else "○ not following"
        self.query_one(".which", Plain).say(f"{self._host or 'all hosts'} · {follow}")

    def _tell_failure(self, work: Work) -> None:
        failures = work.progress.failures
        if failures and not work.installing and self._told is not failures[0]:
            self._told = failures[0]
            self.action_card()

    def on_step_tree_chosen(self, event: StepTree.Chosen) -> None:
        """Show the log of one host, or of all."""
        event.stop()
        self._host = "" if self._host == event.host else event.host
        self.query_one(TextLog).clear()
        self._read = 0
        self._take_lines(work_of(self.setup))
        self.query_one(TextLog).follow(on=True)
        self._mark()

    def action_install(self) -> None:
        """Begin, or go on where it stopped."""
        self.setup.run_worker(self._begin(), exclusive=True, group="dialog")

    async def _begin(self) -> None:
        work, loaded = work_of(self.setup), self.draft.loaded()
        stopped = work.result is not None and work.result.outcome != "done"
        if stopped and loaded and not work.busy and not self.draft.dirty:
            work.install(loaded, command="resume")
        else:
            await begin(self.setup)

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
            self.setup.run_worker(self._card(), exclusive=True, group="dialog")
        else:
            self.setup.notify("Nothing has failed.", markup=False)

    async def _card(self) -> None:
        work, loaded = work_of(self.setup), self.draft.loaded()
        kept = str(self._state_path(loaded)) if loaded else ""
        progress = work.progress
        while True:
            answer = await self.setup.push_screen_wait(FailureCard(progress, kept))
            if answer == "shell":
                self._open_shell(progress.failures[0].host)
                continue
            if answer == "retry":
                await self._begin()
            return

    def action_shell(self) -> None:
        """Open a shell on the host at the cursor."""
        host = self.query_one(StepTree).host or self._host
        if host:
            self._open_shell(host)
        else:
            self.setup.notify("Put the cursor on a step of the host first.", markup=False)

    def _open_shell(self, name: str) -> None:
        if self.draft.site and (problem := open_shell(self.setup, self.draft.site, name)):
            self.setup.notify(problem, markup=False, timeout=15)

    def action_search(self) -> None:
        """Search in what is shown."""
        self.run_worker(self._search(), exclusive=True, group="dialog")

    async def _search(self) -> None:
        word = await self.setup.push_screen_wait(AskText("Search", "In the log that is shown."))
        if word and not self.query_one(TextLog).search(word):
            self.setup.notify("Not found.", markup=False)
        self._mark()

    def action_again(self) -> None:
        """The next place found."""
        self.query_one(TextLog).next_match()
        self._mark()

    def action_follow(self) -> None:
        """Follow the end, or stay."""
        log = self.query_one(TextLog)
        log.follow(on=not log.following)
        self._mark()

    def action_copy(self) -> None:
        """Copy what is shown."""
        lines = self.query_one(TextLog).lines
        self.setup.copy_to_clipboard("\n".join(lines))
        self.setup.notify(f"{len(lines)} lines copied.", markup=False)

    def _state_path(self, loaded: LoadedSite) -> Path:
        return state_path(loaded, simulated=work_of(self.setup).simulated)

    def action_write(self) -> None:
        """Write the whole log to a file."""
        self.run_worker(self._write(), exclusive=True, group="dialog")

    async def _write(self) -> None:
        loaded = self.draft.loaded()
        if loaded is None or not self._state_path(loaded).exists():
            self.setup.notify("There is no log yet.", markup=False)
            return
        name = str(loaded.path.with_suffix(".log"))
        typed = await self.setup.push_screen_wait(
            AskText("Write the log to", "Everything the state file holds, line by line.", name)
        )
        if not typed:
            return
        worker = self.run_worker(
            lambda: write_log(self._state_path(loaded), Path(typed).expanduser()),
            thread=True,
            exit_on_error=False,
        )
        try:
            count = await worker.wait()
        except Exception as failed:  # noqa: BLE001 - a worker's error comes wrapped
            cause = failed.__cause__ or worker.error or failed
            seen = cause.seen if isinstance(cause, SetupError) else str(cause)
            self.setup.notify(seen, title="Not written", severity="error", markup=False)
        else:
            self.setup.notify(f"{count} lines in {typed}", title="Written", markup=False)


def words(work: Work) -> str:
    """Return in a line or two how far it is."""
    progress = work.progress
    behind, count = progress.counts()
    gone = clock(time.monotonic() - progress.begun)
    if work.installing and count and work.busy == "installing":
        known = "learned from earlier runs" if progress.learned else "a first guess"
        left = f"{about(progress.seconds_left())} left ({known})"
        state = "PAUSED after the running step · p goes on" if work.pause.wanted else left
        if progress.failures:
            state = f"✗ {len(progress.failures)} failed: what runs still ends · x shows it"
        return f"{bar(behind, count)} {behind} of {count} · {gone} gone · {state}"
    if work.busy:
        return f"… {work.busy} · {gone} gone" if work.installing else f"… {work.busy}"
    if work.error:
        return f"✗ {work.error}"
    if work.result:
        result = work.result
        sign = {"done": "✓", "failed": "✗", "cancelled": "!"}[result.outcome]
        further = "" if result.outcome == "done" else " · the state is kept, i goes on"
        return (
            f"{sign} {result.outcome}: {result.changed} changes in {clock(result.seconds)},"
            f" {len(result.skipped)} steps already right{further}"
        )
    return "i begins, after one question that names hosts and what will be installed."


def bar(behind: int, count: int, width: int = 16) -> str:
    """Return a bar of the steps that are behind."""
    full = width * behind // max(count, 1)
    return "━" * full + "─" * (width - full)
