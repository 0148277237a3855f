"""Kill -9 anywhere: the state file stays whole and the next run finishes the job."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.run.run_to_be_killed import HOSTS
from wizard.run.audit import verify_chain
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from typing import IO

TOP = Path(__file__).parent.parent.parent


def start(state: Path, folder: Path) -> subprocess.Popen[str]:
    """Start a run as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.run.run_to_be_killed", str(state), str(folder)],
        cwd=TOP,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(state: Path, folder: Path) -> dict[str, object]:
    """Run to the end; return the last event."""
    process = start(state, folder)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return cast("dict[str, object]", json.loads(out.splitlines()[-1]))


# A whole run says about 50 things; the numbers are spread over all of it.
@pytest.mark.parametrize("events", [1, 2, 3, 5, 7, 9, 12, 15, 18, 22, 26, 30, 35, 40, 45])
def test_a_killed_run_is_finished_by_the_next_one(tmp_path: Path, events: int) -> None:
    """Whatever is on a host was announced in the state file before; resume needs nothing else."""
    state, folder = tmp_path / "state", tmp_path / "hosts"
    process = start(state, folder)
    stdout = cast("IO[str]", process.stdout)
    for _ in range(events):
        stdout.readline()
    process.kill()
    process.wait(30)
    stdout.close()

    assert verify_chain(state) == []
    opened = StateFile.open_read_only(state)
    kinds = {(link.task, link.kind) for link in opened.records.events()}
    statuses = {task.task: task.status for task in opened.records.tasks()}
    opened.close()
    for host in HOSTS:
        for step, name in (("base", "f"), ("app", "g")):
            if (folder / host / name).exists():
                assert (f"{step}@{host}", "task-intended") in kinds
            if statuses.get(f"{step}@{host}") == "done":
                assert (folder / host / name).read_text() == "right\n"

    assert finish(state, folder)["outcome"] == "done"
    for host in HOSTS:
        assert (folder / host / "f.taken").read_text() == "right\n"
        assert (folder / host / "g").read_text() == "right\n"
    again = finish(state, folder)
    assert (again["changed"], again["skipped"]) == (0, 6)
    assert verify_chain(state) == []


def test_ctrl_c_ends_what_runs_and_saves(tmp_path: Path) -> None:
    """The run ends as cancelled, in order; the next one finishes it."""
    state, folder = tmp_path / "state", tmp_path / "hosts"
    process = start(state, folder)
    stdout = cast("IO[str]", process.stdout)
    for line in stdout:
        if json.loads(line)["kind"] == "output":
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    last = json.loads(out.splitlines()[-1])
    assert (last["kind"], last["outcome"]) == ("run-finished", "cancelled")
    opened = StateFile.open_read_only(state)
    assert opened.records.runs()[-1].outcome == "cancelled"
    assert opened.records.owner() is None
    opened.close()
    assert verify_chain(state) == []
    assert finish(state, folder)["outcome"] == "done"
