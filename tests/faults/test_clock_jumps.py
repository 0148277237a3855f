"""The jump host's wall clock is set in the middle of a run."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import LIMIT
from wizard.run.events import RunFinished

if TYPE_CHECKING:
    from tests.faults.desk import Desk
    from tests.faults.table import FaultTable

pytestmark = [pytest.mark.sshd, pytest.mark.complete]
HOUR = 3600


@pytest.fixture(scope="session")
def skewed_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that gives one process a wall clock of its own."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("clock") / "skewed_clock.so"
    source = Path(__file__).with_name("skewed_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return library


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_a_clock_that_is_set_changes_no_duration(
    desk: Desk, faults: FaultTable, skewed_clock: Path, jump: int
) -> None:
    """What took how long is measured by another clock; the order of events is their number's."""
    skew = desk.folder / "skew"
    skew.write_text("0")
    with faults.tried(f"the jump host's clock jumps by {jump} s in a run") as fault:
        desk.more = {"LD_PRELOAD": str(skewed_clock), "SKEW_FILE": str(skew)}
        process = desk.start_to_gate()
        skew.write_text(str(jump))
        desk.open_gate()
        assert process.wait(LIMIT) == 0, desk.said
        fault.said((desk.folder / "out").read_text().splitlines()[-3])
        events = [happened.event for happened in desk.report().happened]
        times = [event.time for event in events]
        jumped = [abs(b - a - timedelta(seconds=jump)) for a, b in itertools.pairwise(times)]
        assert min(jumped) < timedelta(seconds=LIMIT), "the clock did not jump"
        assert all(0 <= getattr(event, "seconds", 0) < LIMIT for event in events)
        (finished,) = [event for event in events if isinstance(event, RunFinished)]
        assert finished.outcome == "done"
        for command in ("review", "status"):
            told = desk.run(desk.command(command, "--state", str(desk.state)))
            assert told.returncode == 0, told.stderr
            assert "-1:" not in told.stdout
            assert f"{HOUR}" not in told.stdout
        desk.finish()
