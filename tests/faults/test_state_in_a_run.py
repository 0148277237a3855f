"""The state file is taken away, filled up or spoilt in the middle of a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import EVERYTHING, LIMIT, Desk
from wizard.errors import StateError
from wizard.run.audit import verify_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.table import FaultTable

pytestmark = pytest.mark.sshd


@contextmanager
def disk(place: Path, size: int) -> Iterator[None]:
    """Mount a file system of that many KiB, and take it away again."""
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs to mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def remount(place: Path, options: str) -> None:
    """Change a mounted file system."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


def fill(place: Path) -> Path:
    """Leave no byte free; return what has to be removed to make room."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return filler


def stopped(desk: Desk, process: subprocess.Popen[str]) -> str:
    """Let the step that waits go on; return what the run says as it stops, nothing begun after."""
    desk.open_gate()
    assert process.wait(LIMIT) == StateError.exit_status, desk.said
    assert not {one for one in desk.on_hosts() if one.startswith("last@")}, "a step was begun"
    return desk.sentence(desk.said)


def finished(desk: Desk, state: Path) -> None:
    """Go on with a state file, and find in it what was done before."""
    runs = len(desk.report(state).runs)
    desk.finish(state)
    assert len(desk.report(state).runs) == runs + 1


IN_THE_MIDDLE = 80  # KiB


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(size, marks=() if size == IN_THE_MIDDLE else pytest.mark.complete)
        for size in range(40, 112, 4)
    ],
)
def test_what_is_not_announced_is_not_begun(desk: Desk, faults: FaultTable, size: int) -> None:
    """However far the run comes before the disk is full, all that was done is on record."""
    small = desk.folder / "small"
    state = small / "site.state"
    with (
        faults.tried(f"the disk of the state file is full at {size} KiB") as fault,
        disk(small, size),
    ):
        ended = desk.run(desk.apply("--state", str(state)))
        assert ended.returncode == StateError.exit_status, ended.stderr
        fault.said(desk.sentence(ended.stderr))
        assert "the disk is full" in fault.sentence
        assert "Make room there" in fault.sentence
        if not state.exists():
            assert desk.on_hosts() == set()
            assert list(small.iterdir()) == []
            return
        assert verify_chain(state) == []
        fault.lose(desk.on_hosts() - desk.announced(state))
        remount(small, "size=4m")
        finished(desk, state)


def test_a_disk_that_fills_up_in_a_step_ends_the_run(desk: Desk, faults: FaultTable) -> None:
    """The step that runs comes to its end, no other is begun; its outcome is looked at later."""
    small = desk.folder / "small"
    state = small / "site.state"
    with faults.tried("the disk of the state file fills up in a step") as fault, disk(small, 4096):
        process = desk.start_to_gate("--state", str(state))
        filler = fill(small)
        fault.said(stopped(desk, process))
        assert "the disk is full" in fault.sentence
        fault.lose(desk.on_hosts() - desk.announced(state))
        assert verify_chain(state) == []
        filler.unlink()
        finished(desk, state)


@pytest.mark.complete
def test_a_limit_of_what_may_be_written_is_told_from_a_full_disk(
    desk: Desk, faults: FaultTable
) -> None:
    """As a quota does it: there is room, and yet not for this user."""
    with faults.tried("a limit (as a quota is one) on the size of the state file") as fault:
        ended = desk.shell("ulimit -f 60; {apply}")
        assert ended.returncode == StateError.exit_status, ended.stderr
        fault.said(desk.sentence(ended.stderr))
        assert "quota" in fault.sentence
        assert verify_chain(desk.state) == []
        fault.lose(desk.on_hosts() - desk.announced())
        finished(desk, desk.state)


def deleted(state: Path) -> Path:
    """Take the file away; it is put back."""
    state.unlink()
    return state


def replaced(state: Path) -> Path:
    """Put another file in its place, which nobody overwrites; the run's own lies beside it."""
    other = state.with_name("other")
    other.write_bytes(state.read_bytes())
    other.replace(state)
    return state.with_name(f"{state.name}.rescued-{{pid}}")


AWAY = [
    ("deleted", deleted, "was deleted while a run wrote it; what it held is in"),
    pytest.param(
        *("replaced by another", replaced, "was replaced by another file while a run wrote it"),
        marks=pytest.mark.complete,
    ),
]


@pytest.mark.parametrize(("name", "take_away", "words"), AWAY)
def test_a_state_file_that_is_taken_away_ends_the_run_and_nothing_is_lost(
    desk: Desk, faults: FaultTable, name: str, take_away: Callable[[Path], Path], words: str
) -> None:
    """No step is begun whose intent nobody would find; what was on record still is."""
    small = desk.folder / "small"
    state = small / "site.state"
    with faults.tried(f"the state file is {name} in a run") as fault, disk(small, 4096):
        process = desk.start_to_gate("--state", str(state))
        before = desk.recorded(state)
        place = Path(str(take_away(state)).format(pid=process.pid))
        fault.said(stopped(desk, process))
        assert words in fault.sentence
        assert place.name in fault.sentence
        assert place.stat().st_mode & 0o777 == 0o600
        fault.lose(before - desk.recorded(place))
        fault.lose(desk.on_hosts() - desk.announced(place))
        finished(desk, place)


@pytest.mark.complete
def test_a_folder_that_vanishes_leaves_the_record_elsewhere(desk: Desk, faults: FaultTable) -> None:
    """In the folder for temporary files, which is where there is room."""
    folder = desk.folder / "gone"
    folder.mkdir()
    state = folder / "site.state"
    with faults.tried("the folder of the state file vanishes in a run") as fault:
        process = desk.start_to_gate("--state", str(state))
        shutil.rmtree(folder)
        fault.said(stopped(desk, process))
        place = Path(tempfile.gettempdir()) / f"site.state.rescued-{process.pid}"
        assert str(place) in fault.sentence
        fault.lose(desk.on_hosts() - desk.announced(place))
        finished(desk, place)
        place.unlink()


@pytest.mark.complete
def test_a_state_file_that_is_emptied_in_a_run_is_damaged(desk: Desk, faults: FaultTable) -> None:
    """Nothing can be saved then; the hosts know what was done, and a new file learns it."""
    with faults.tried("the state file is emptied in a run") as fault:
        process = desk.start_to_gate()
        os.truncate(desk.state, 0)
        fault.said(stopped(desk, process))
        assert "is damaged" in fault.sentence
        assert "apply SITE --state NEW" in fault.sentence
        new = desk.folder / "new.state"
        assert desk.run(desk.apply("--state", str(new))).returncode == 0
        assert desk.on_hosts() == EVERYTHING
