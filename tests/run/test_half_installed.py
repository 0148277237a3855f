"""Work that is half done by an earlier run, so that now something else seems to be left to do."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, available, wait_until
from tests.run.pieces import Trial, task
from wizard.errors import ConnectionLost
from wizard.remote.ssh import connect
from wizard.resources.resource import Change
from wizard.run.change_script import batches, change_script
from wizard.run.events import OutputLine
from wizard.vault.secret import Secrets
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.sshd

LIMIT = 120  # seconds for whatever must happen


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Sshd]:
    """A server of its own, whose connections may be cut."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    server = Sshd()
    yield server
    (tmp_path / "go").touch()  # also when the test has failed: nothing is left at work
    server.stop()


@dataclass(frozen=True, kw_only=True)
class Names:
    """Files that one script makes one after the other, as a package manager does; slowly."""

    folder: Path
    names: tuple[str, ...] = ("one", "two", "three")

    @property
    def key(self) -> str:
        """`names in FOLDER`."""
        return f"names in {self.folder}"

    def look(self) -> str:
        """Print those that are there."""
        return f"ls {self.folder}/there"

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Make those that are missing: another script each time."""
        missing = [name for name in self.names if name not in seen.split()]
        if not missing:
            return None
        wait = f"until [ -e {self.folder}/go ]; do sleep 0.05; done\n"
        made = wait.join(f"touch {self.folder}/there/{name}\n" for name in missing)
        began = f"echo {' '.join(missing)} >>{self.folder}/begun\necho up\n"
        return Change(
            resource=self.key,
            summary=f"make {', '.join(missing)}",
            script=Text(began, made),
            detached=True,
        )


@pytest.mark.parametrize("ends", ["well", "killed"])
def test_what_is_still_at_work_is_waited_for_before_the_rest_is_begun(
    own_server: Sshd, tmp_path: Path, ends: str
) -> None:
    """Nothing is begun if nothing is left then; what was killed is begun again, for the rest."""
    (tmp_path / "there").mkdir()
    names = Names(folder=tmp_path)
    host = connect(own_server.endpoint())
    step = task(f"packages@{host.host}", names)
    first = names.change("", Secrets())
    assert first
    (batch,) = batches(step, [first])
    with ThreadPoolExecutor() as pool:
        lost = pool.submit(
            host.run,
            change_script([first], batch.job).reveal(Secrets()),
            waiting_for="the packages",
            timeout=LIMIT,
            job=batch.job,
        )
        wait_until(lambda: lost.done() or (tmp_path / "there/one").exists(), seconds=LIMIT)
        assert not lost.done(), lost.result()
        own_server.signal_sessions(signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            lost.result(LIMIT)
    host.close()

    host = connect(own_server.endpoint())
    trial = Trial({host.host: host})
    with ThreadPoolExecutor() as pool:
        resumed = pool.submit(trial.run, [step])
        wait_until(
            lambda: any(each.text == "up" for each in trial.recorder.of(OutputLine)),
            seconds=LIMIT,
        )
        if ends == "killed":
            host.run(
                f"kill -KILL -- $(cat /run/minusnow-setup/jobs/{batch.job}/pid)"
                f" $(pgrep -s $(cat /run/minusnow-setup/jobs/{batch.job}/pid))",
                waiting_for="its end",
                timeout=LIMIT,
            )
        (tmp_path / "go").touch()
        result = resumed.result(LIMIT)
    host.close()
    assert [failure.seen for failure in result.failures] == []
    assert result.outcome == "done"
    again = [] if ends == "well" else ["two three"]
    assert (tmp_path / "begun").read_text().splitlines() == ["one two three", *again]
    assert {each.name for each in (tmp_path / "there").iterdir()} == set(names.names)
