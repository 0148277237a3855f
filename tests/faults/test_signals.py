"""The program is held, or its terminal goes away, in the middle of a run."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import LIMIT
from tests.remote.sshd import wait_until

if TYPE_CHECKING:
    from tests.faults.desk import Desk
    from tests.faults.table import FaultTable

pytestmark = pytest.mark.sshd


def state_of(pid: int) -> str:
    """Return the letter by which the kernel calls what a process is doing."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_run_that_was_held_goes_on(desk: Desk, faults: FaultTable) -> None:
    """Stopped and continued: the step ends meanwhile, and the run takes it from there."""
    with faults.tried("the installer is stopped (SIGSTOP) and continued") as fault:
        process = desk.start_to_gate()
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: state_of(process.pid) == "T", seconds=LIMIT)
        desk.open_gate()
        wait_until((desk.folder / "hosts/app1/work").exists, seconds=LIMIT)
        held = desk.run(desk.resume())
        assert held.returncode == 2
        fault.said(desk.sentence(held.stderr))
        assert f"process {process.pid}" in fault.sentence
        process.send_signal(signal.SIGCONT)
        assert process.wait(LIMIT) == 0, desk.said
        assert [run.outcome for run in desk.report().runs] == ["done"]
        desk.finish()
