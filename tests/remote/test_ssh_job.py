"""Jobs while the connection holds."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import wait_until
from wizard.remote.ssh_program import RUN_DIRECTORY

if TYPE_CHECKING:
    from wizard.remote.transport import Stream, Transport

pytestmark = pytest.mark.sshd


def test_a_job_tells_output_status_and_lines(host: Transport) -> None:
    """As a script does."""
    lines: list[tuple[Stream, str]] = []
    result = host.run(
        "echo out; echo err >&2; cat; exit 7",
        waiting_for="a job",
        timeout=30,
        job="plain",
        on_line=lambda stream, line: lines.append((stream, line)),
    )
    assert (result.status, result.out, result.err) == (7, "out\n", "err\n")
    assert sorted(lines) == [("err", "err"), ("out", "out")]
    assert not Path(f"{RUN_DIRECTORY}/jobs/plain").exists(), "tidied once its result was told"


def test_a_job_that_is_killed_says_so(host: Transport) -> None:
    """Its result is not success."""
    result = host.run("kill -9 $$", waiting_for="a job", timeout=30, job="killed")
    assert result.status == 137
    assert "killed" in result.err


def test_a_jobs_files_are_private(host: Transport, tmp_path: Path) -> None:
    """Its output may hold what only root should see."""
    go = tmp_path / "go"
    directory = Path(f"{RUN_DIRECTORY}/jobs/private")
    with ThreadPoolExecutor() as pool:
        result = pool.submit(
            host.run,
            f"until [[ -e {go} ]]; do sleep 0.05; done",
            waiting_for="a job",
            timeout=60,
            job="private",
        )
        wait_until((directory / "pid").exists)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()}
        go.touch()
        result.result()
    assert stat.S_IMODE(directory.parent.stat().st_mode) == 0o700
    assert modes == {"out": 0o600, "err": 0o600, "pid": 0o600, "sha256": 0o600, "tmp": 0o700}


@pytest.mark.parametrize("name", ["", "../x", "a b", "a'b", "-x"])
def test_a_jobs_name_cannot_leave_its_place(host: Transport, name: str) -> None:
    """It becomes a path and a unit's name."""
    with pytest.raises(ValueError, match="job"):
        host.run("true", waiting_for="a job", timeout=5, job=name)
