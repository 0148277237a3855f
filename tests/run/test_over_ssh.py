"""A run over a real OpenSSH connection to this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, available
from tests.run.pieces import Follower, LocalFile, Trial, task
from wizard.remote import ssh_job
from wizard.run.events import OutputLine, TaskIntended
from wizard.vault.secret import Secrets
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wizard.remote.transport import Transport

pytestmark = pytest.mark.sshd


@pytest.fixture(scope="module")
def transport() -> Iterator[Transport]:
    """Open one connection for all tests of this file."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    from wizard.remote.ssh import connect  # noqa: PLC0415 - fabric takes a while to import

    server = Sshd()
    opened = connect(server.endpoint())
    yield opened
    opened.close()
    server.stop()


def test_a_task_over_ssh_is_done_once(transport: Transport, tmp_path: Path) -> None:
    """Plain and detached changes, output, secrets and the looks between them are as locally."""
    host = transport.host
    trial = Trial({host: transport}, secrets=Secrets({"pw": 'it\'s $(a) "secret"'}))
    file = str(tmp_path / "f")
    tasks = [
        task(
            f"one@{host}",
            LocalFile(name=file, content=Text("pw=", SecretRef("pw")), script="echo oops >&2"),
            LocalFile(name=str(tmp_path / "long"), script="echo copying", detached=True),
            Follower(file=file),
        )
    ]
    result = trial.run(tasks)
    assert [failure.seen for failure in result.failures] == []
    assert (result.outcome, result.changed) == ("done", 3)
    assert (tmp_path / "f.taken").read_text() == 'pw=it\'s $(a) "secret"\n'
    told = {(line.stream, line.text) for line in trial.recorder.of(OutputLine)}
    assert told == {("err", "oops"), ("out", "copying")}
    jobs = [c.job for event in trial.recorder.of(TaskIntended) for c in event.changes if c.job]
    assert len(jobs) == 1

    before = transport.trips
    assert trial.run(tasks).changed == 0
    assert transport.trips - before == 1


@pytest.mark.parametrize("detached", [False, True])
def test_a_failure_over_ssh_has_its_last_lines(
    transport: Transport, tmp_path: Path, *, detached: bool
) -> None:
    """Status, change and output are on the card."""
    host = transport.host
    trial = Trial({host: transport})
    script = f"echo {tmp_path.name}; echo why >&2; exit 9"
    file = LocalFile(name=str(tmp_path / "f"), script=script, detached=detached)
    (failure,) = trial.run([task(f"one@{host}", file)]).failures
    assert (failure.status, failure.command) == (9, f"write {tmp_path}/f")
    assert {"why", tmp_path.name} <= set(failure.lines)


def test_what_an_earlier_run_ended_and_somebody_undid_is_done_again(
    transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the earlier one, which nobody had asked for, tells nothing of today."""
    host, file = transport.host, tmp_path / "long"
    tasks = [task(f"one@{host}", LocalFile(name=str(file), script="echo copying", detached=True))]
    with monkeypatch.context() as gone:
        # As if the connection had gone before the end was told: it lies on the host from now on.
        gone.setattr(ssh_job, "_quietly", lambda *_: None)
        assert Trial({host: transport}).run(tasks).outcome == "done"
    file.unlink()

    result = Trial({host: transport}).run(tasks)

    assert [failure.seen for failure in result.failures] == []
    assert file.exists()
    assert Trial({host: transport}).run(tasks).changed == 0


def test_what_is_undone_at_once_fails_in_the_end(transport: Transport, tmp_path: Path) -> None:
    """Detached or not, it is not tried for ever."""
    file = LocalFile(name=str(tmp_path / "undone"), writes=False, detached=True)
    (failure,) = (
        Trial({transport.host: transport}).run([task(f"one@{transport.host}", file)]).failures
    )
    assert failure.seen.startswith("a fresh look still finds something to change")
