"""The engine at work for the screens: in threads of its own, one job at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from screens.dialogs.confirm import Confirm
from screens.opening import open_installation
from screens.progress import Progress
from screens.run_log import RunLog
from screens.state_of import learned, open_state
from wizard.checks.check import Verdict, worst
from wizard.errors import Cancelled, SetupError, StateError
from wizard.remote.cancellation import Cancellation
from wizard.run.events import RunFinished, RunStarted
from wizard.run.host_lock import claim_for
from wizard.run.pause import Pause
from wizard.run.plan_text import totals
from wizard.run.proving import needs_drills
from wizard.run.state_owner import login, ssh_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from screens.app import SetupApp
    from wizard.checks.check import Finding
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
        self.plan: Plan | None = None
        self.looked_at = ""  # the text of the site file that findings and plan are about
        self.agreed = ""  # the fingerprint of the plan that a person agreed to
        self.result: RunResult | None = None
        self.proof: tuple[Finding, ...] = ()
        self.stop = Cancellation()
        self.pause = Pause()
        self.progress = Progress()
        self.log = RunLog(self.progress)
        self.installing = False

    @property
    def simulated(self) -> bool:
        """Whether all of it is about hosts that are not there."""
        return self._setup.simulation is not None

    def current(self) -> bool:
        """Whether findings and plan are about the site file as it is now."""
        return bool(self.looked_at) and self.looked_at == self._setup.draft.text

    def look(self, *, plan: bool = True) -> None:
        """Begin to connect to all hosts, check them and, if nothing failed, plan."""
        loaded = self._setup.draft.loaded()
        if loaded:
            self._begin("connecting", lambda: self._look(loaded, plan=plan))

    def install(self, loaded: LoadedSite, *, command: str = "apply") -> None:
        """Begin to install; the plan must be the one that was agreed to, or it is asked again."""
        self.progress = Progress(learned=learned(loaded, simulated=self.simulated))
        self.log = RunLog(self.progress)
        self.pause, self.result, self.proof = Pause(), None, ()
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

    def _begin(self, words: str, job: Callable[[], None]) -> None:
        if self.busy:
            self._setup.notify(f"Busy: {self.busy}.", markup=False)
            return
        self.stop, self.error, self.busy = Cancellation(), None, words
        self._setup.step.live_changed()
        self._setup.run_worker(
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
        self.busy = words
        if self._setup.is_running:
            self._setup.call_later(self._tell)

    def _tell(self) -> None:
        self._setup.step.live_changed()

    @contextmanager
    def _opened(self, loaded: LoadedSite, journal: StateFile | None) -> Iterator[Installation]:
        """Open an installation and close it; its events are in the log, and in the journal."""
        work = self.opener(
            self._setup, loaded, stop=self.stop, listeners=(self.log,), journal=journal
        )
        try:
            yield work
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

    def _install(self, loaded: LoadedSite, command: str) -> None:
        state = open_state(loaded, simulated=self.simulated)
        try:
            with self._opened(loaded, state) as work:
                self._run(work, loaded, state, command)
        finally:
            state.close()

    def _run(self, work: Installation, loaded: LoadedSite, state: StateFile, command: str) -> None:
        bus = work.engine.bus
        started = RunStarted(
            site=loaded.site.site,
            command=command,
            operator=login(),
            ssh_client=ssh_client(),
            simulated=self.simulated,
        )
        bus.publish(started)
        work.claim = claim_for(loaded.site.site, command, state=state)
        try:
            self._prepare(work, loaded)
        except Cancelled:
            bus.publish(RunFinished(outcome="cancelled"))
            raise
        except StateError:
            raise
        except SetupError:
            bus.publish(RunFinished(outcome="failed"))
            raise
        self._say("installing")
        self.result = work.apply(pause=self.pause)
        if self.result.outcome == "done":
            self._say("proving")
            unproven = state.records.unproven()
            self.proof = work.prove(drills=needs_drills(unproven), after_changes=bool(unproven))

    def _prepare(self, work: Installation, loaded: LoadedSite) -> None:
        """Check, plan, have it agreed to, and lock the hosts. Raises: SetupError, Cancelled."""
        self._survey(work, loaded)
        if worst(self.findings) is Verdict.FAILED:
            raise SetupError(
                "preflight failed; nothing was changed",
                remedy="Correct what Preflight lists, then begin again.",
            )
        self._say("planning")
        self.plan = work.plan()
        self._agree(self.plan)
        if not self.plan.empty:
            work.hold()

    def _agree(self, plan: Plan) -> None:
        """Ask again if the plan is not the one that was agreed to. Raises: Cancelled."""
        if plan.empty or plan.fingerprint == self.agreed:
            return
        steps = [
            f"  {item.task.host} · {item.task.title}: {len(item.changes)} changes"
            for item in plan.tasks
            if item.changes
        ]
        words = "\n".join(("The hosts ask for this now:", "", *steps, "", totals(plan)))
        answers = [("no", "Change nothing"), ("yes", "Do this")]
        if self._setup.ask_from_thread(Confirm("What is left to do", words, answers)) != "yes":
            raise Cancelled("nothing was changed")
        self.agreed = plan.fingerprint

    def _prove(self, loaded: LoadedSite, *, drills: bool) -> None:
        with self._opened(loaded, None) as work:
            work.reach()
            self.proof = work.prove(drills=drills)


def work_of(setup: SetupApp) -> Work:
    """Return the work for the current site."""
    if setup.live.work is None:
        setup.live.work = Work(setup)
    return setup.live.work
