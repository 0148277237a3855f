"""How far a site is, as its state file alone tells it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.run.state_story import filled
from wizard.cli.main import main
from wizard.run import events as e
from wizard.run.state import StateFile
from wizard.run.state_owner import lock_is_held
from wizard.run.status import read_status
from wizard.run.status_text import status_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

JOB = "minusnow-standby-0123456789ab"
UNIT = f"minusnow-setup-{JOB}.service"
TASKS = ("base@a", "base@b", "standby@b")
INTENT = e.TaskIntended(
    host="b",
    task="standby@b",
    changes=(
        e.IntendedChange(resource="file f", summary="write f", before="", after="00"),
        e.IntendedChange(resource="copy", summary="copy it", before="", after="01", job=JOB),
    ),
)
PROVEN = e.ProofFinished(verdict="ok", drills=False, seconds=1.0)


def begun(changing: Sequence[str] = TASKS) -> list[e.Event]:
    """Return the events with which a run begins."""
    plan = {
        "tasks": [
            {
                "task": name,
                "title": f"Step {name}",
                "changes": [{"summary": "x"}] * (name in changing),
            }
            for name in TASKS
        ]
    }
    return [
        e.RunStarted(site="acme", command="apply", operator="ops", ssh_client="10.0.0.9"),
        e.PlanMade(
            fingerprint="f" * 64,
            changes=len(changing),
            tasks=TASKS,
            changing=tuple(changing),
            plan=plan,
        ),
        *(e.HostHeld(host=host, how="free") for host in "ab"),
    ]


def done(name: str) -> list[e.Event]:
    """Return the events of a step that was done."""
    host = name.partition("@")[2]
    change = e.IntendedChange(resource="file f", summary="write f", before="", after="00")
    return [
        e.TaskIntended(host=host, task=name, changes=(change,)),
        e.TaskDone(host=host, task=name, seconds=1.0, changed=1),
    ]


def site_with(path: Path, *events: e.Event, close: bool = True) -> StateFile:
    """Make a state file with these events; left open it is in use."""
    state = StateFile.create(path, site_name="acme", site_text="site: acme\n")
    state.take(events)
    if close:
        state.close()
    return state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state file is to be."""
    return tmp_path / "site.state"


FAILED = e.TaskFailed(host="a", task="base@a", title="Base", error="X", seen="x", remedy="y")
LOST = e.TaskFailed(
    host="b", task="standby@b", title="S", error="ConnectionLost", seen="x", remedy="y", job=JOB
)
ENDED = e.RunFinished(outcome="failed")


@pytest.mark.parametrize(
    ("events", "far", "jobs", "use"),
    [
        ([], ["to do", "to do", "to do"], [], "cut off"),
        ([*done("base@a")], ["done", "to do", "to do"], [], "cut off"),
        ([*done("base@a"), INTENT], ["done", "to do", "unknown outcome"], [UNIT], "cut off"),
        (
            [INTENT, e.TaskInterrupted(host="b", task="standby@b"), ENDED],
            ["to do", "to do", "unknown outcome"],
            [],
            "free",
        ),
        (
            [INTENT, e.TaskInterrupted(host="b", task="standby@b", job=JOB), ENDED],
            ["to do", "to do", "unknown outcome"],
            [UNIT],
            "free",
        ),
        ([FAILED, ENDED], ["failed", "to do", "to do"], [], "free"),
        ([INTENT, LOST, ENDED], ["to do", "to do", "failed"], [UNIT], "free"),
        (
            [
                INTENT,
                e.ChangeDone(host="b", task="standby@b", resource="copy", seconds=1.0),
                ENDED,
            ],
            ["to do", "to do", "unknown outcome"],
            [],
            "free",
        ),
    ],
)
def test_every_step_is_told_as_far_as_it_is_known(
    path: Path, events: list[e.Event], far: list[str], jobs: list[str], use: str
) -> None:
    """Also of a run that was cut off: it is not done, and `resume` is the command to go on with."""
    site_with(path, *begun(), *events)
    status = read_status(path)
    assert [step.far for step in status.steps] == far
    assert [job.unit for job in status.jobs] == jobs
    assert status.use == use
    assert not status.done
    assert status.next_command == f"minusnow-setup resume --state {path}"
    assert status.held == (("a", "b") if use == "cut off" or jobs else ())
    text = status_text(status)
    assert "ops@10.0.0.9" in text
    assert all(unit in text for unit in jobs)
    assert text.endswith(f"Go on with: minusnow-setup resume --state {path}\n")


def test_done_means_every_step_and_a_proof_after_the_last_change(path: Path) -> None:
    """Each of both alone is not enough."""
    all_done = [event for name in TASKS for event in done(name)]
    state = site_with(path, *begun(), *all_done, e.RunFinished(outcome="done"))
    assert not read_status(path).done
    assert main(["status", "--state", str(path)]) == 1

    def then(*events: e.Event) -> bool:
        state = StateFile.open(path)
        state.take(events)
        state.close()
        return read_status(path).done

    assert not then(e.ProofFinished(verdict="failed", drills=False, seconds=1.0))
    assert then(PROVEN)
    assert main(["status", "--state", str(path)]) == 0
    assert read_status(path).next_command == ""
    # A later look finds one step different, and nobody has agreed to the plan.
    assert not then(*begun(["base@b"]), e.RunFinished(outcome="cancelled"))
    assert [step.far for step in read_status(path).steps] == ["done", "to do", "done"]
    assert not then(*begun(["base@b"]), *done("base@b"), e.RunFinished(outcome="done"))
    assert then(PROVEN)
    del state


def test_an_edited_site_file_is_not_done(tmp_path: Path) -> None:
    """What it says now is not on the hosts; a comment makes no difference."""
    site, path = tmp_path / "site.yaml", tmp_path / "site.state"
    site.write_text("site: acme\n")
    state = StateFile.create(path, site_name="acme", site_text="site: acme\n", site_path=str(site))
    state.take([*begun([]), e.RunFinished(outcome="done"), PROVEN])
    state.close()
    assert read_status(path).done
    site.write_text("# comment\nsite: acme\n")
    assert read_status(path).done
    site.write_text("site: acme\npurpose: rehearsal\n")
    assert read_status(path).edited
    assert not read_status(path).done


def test_a_file_in_use_says_by_whom_and_how_to_follow(path: Path) -> None:
    """Looking neither waits nor stands in anybody's way, and afterwards nobody holds it."""
    state = site_with(path, *begun(), close=False)
    status = read_status(path)
    assert (status.use, status.next_command) == (
        "in use",
        f"minusnow-setup review --state {path}",
    )
    assert status.owner
    assert status.owner.pid == os.getpid()
    assert "goes on" in status_text(status)
    state.take(done("base@a"))
    assert read_status(path).counts["done"] == 1
    state.close()
    assert read_status(path).use == "cut off"  # that run has not said that it ended


def test_the_lock_of_a_killed_process_holds_nothing(path: Path) -> None:
    """The kernel knows who lives; a process number that was given out again does not mislead."""
    script = (
        "import sys; from pathlib import Path; from wizard.run.state_owner import RunLock\n"
        "print(RunLock(Path(sys.argv[1])).acquire(), flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        assert lock_is_held(path)
        process.kill()
        process.wait(30)
    assert path.with_name(f"{path.name}.lock").exists()
    assert lock_is_held(path) is False


def test_programs_get_json_and_the_file_stays_as_it_is(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One object with everything; not a byte of the file changes."""
    filled(path)
    before = path.read_bytes()
    path.chmod(0o400)
    assert main(["status", "--site", str(path.with_suffix(".yaml")), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"done": 2}
    assert told["last_run"]["operator"] == "ops"
    assert told["next"] == f"minusnow-setup resume --state {path}"
    assert not told["proof"]["proven"]
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_site_without_a_state_file_is_to_be_applied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command is named; a site file that is not there is an error."""
    site = tmp_path / "my site.yaml"
    site.write_text("site: acme\n")
    for named in (["--site", str(site)], [str(site)]):
        assert main(["status", *named]) == 1
        assert f"minusnow-setup apply '{site}'" in capsys.readouterr().out
    assert main(["status", "--site", str(tmp_path / "none.yaml")]) == 2


def test_it_tells_who_left_a_step_out_and_what_the_last_proof_was_answered(path: Path) -> None:
    """What preflight was answered is no proof; a step that was done after all is left out no more.

    An answer of an older version has no question with it.
    """
    out = [
        e.TaskLeftOut(host=name[-1], task=name, title="B", reason="why", operator="ops")
        for name in ("base@a", "base@b")
    ]
    asked = e.CheckAnswered(host="a", check="clock", verdict="ok", seen="0 s", question="Right?")
    front = e.CheckAnswered(host="(site)", check="front", verdict="ok", seen="200")
    first = begun()
    site_with(path, first[0], asked, *first[1:], *out, ENDED, front, PROVEN)
    status = read_status(path)
    assert [one.task for one in status.left_out] == ["base@a", "base@b"]
    assert [(one.check, one.question) for one in status.answers] == [("front", "")]
    state = StateFile.open(path)
    again = begun()
    state.take([again[0], asked, *again[1:], *done("base@a")])
    state.close()
    status = read_status(path)
    assert [one.task for one in status.left_out] == ["base@b"]
    assert [one.check for one in status.answers] == ["front"]


def test_it_tells_what_the_last_preflight_was_answered(path: Path) -> None:
    """Of a run that failed by it, too; a proof, even one that was cut short, is none."""
    ok = e.CheckAnswered(host="a", check="clock", verdict="ok", seen="0 s")
    warned = e.CheckAnswered(host="a", check="memory", verdict="warning", seen="1 GB")
    failed = e.CheckAnswered(host="a", check="disk", verdict="failed", seen="full")
    front = e.CheckAnswered(host="(site)", check="front", verdict="ok", seen="200")
    first, stopped = begun(), e.RunFinished(outcome="failed")
    site_with(path, first[0], ok, warned, *first[1:], ENDED, front, PROVEN)
    assert [one.check for one in read_status(path).checked] == ["clock", "memory"]
    for events, checks in (
        ([e.RunStarted(site="acme", command="prove"), front, stopped], ["clock", "memory"]),
        ([first[0], ok, failed, stopped], ["clock", "disk"]),
    ):
        state = StateFile.open(path)
        state.take(events)
        state.close()
        assert [one.check for one in read_status(path).checked] == checks
