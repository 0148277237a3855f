"""Holding on after the step that is running, and going on."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.run.local_host import LocalHost
from tests.run.pieces import LocalFile, Trial, task
from wizard.run.events import TaskDone, TaskStarted
from wizard.steps.task import Phase

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.run.events import Event
    from wizard.run.runner import RunResult
    from wizard.steps.task import Task

PATIENCE = 20  # seconds


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """Two local hosts."""
    return Trial({name: LocalHost(name, tmp_path / name) for name in ("a", "b")})


class Started:
    """A run in a thread of its own that was asked to hold on while its first step ran."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.result: RunResult | None = None
        self._first_done = threading.Event()
        trial.recorder.seen = self._seen
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._first_done.wait(PATIENCE)

    def _seen(self, event: Event) -> None:
        if isinstance(event, TaskStarted):
            self.trial.pause.hold()
        if isinstance(event, TaskDone):
            self._first_done.set()

    def _run(self) -> None:
        tasks = [
            task("one@a", LocalFile(name="f", script="sleep 0.3")),
            task("two@a", LocalFile(name="g")),
            task("two@b", LocalFile(name="g"), after=["one@a"]),
        ]
        self.result = self.trial.run(tasks)

    def ended(self) -> RunResult:
        """Wait for the end of the run."""
        self._thread.join(PATIENCE)
        assert self.result
        return self.result

    @property
    def begun(self) -> list[str]:
        """The tasks that were started so far."""
        return [event.task for event in self.trial.recorder.of(TaskStarted)]


def test_what_runs_ends_and_nothing_starts_until_someone_goes_on(trial: Trial) -> None:
    """The run waits, and then finishes everything."""
    run = Started(trial)
    assert run.begun == ["one@a"]
    assert run.result is None
    trial.recorder.seen = None
    trial.pause.go_on()
    assert run.ended().outcome == "done"
    assert set(run.begun) == {"one@a", "two@a", "two@b"}


def test_a_paused_run_can_be_cancelled(trial: Trial) -> None:
    """It ends at once and starts nothing more."""
    run = Started(trial)
    trial.stop.cancel()
    assert run.ended().outcome == "cancelled"
    assert run.begun == ["one@a"]


def test_a_pause_with_nothing_left_to_do_does_not_hold_the_end_up(trial: Trial) -> None:
    """A run whose last step was running ends by itself."""
    trial.recorder.seen = lambda event: (
        trial.pause.hold() if isinstance(event, TaskStarted) else None
    )
    assert trial.run([task("one@a", LocalFile(name="f"))]).outcome == "done"


def confirmed(name: str, after: str) -> Task:
    """Return a task that confirms another one, as the firewall's over a new session."""
    return replace(
        task(name, LocalFile(name="confirmed"), after=[after], phase=Phase.FIREWALL),
        new_session=True,
    )


def done(trial: Trial) -> list[str]:
    """Return the tasks that are done, in their order."""
    return [event.task for event in trial.recorder.of(TaskDone)]


def steps() -> list[Task]:
    """Return a step, what became ready with its end, and what confirms it."""
    return [
        task("one@a", LocalFile(name="f")),
        task("other@a", LocalFile(name="g"), after=["one@a"]),
        confirmed("sure@a", "one@a"),
    ]


def test_what_confirms_a_step_does_not_wait_for_a_person(trial: Trial) -> None:
    """The step would be taken back by its timer meanwhile."""
    sure = threading.Event()

    def seen(event: Event) -> None:
        if isinstance(event, TaskStarted) and event.task == "one@a":
            trial.pause.hold()
        if isinstance(event, TaskDone) and event.task == "sure@a":
            sure.set()

    trial.recorder.seen = seen
    thread = threading.Thread(target=trial.run, args=(steps(),), daemon=True)
    thread.start()
    assert sure.wait(PATIENCE)
    assert done(trial) == ["one@a", "sure@a"]
    trial.pause.go_on()
    thread.join(PATIENCE)
    assert done(trial) == ["one@a", "sure@a", "other@a"]


def test_what_confirms_a_step_comes_before_what_became_ready_with_it(trial: Trial) -> None:
    """Also before tasks of earlier phases: those may take longer than its timer."""
    trial.run(steps())
    assert done(trial) == ["one@a", "sure@a", "other@a"]
