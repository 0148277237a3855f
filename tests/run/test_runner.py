"""Runs on folders of this machine with real bash."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import pytest

from tests.run.local_host import LocalHost
from tests.run.pieces import Follower, LocalFile, Trial, planned, task
from wizard.resources.resource import Upload
from wizard.run.events import (
    ChangeDone,
    ChangeStarted,
    OutputLine,
    RunFinished,
    TaskBlocked,
    TaskDone,
    TaskFailed,
    TaskIntended,
    TaskInterrupted,
    TaskSkipped,
    TaskStarted,
)
from wizard.steps.task import Phase
from wizard.vault.secret import Secrets
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.run.events import Event


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """Three local hosts."""
    return Trial({name: LocalHost(name, tmp_path / name) for name in ("a", "b", "c")})


def host(trial: Trial, name: str) -> LocalHost:
    """Return one of the local hosts."""
    found = trial.transports[name]
    assert isinstance(found, LocalHost)
    return found


def kinds(trial: Trial, task_id: str) -> list[str]:
    """Return the kinds of the events of one task, in order."""
    return [event.kind for event in trial.recorder.events if event.task == task_id]


def test_a_task_is_journalled_done_and_verified(trial: Trial) -> None:
    """Intent comes before the change, the outcome after the look."""
    result = trial.run([task("one@a", LocalFile(name="f", script="echo hello; echo oops >&2"))])
    assert result.outcome == "done"
    assert (host(trial, "a").root / "f").read_text() == "right\n"
    assert [kind for kind in kinds(trial, "one@a") if kind != "output"] == [
        "task-started",
        "task-intended",
        "change-started",
        "change-done",
        "task-done",
    ]
    lines = {(line.stream, line.text, line.resource) for line in trial.recorder.of(OutputLine)}
    assert lines == {("out", "hello", "file f"), ("err", "oops", "file f")}


def test_two_trips_do_a_task_of_many_changes(trial: Trial) -> None:
    """A fresh look is one trip; all changes and the look afterwards are another."""
    tasks = [task("one@a", *(LocalFile(name=f"f{n}") for n in range(20)))]
    made = planned(tasks, trial.transports)
    before = host(trial, "a").trips
    trial.carry_out(made)
    assert host(trial, "a").trips - before == 2


def test_a_second_run_changes_nothing_and_takes_no_trip_beyond_the_look(trial: Trial) -> None:
    """What the first look found right is skipped with the reason."""
    tasks = [task("one@a", LocalFile(name="f")), task("two@b", LocalFile(name="g"))]
    trial.run(tasks)
    made = planned(tasks, trial.transports)
    before = host(trial, "a").trips
    result = trial.carry_out(made)
    assert (result.outcome, result.changed, made.empty) == ("done", 0, True)
    assert host(trial, "a").trips == before
    assert {event.reason for event in trial.recorder.of(TaskSkipped)} == {"already right"}


def test_a_task_is_looked_at_afresh_after_its_dependency_changed_something(trial: Trial) -> None:
    """The first look is not trusted once something it may rest on has changed."""
    (host(trial, "b").root / "f").write_text("right\n")
    tasks = [
        task("one@a", LocalFile(name="f")),
        task("two@b", LocalFile(name="f"), after=["one@a"]),
        task("three@c", LocalFile(name="f"), after=["two@b"]),
    ]
    (host(trial, "c").root / "f").write_text("right\n")
    trial.run(tasks)
    reasons = {event.task: event.reason for event in trial.recorder.of(TaskSkipped)}
    assert reasons == dict.fromkeys(("two@b", "three@c"), "already right: looked afresh")


def test_what_a_change_makes_due_is_done_in_the_same_task(trial: Trial) -> None:
    """A reload that is due only after its file has changed belongs to the same task."""
    tasks = [task("one@a", LocalFile(name="f"), Follower(file="f"))]
    result = trial.run(tasks)
    assert (result.outcome, result.changed) == ("done", 2)
    assert (host(trial, "a").root / "f.taken").read_text() == "right\n"
    assert len(trial.recorder.of(TaskIntended)) == 2


def test_a_change_without_effect_fails_with_what_remains(trial: Trial) -> None:
    """The exit status alone proves nothing."""
    result = trial.run([task("one@a", LocalFile(name="f", writes=False))])
    (failure,) = result.failures
    assert (result.outcome, failure.error) == ("failed", "StepFailed")
    assert "write f" in failure.seen
    assert "+right" in failure.seen
    assert len(trial.recorder.of(ChangeDone)) == 1


def test_a_failing_change_says_which_and_stops_the_rest_of_its_task(trial: Trial) -> None:
    """The card names the change, its status and its last lines only."""
    noisy = "for n in $(seq 50); do echo line $n; done; echo why >&2; (exit 7); echo never"
    result = trial.run(
        [
            task(
                "one@a",
                LocalFile(name="first", script="echo not this"),
                LocalFile(name="second", script=noisy),
                LocalFile(name="third"),
            )
        ]
    )
    (failure,) = result.failures
    assert (failure.command, failure.status, failure.error) == ("write second", 7, "CommandFailed")
    assert len(failure.lines) == 20
    assert "why" in failure.lines
    assert "line 50" in failure.lines
    assert "not this" not in failure.lines
    assert failure.remedy
    assert (host(trial, "a").root / "first").exists()
    assert not (host(trial, "a").root / "third").exists()
    assert [event.summary for event in trial.recorder.of(ChangeStarted)] == [
        "write first",
        "write second",
    ]


@pytest.mark.parametrize("script", ["exit 0\nif", "kill -9 $$"])
def test_a_script_that_breaks_off_is_a_failure(trial: Trial, script: str) -> None:
    """A syntax error or a killed shell is told from success."""
    result = trial.run([task("one@a", LocalFile(name="f", script=script))])
    (failure,) = result.failures
    assert failure.error == "CommandFailed"
    assert "before this was done" in failure.seen


def test_a_failed_task_stops_its_dependents(trial: Trial) -> None:
    """They are reported as waiting, and not started."""
    tasks = [
        task("one@a", LocalFile(name="f", script="false")),
        task("two@b", LocalFile(name="f"), after=["one@a"]),
        task("three@c", LocalFile(name="f"), after=["two@b"]),
    ]
    result = trial.run(tasks, keep_going=True)
    assert result.not_started == ("two@b", "three@c")
    blocked = {event.task: event.waiting_on for event in trial.recorder.of(TaskBlocked)}
    assert blocked == {"two@b": "one@a", "three@c": "one@a"}
    (finished,) = trial.recorder.of(RunFinished)
    assert (finished.outcome, finished.failed, finished.not_started) == ("failed", 1, 2)


@pytest.mark.parametrize("keep_going", [False, True])
def test_keep_going_decides_whether_other_tasks_start_after_a_failure(
    trial: Trial, *, keep_going: bool
) -> None:
    """Without it running tasks finish and no new one starts."""
    wait = "until [ -e ../a/failed ]; do read -t 0.02 <> <(:) || true; done"

    def tell(event: Event) -> None:
        """Let the long task end once the failure is known to the run."""
        if isinstance(event, TaskBlocked):
            (host(trial, "a").root / "failed").touch()

    trial.recorder.seen = tell
    tasks = [
        task("bad@a", LocalFile(name="f", script="false")),
        task("blocked@a", LocalFile(name="e"), after=["bad@a"]),
        task("long@b", LocalFile(name="f", script=wait)),
        task("later@b", LocalFile(name="g"), phase=Phase.PROOF),
    ]
    result = trial.run(tasks, keep_going=keep_going)
    assert (host(trial, "b").root / "f").exists()
    assert (host(trial, "b").root / "g").exists() is keep_going
    assert result.outcome == "failed"


def test_hosts_work_side_by_side(trial: Trial) -> None:
    """Three hosts that wait for each other inside their scripts all finish."""
    meet = (
        "touch here; until [ -e ../a/here ] && [ -e ../b/here ] && [ -e ../c/here ];"
        " do read -t 0.02 <> <(:) || true; done"
    )
    tasks = [task(f"meet@{name}", LocalFile(name="f", script=meet, timeout=20)) for name in "abc"]
    assert trial.run(tasks).outcome == "done"


def test_a_host_has_one_task_at_a_time_in_the_order_of_the_phases(trial: Trial) -> None:
    """Between a task's start and its end no other one of the host begins."""
    tasks = [
        task("late@a", LocalFile(name="f1"), phase=Phase.PROOF),
        task("early@a", LocalFile(name="f2"), phase=Phase.BASE),
        task("middle@a", LocalFile(name="f3"), phase=Phase.CACHE),
    ]
    trial.run(tasks)
    told = [
        (event.kind, event.task)
        for event in trial.recorder.events
        if isinstance(event, TaskStarted | TaskDone)
    ]
    assert told == [
        (kind, name)
        for name in ("early@a", "middle@a", "late@a")
        for kind in ("task-started", "task-done")
    ]


def test_dependencies_are_done_first_across_hosts(trial: Trial) -> None:
    """A chain over three hosts runs in its order whatever the phases say."""
    tasks = [
        task("one@a", LocalFile(name="f"), after=["two@b"], phase=Phase.BASE),
        task("two@b", LocalFile(name="f"), after=["three@c"], phase=Phase.CACHE),
        task("three@c", LocalFile(name="f"), phase=Phase.PROOF),
    ]
    trial.run(tasks)
    assert [event.task for event in trial.recorder.of(TaskDone)] == ["three@c", "two@b", "one@a"]


def test_cancelling_ends_what_runs_and_starts_nothing_more(trial: Trial) -> None:
    """The interrupted task is neither done nor failed: it will be looked at again."""

    def stop_at_output(event: Event) -> None:
        if isinstance(event, OutputLine):
            threading.Thread(target=trial.stop.cancel).start()

    trial.recorder.seen = stop_at_output
    tasks = [
        task("long@a", LocalFile(name="f", script="echo go; sleep 60")),
        task("next@a", LocalFile(name="g")),
    ]
    result = trial.run(tasks)
    assert result.outcome == "cancelled"
    assert result.seconds < 20
    assert result.not_started == ("long@a", "next@a")
    assert [event.task for event in trial.recorder.of(TaskInterrupted)] == ["long@a"]
    assert not trial.recorder.of(TaskFailed)


def test_a_refusal_is_a_failure_and_nothing_is_overwritten(trial: Trial) -> None:
    """What is of value stays, and the card says what to do."""
    (host(trial, "a").root / "f").write_text("gold\n")
    result = trial.run([task("one@a", LocalFile(name="f", precious="gold"))])
    (failure,) = result.failures
    assert (failure.error, failure.remedy) == ("RefusedOnHost", "Move it away.")
    assert (host(trial, "a").root / "f").read_text() == "gold\n"


def test_files_are_uploaded_before_the_script_that_needs_them(trial: Trial, tmp_path: Path) -> None:
    """The script finds the file; progress is told."""
    source = tmp_path / "payload"
    source.write_bytes(b"bytes")
    digest = hashlib.sha256(b"bytes").hexdigest()
    upload = Upload(source=source, destination="/payload", sha256=digest)
    tasks = [task("one@a", LocalFile(name="f", script="test -s payload", uploads=(upload,)))]
    assert trial.run(tasks).outcome == "done"
    assert "upload-progress" in kinds(trial, "one@a")


def test_detached_work_has_the_same_name_every_time(trial: Trial) -> None:
    """A later run can attach to it; plain changes around it are sent apart."""
    long = LocalFile(name="base", script="echo copying", detached=True)
    tasks = [task("one@a", LocalFile(name="f"), long, LocalFile(name="g"))]
    assert trial.run(tasks).outcome == "done"
    (root / "base").unlink() if (root := host(trial, "a").root) else None
    trial.run(tasks)
    first, second = host(trial, "a").jobs
    assert first == second
    assert first.startswith("minusnow-one-")
    jobs = [change.job for event in trial.recorder.of(TaskIntended) for change in event.changes]
    assert set(jobs) == {"", first}


def test_secrets_reach_the_host_and_nobody_else(trial: Trial) -> None:
    """Events carry the name where a host printed the value."""
    trial.secrets = Secrets({"token": "hunter2-very-secret"})
    trial.mask = lambda text: text.replace("hunter2-very-secret", "‹token›")
    file = LocalFile(
        name="f", content=Text("password=", SecretRef("token")), script="echo hunter2-very-secret"
    )
    trial.run([task("one@a", file)])
    assert (host(trial, "a").root / "f").read_text() == "password=hunter2-very-secret\n"
    told = "".join(str(event.to_json()) for event in trial.recorder.events)
    assert "hunter2" not in told
    assert "‹token›" in told


def test_engine_and_host_time_are_told_apart(trial: Trial) -> None:
    """A slow host is not counted against the engine."""
    result = trial.run([task("one@a", LocalFile(name="f", script="sleep 0.5"))])
    assert result.host_seconds >= 0.5
    assert result.engine_seconds < 0.25
    (finished,) = trial.recorder.of(RunFinished)
    assert finished.trips == result.trips
