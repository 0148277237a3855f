"""A program that ends leaves jobs on their hosts at work, and such hosts to whoever goes on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import processes_with, wait_until
from wizard.errors import Cancelled
from wizard.remote.cancellation import Cancellation
from wizard.remote.ssh import connect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.sshd import Sshd

pytestmark = pytest.mark.sshd


@pytest.mark.parametrize("job", ["left-at-work", None])
def test_a_job_is_left_and_with_it_the_host(
    own_server: Sshd, tmp_path: Path, job: str | None
) -> None:
    """A plain script is ended, and what was left for the end is done; a job is not, nor is that."""
    stop, up = Cancellation(), threading.Event()
    host = connect(own_server.endpoint(), cancellation=stop)
    host.at_close(f"touch {tmp_path}/let-go")
    mark = f"mnu_leave_mark={tmp_path.name}"
    script = f"echo up; until [[ -e {tmp_path}/go ]]; do {mark} sleep 1; done"
    with ThreadPoolExecutor() as pool:
        result = pool.submit(
            host.run,
            script,
            waiting_for="the base backup",
            timeout=120,
            job=job,
            on_line=lambda _stream, _line: up.set(),
        )
        assert up.wait(20)
        stop.cancel(leave=True)
        with pytest.raises(Cancelled):
            result.result(timeout=20)
    host.close()
    assert (tmp_path / "let-go").exists() == (job is None)
    if job:
        wait_until(lambda: processes_with(mark))
    (tmp_path / "go").touch()
    wait_until(lambda: not processes_with(mark))
    if job:
        host = connect(own_server.endpoint())
        assert host.run(script, waiting_for="its result", timeout=20, job=job).out == "up\n"
        host.close()


def test_who_stops_first_decides() -> None:
    """Ctrl-C ends what runs, and a terminal that closes afterwards does not take that back."""
    stop = Cancellation()
    stop.cancel()
    stop.cancel(leave=True)
    assert not stop.leaves
    stop = Cancellation()
    stop.cancel(leave=True)
    stop.cancel()
    assert stop.leaves
