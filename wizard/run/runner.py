"""Carries out a plan: hosts side by side, one task at a time on each, dependencies first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

from wizard.errors import Cancelled, StateError
from wizard.run.clock import Clock
from wizard.run.events import RunFinished, TaskBlocked, TaskFailed, TaskInterrupted, TaskSkipped
from wizard.run.failure import card
from wizard.run.graph import Graph
from wizard.run.pause import Pause
from wizard.run.task_run import Surroundings, TaskRun

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Transport
    from wizard.run.bus import EventBus
    from wizard.run.events import Outcome, TaskLeftOut
    from wizard.run.planner import Plan
    from wizard.run.ports import DatabaseOpener
    from wizard.steps.task import Task
    from wizard.vault.secret import Secrets

_LANES = 64  # hosts that are worked on side by side at most


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended; tasks by id."""

    outcome: Outcome
    done: tuple[str, ...]
    skipped: tuple[str, ...]
    failures: tuple[TaskFailed, ...]
    not_started: tuple[str, ...]
    left_out: tuple[str, ...] = ()  # by a person, with a reason
    changed: int  # changes made
    trips: Mapping[str, int]  # by host, since the connection was opened
    seconds: float
    host_seconds: float
    engine_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """What a lane reports of a task."""

    task: Task
    changed: int = 0
    failure: TaskFailed | None = None
    interrupted: bool = False
    broken: StateError | None = None  # the journal cannot be written: nothing may go on


class Runner:
    """One run of a plan over open transports.

    A task is skipped without a trip when the look that the plan was made from found it right and
    nothing that it depends on, and nothing on its host, has changed since.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        transports: Mapping[str, Transport],
        secrets: Secrets,
        bus: EventBus,
        open_database: DatabaseOpener,
        stop: Cancellation,
        keep_going: bool = False,
        clock: Clock | None = None,
        connect: Callable[[str], Transport] | None = None,
        pause: Pause | None = None,
        left_out: Sequence[TaskLeftOut] = (),
        replace_edited: Collection[str] = (),
    ) -> None:
        self._graph = Graph([item.task for item in plan.tasks])
        self._right = {item.task.id for item in plan.tasks if item.empty}
        self._transports = transports
        self._bus = bus
        self._connect = connect
        self._keep_going = keep_going
        self._pause = pause or Pause()
        self._clock = clock or Clock()
        self._around = Surroundings(
            secrets=secrets,
            publish=bus.publish,
            open_database=open_database,
            stop=stop,
            clock=self._clock,
            mask=bus.masked,
            replace_edited=frozenset(replace_edited),
        )
        self._ended: SimpleQueue[_Ended | None] = SimpleQueue()  # None: look whether to go on
        self._running: dict[str, Task] = {}  # by host
        self._left_out = {event.task: event for event in left_out}
        self._taken: set[str] = set(self._left_out)
        self._done: dict[str, int] = {}  # changes made, by task
        self._skipped: list[str] = []
        self._failures: list[TaskFailed] = []
        self._blocked: set[str] = set()
        self._touched: set[str] = set()  # tasks that, or whose dependencies, changed something
        self._dirty: set[str] = set()  # hosts on which something was changed
        self._broken: StateError | None = None
        self._aborted = False

    def run(self) -> RunResult:
        """Carry the plan out and return how it ended; a failed task is in the result, not raised.

        Raises: StateError when the journal can no longer be written.
        """
        begin = time.monotonic()
        for event in self._left_out.values():
            self._bus.publish(event)
        stop = self._around.stop
        forget = stop.on_cancel(lambda: self._ended.put(None))
        self._pause.watch(lambda: self._ended.put(None))
        lanes = max(1, min(len(self._transports), _LANES))
        with ThreadPoolExecutor(max_workers=lanes, thread_name_prefix="lane") as pool:
            while True:
                self._start(pool)
                if not self._running and not self._waits():
                    break
                try:
                    ended = self._ended.get()
                except KeyboardInterrupt:
                    stop.cancel()
                    continue
                self._take(ended)
        forget()
        if self._broken:
            raise self._broken
        return self._finish(time.monotonic() - begin)

    def _start(self, pool: ThreadPoolExecutor) -> None:
        """Start, or skip, whatever may start now."""
        started = True
        while started and self._may_start():
            started = False
            finished = self._done.keys() | set(self._skipped)
            ready = self._graph.ready(finished, self._taken)
            # What confirms a step that is taken back unless it is confirmed in time comes first,
            # and does not wait for a person either.
            for task in sorted(ready, key=lambda each: not each.new_session):
                if task.host in self._running or not self._goes_on(task):
                    continue
                if self._pause.wanted and not task.new_session:
                    continue
                self._taken.add(task.id)
                if task.after & self._touched:
                    self._touched.add(task.id)
                started = True
                if self._is_right(task):
                    self._skip(task)
                    break  # what waited for it comes before later tasks of the same host
                self._running[task.host] = task
                pool.submit(self._work, task)

    def _may_start(self) -> bool:
        return not self._broken and not self._around.stop.cancelled

    def _waits(self) -> bool:
        """Tell whether something would start now if nobody had asked to hold on."""
        if not self._pause.wanted or not self._may_start():
            return False
        finished = self._done.keys() | set(self._skipped)
        return any(self._goes_on(task) for task in self._graph.ready(finished, self._taken))

    def _goes_on(self, task: Task) -> bool:
        """Tell whether a task starts after a failure: one that confirms what was begun does."""
        return self._keep_going or not self._failures or task.new_session

    def _is_right(self, task: Task) -> bool:
        clean = task.host not in self._dirty and task.id not in self._touched
        return clean and task.id in self._right

    def _skip(self, task: Task) -> None:
        self._skipped.append(task.id)
        self._bus.publish(TaskSkipped(host=task.host, task=task.id, reason="already right"))

    def _work(self, task: Task) -> None:
        """Carry one task out on its lane's thread and report how it ended."""
        try:
            ended = self._carry_out(task)
        except StateError as error:
            ended = _Ended(task=task, broken=error)
        except BaseException as error:  # noqa: BLE001 - a lane that dies silently hangs the run
            ended = _Ended(task=task, broken=StateError(f"the run broke off: {error!r}"))
        self._ended.put(ended)

    def _carry_out(self, task: Task) -> _Ended:
        run = TaskRun(task=task, transport=self._transports[task.host], around=self._around)
        begin = time.monotonic()
        try:
            with self._clock.busy(), ExitStack() as stack:
                if task.new_session and self._connect:
                    with self._clock.waiting():
                        run.transport = stack.enter_context(closing(self._connect(task.host)))
                run.execute()
        except StateError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever happens on a lane becomes an event
            if isinstance(error, Cancelled) or self._around.stop.cancelled:
                self._bus.publish(
                    TaskInterrupted(
                        host=task.host,
                        task=task.id,
                        command=run.doing.command,
                        job=run.doing.job if self._around.stop.leaves else "",
                    )
                )
                return _Ended(task=task, changed=run.doing.changed, interrupted=True)
            failure = card(error, task, run.doing, time.monotonic() - begin)
            self._bus.publish(failure)
            return _Ended(task=task, changed=run.doing.changed, failure=failure)
        return _Ended(task=task, changed=run.doing.changed)

    def _take(self, ended: _Ended | None) -> None:
        """Take a lane's report, or, for None, the wish to stop or to hold on."""
        if ended is None:
            if self._around.stop.cancelled:
                self._abort()
            return
        task = ended.task
        del self._running[task.host]
        if ended.changed or ended.failure or ended.interrupted:
            self._dirty.add(task.host)
            self._touched.add(task.id)
        if ended.broken:
            self._broken = ended.broken
        elif ended.failure:
            self._failures.append(ended.failure)
            self._block(task)
        elif not ended.interrupted and ended.changed:
            self._done[task.id] = ended.changed
        elif not ended.interrupted:
            self._skipped.append(task.id)

    def _block(self, failed: Task) -> None:
        for name in self._graph.dependents(failed.id):
            if name not in self._blocked and name not in self._left_out:
                self._blocked.add(name)
                host = self._graph[name].host
                self._bus.publish(TaskBlocked(host=host, task=name, waiting_on=failed.id))

    def _abort(self) -> None:
        """End what is running, all hosts at once: a dead one must not keep the others."""
        if self._aborted:
            return
        self._aborted = True
        for host in list(self._running):
            abort = self._transports[host].abort
            threading.Thread(target=abort, daemon=True, name=f"abort {host}").start()

    def _finish(self, seconds: float) -> RunResult:
        ids = [task.id for task in self._graph]
        left = {*self._done, *self._skipped, *(failure.task for failure in self._failures)}
        left |= self._left_out.keys()
        outcome: Outcome = "done"
        if len(left) < len(ids) or self._failures:
            outcome = "cancelled" if self._around.stop.cancelled else "failed"
        result = RunResult(
            outcome=outcome,
            done=tuple(name for name in ids if name in self._done),
            skipped=tuple(name for name in ids if name in self._skipped),
            failures=tuple(self._failures),
            not_started=tuple(name for name in ids if name not in left),
            left_out=tuple(name for name in ids if name in self._left_out),
            changed=sum(self._done.values()),
            trips={host: transport.trips for host, transport in self._transports.items()},
            seconds=round(seconds, 3),
            host_seconds=round(self._clock.host_seconds, 3),
            engine_seconds=round(self._clock.engine_seconds, 3),
        )
        self._bus.publish(
            RunFinished(
                outcome=outcome,
                done=len(result.done),
                skipped=len(result.skipped),
                failed=len(result.failures),
                not_started=len(result.not_started),
                left_out=len(result.left_out),
                changed=result.changed,
                trips=result.trips,
                seconds=result.seconds,
                host_seconds=result.host_seconds,
                engine_seconds=result.engine_seconds,
            )
        )
        return result
