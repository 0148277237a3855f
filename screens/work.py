"""The engine at work for the screens: in threads of its own, one job at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from screens.collector import spare
from screens.dialogs.confirm import Confirm
from screens.held_hosts import hold_hosts
from screens.left_to_do import left_to_do
from screens.opening import open_installation, refuse_unread
from screens.progress import Progress
from screens.run_log import RunLog
from screens.state_of import learned, open_state, state_path
from screens.typed import forget_refused
from wizard.checks.check import SITE, Verdict, worst
from wizard.errors import Cancelled, SetupError
from wizard.remote.cancellation import Cancellation
from wizard.run.earlier import earlier_in
from wizard.run.edited import edited_in
from wizard.run.events import RunFinished
from wizard.run.host_lock import claim_for
from wizard.run.pause import Pause
from wizard.run.proving import needs_drills
from wizard.run.recorded import DRILLS, begun
from wizard.run.session import skipped_in
from wizard.site.changed_answers import same_installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.worker import Worker

    from screens.app import SetupApp
    from wizard.checks.check import Finding
    from wizard.facts.host import HostFacts
    from wizard.run.earlier import EarlierSteps
    from wizard.run.events import TaskFailed, TaskLeftOut
    from wizard.run.installation import Installation
    from wizard.run.planner import Plan
    from wizard.run.runner import RunResult
    from wizard.run.state import StateFile
    from wizard.site.file import LoadedSite


class Work:
    """What was found and done for the current site; screens read it and are told of changes."""

    def __init__(self, setup: SetupApp) -> None:
        self._setup = setup
        self.opener = open_installation
        self.busy = ""  # what is being done, in words; "" when nothing is
        self.error: SetupError | None = None  # what stopped the last job
        self.findings: tuple[Finding, ...] = ()
        self.facts: dict[str, HostFacts | SetupError] = {}  # that the findings are about
        self.plan: Plan | None = None
        self.begun: Plan | None = None  # the last plan that was carried out, to its end or not
        self.looked_at = ""  # the text of the site file that findings and plan are about
        self.agreed = ""  # the fingerprint of the plan that a person agreed to
        self.result: RunResult | None = None
        self.proof: tuple[Finding, ...] = ()
        self.proved = ""  # the text of the site file that the proof is about
        self.stop = Cancellation()
        self.pause = Pause()
        self.progress = Progress()
        self.log = RunLog(self.progress)
        self.installing = False
        self.ran = ""  # the text of the site file that the last installation was about
        self.unfinished = False  # an installation was begun and has not come to its end
        self.told: TaskFailed | None = None  # the failure whose card was shown by itself
        self.editing = False  # a person is changing an answer, to go on with it
        self.skips: dict[str, str] = {}  # steps to leave out, with the reasons
        # Files, as PATH@HOST, that somebody edited by hand and a person agreed to have replaced.
        self.replace_edited: frozenset[str] = frozenset()
        self.left_out: tuple[TaskLeftOut, ...] = ()  # what the last plan leaves out
        self._behind: frozenset[str] = frozenset()  # steps that were right in a run before
        self._changed: tuple[str, ...] = ()  # answers changed since then, in words

    @property
    def simulated(self) -> bool:
        """Whether all of it is about hosts that are not there."""
        return self._setup.simulation is not None

    def current(self) -> bool:
        """Whether findings and plan are about the answers as they are now."""
        text = self._setup.draft.text
        return bool(self.looked_at) and same_installation(self.looked_at, text)

    def due(self) -> Plan | None:
        """Return the plan if it is about the site file as it is now, and still to be done."""
        return self.plan if self.current() and self.plan is not self.begun else None

    def look(self, *, plan: bool = True) -> Worker[None] | None:
        """Begin to connect to all hosts, check them and, if nothing failed, plan."""
        loaded = self._setup.draft.loaded()
        if loaded:
            return self._begin("connecting", lambda: self._look(loaded, plan=plan))
        return None

    def ask_again(self, host: str, check: str = "") -> None:
        """Begin to ask a host, or one check of it, again; if nothing fails any more, plan."""
        loaded = self._setup.draft.loaded()
        if loaded and not self.current():
            self.look()
        elif loaded:
            where = "all hosts" if host == SITE else host
            self._begin(f"asking {where} again", lambda: self._ask_again(loaded, host, check))

    def install(
        self, loaded: LoadedSite, *, command: str = "apply", changed: Sequence[str] = ()
    ) -> None:
        """Begin to install; the plan must be the one that was agreed to, or it is asked again.

        `changed` are the answers that are other ones since the run before, in words.
        """
        right = {line.id for line in self.progress.lines() if line.state in {"done", "right"}}
        self._behind, self._changed = self._behind | right, tuple(changed)
        self.editing, self.ran = False, loaded.text
        self.progress = Progress()
        self.log = RunLog(self.progress)
        self.pause, self.result, self.proof = Pause(), None, ()
        self.proved = ""
        self.installing = True
        self._begin("connecting", lambda: self._install(loaded, command))

    def prove(self, *, drills: bool) -> None:
        """Begin to prove the site, with its drills or without."""
        loaded = self._setup.draft.loaded()
        if loaded:
            self._begin("proving", lambda: self._prove(loaded, drills=drills))

    def cancel(self) -> None:
        """Stop what is running; the state is kept."""
        if self.busy:
            self._say("stopping")
            # Ending a command on each host may take a moment: not on the screen's thread.
            self._setup.run_worker(self.stop.cancel, thread=True, group="stop")

    def _begin(self, words: str, job: Callable[[], None]) -> Worker[None] | None:
        if self.busy:
            self._setup.notify(f"Busy: {self.busy}.", markup=False)
            return None
        self.stop, self.error, self.busy = Cancellation(), None, words
        self._tell()
        return self._setup.run_worker(
            lambda: self._guarded(job), thread=True, group="work", exit_on_error=False
        )

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Cancelled as stopped:
            self.log.note(f"Stopped: {stopped.seen}")
        except SetupError as error:
            self.error = error
            self.log.note(f"✗ {error.seen}")
        finally:
            self.installing = False
            self._say("")

    def _say(self, words: str) -> None:
        """Tell the screen what is being done now; from any thread."""
        spare()  # the modules that came with what was just done, its facts and plan
        self.busy = words
        if self._setup.is_running:
            self._setup.call_later(self._tell)

    def _tell(self) -> None:
        self._setup.step.live_changed()
        self._setup.show_frame()

    @contextmanager
    def _opened(self, loaded: LoadedSite, journal: StateFile | None) -> Iterator[Installation]:
        """Open an installation and close it; its events are in the log, and in the journal."""
        work = self.opener(
            self._setup, loaded, stop=self.stop, listeners=(self.log,), journal=journal
        )
        try:
            yield work
        except SetupError as error:
            # It may quote what a host said, and is shown.
            bus = work.engine.bus
            error.seen, error.remedy = bus.masked(error.seen), bus.masked(error.remedy)
            raise
        finally:
            work.close()
            work.engine.bus.close()

    def _look(self, loaded: LoadedSite, *, plan: bool) -> None:
        with self._opened(loaded, None) as work:
            self._survey(work, loaded)
            if plan and worst(self.findings) is not Verdict.FAILED:
                self._say("planning")
                self.plan = work.plan()

    def _survey(self, work: Installation, loaded: LoadedSite) -> None:
        self.plan, self.looked_at = None, loaded.text
        self._say("connecting to all hosts")
        work.reach()
        self._say("checking all hosts")
        self.findings = work.preflight()
        self.facts = dict(work.facts)
        forget_refused(self._setup.live, self.facts.values())

    def _ask_again(self, loaded: LoadedSite, host: str, check: str) -> None:
        with self._opened(loaded, None) as work:
            work.facts.update(self.facts)
            self.findings = work.ask_again(self.findings, host=host, check=check)
            self.facts = dict(work.facts)
            if worst(self.findings) is not Verdict.FAILED and self.plan is None:
                self._say("connecting to all hosts")
                work.reach()
                self._say("planning")
                self.plan = work.plan()

    def _install(self, loaded: LoadedSite, command: str) -> None:
        refuse_unread(loaded)
        self.progress.learned = learned(loaded, simulated=self.simulated)
        state = open_state(loaded, simulated=self.simulated)
        try:
            with self._opened(loaded, state) as work:
                self._run(work, loaded, state, command)
        finally:
            state.close()

    def _run(self, work: Installation, loaded: LoadedSite, state: StateFile, command: str) -> None:
        site = loaded.site.site
        with begun(work.engine.bus, site, command, simulated=self.simulated):
            work.claim = claim_for(site, command, state=state)
            self._prepare(work, loaded, state)
        self._say("installing")
        self.unfinished, self.begun = True, self.plan
        work.replace_edited = self.replace_edited
        # Only once nothing is refused any more: what is refused must not count as what runs.
        self.result = work.apply(
            pause=self.pause,
            skips=self.skips,
            begin=lambda: state.replace_site(loaded.text, path=str(loaded.path.absolute())),
        )
        if self.result.outcome == "done":
            self.unfinished, self._behind = False, frozenset()
            self.skips = {}
            self._say("proving")
            unproven = state.records.unproven()
            proof = work.prove(drills=needs_drills(unproven), after_changes=bool(unproven))
            self.proved, self.proof = loaded.text, proof

    def _prepare(self, work: Installation, loaded: LoadedSite, state: StateFile) -> None:
        """Check, plan, have it agreed to, and lock the hosts. Raises: SetupError, Cancelled."""
        self._survey(work, loaded)
        if worst(self.findings) is Verdict.FAILED:
            raise SetupError(
                "preflight failed; nothing was changed",
                remedy="Correct what Preflight lists, then begin again.",
            )
        self._say("planning")
        self.plan = work.plan()
        earlier = earlier_in(state.records, self.plan, loaded.text)
        if earlier:
            work.engine.bus.publish(earlier)
        # A changed answer may have taken a step away that was to be left out.
        known = {item.task.id for item in self.plan.tasks}
        self.skips = {task: why for task, why in self.skips.items() if task in known}
        try:
            self.left_out = skipped_in(self.plan, self.skips)
        except SetupError:
            self.skips = {}  # what stands in the way must not do so for ever
            raise
        self._agree(self.plan, earlier)
        if not self.plan.empty:
            hold_hosts(self._setup, work)

    def _agree(self, plan: Plan, earlier: EarlierSteps | None) -> None:
        """Ask again if the plan is not the one that was agreed to. Raises: Cancelled."""
        if plan.empty or plan.fingerprint == self.agreed:
            return
        words = left_to_do(
            plan,
            behind=self._behind,
            changed=self._changed,
            skipped=self.left_out,
            earlier=earlier,
        )
        answers = [("no", "Change nothing"), ("yes", "Do this")]
        if self._setup.ask_from_thread(Confirm("What is left to do", words, answers)) != "yes":
            raise Cancelled("nothing was changed")
        names = {event.task for event in self.left_out}
        self.replace_edited |= {each.name for each in edited_in(plan, names)}
        self.agreed = plan.fingerprint

    def _prove(self, loaded: LoadedSite, *, drills: bool) -> None:
        # Who stopped a server, when, and what came of it, stands where the installation does.
        path, state = state_path(loaded, simulated=self.simulated), None
        if drills and path.exists():
            state = open_state(loaded, simulated=self.simulated)
        elif drills:
            self.log.note(f"There is no state file {path}: these drills are not on record.")
        try:
            with self._opened(loaded, state) as work:
                if state is None:
                    self._ask_site(work, loaded, state, drills=drills)
                    return
                bus = work.engine.bus
                with begun(bus, loaded.site.site, DRILLS, simulated=self.simulated):
                    self._ask_site(work, loaded, state, drills=drills)
                    bus.publish(RunFinished(outcome="done"))
        finally:
            if state:
                state.close()

    def _ask_site(
        self, work: Installation, loaded: LoadedSite, state: StateFile | None, *, drills: bool
    ) -> None:
        work.claim = claim_for(work.site.site, "prove", state=state)
        work.reach()
        if drills:
            hold_hosts(self._setup, work)
        self.proved, self.proof = loaded.text, work.prove(drills=drills)


def work_of(setup: SetupApp) -> Work:
    """Return the work for the current site."""
    if setup.live.work is None:
        setup.live.work = Work(setup)
    return setup.live.work
