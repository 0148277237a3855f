"""A state file that cannot be used is refused, and what the refusal says to do ends the install."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.workplace import LIMIT
from wizard.errors import HostInUse, StateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.workplace import Workplace

pytestmark = pytest.mark.sshd

# The same program with one more migration, as the next version will be.
NEWER = """
import sys
from pathlib import Path
from wizard.run import state_schema
state_schema.MIGRATIONS += ("CREATE TABLE newer (x INTEGER);",)
state_schema.VERSION += 1
from tests.cli import long_site
sys.exit(long_site.run(Path(sys.argv[1]), sys.argv[2:]))
"""
# A command on a file system that is read-only meanwhile.
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 77\nshift\nexec "$@"'


def killed(place: Workplace, command: list[str]) -> None:
    """Leave an installation whose program was killed in its long step, which goes on."""
    process = place.start(command)
    place.until(lambda: place.begun, process)
    process.send_signal(signal.SIGKILL)
    process.wait(LIMIT)


def refused(place: Workplace, command: list[str], *words: str) -> None:
    """Run a command that the state file stops; it says why and what to do."""
    ended = place.end(command)
    assert ended.returncode == StateError.exit_status, ended.stderr
    told = " ".join(ended.stderr.split())
    assert all(one in told for one in words), told


def finished(place: Workplace, command: list[str]) -> None:
    """Run a command to the end of the installation; what was at work is not begun twice."""
    process = place.start(command)
    place.until(place.state.exists, process)
    place.wait_for_long_step(process)
    place.open_gate()
    assert process.wait(LIMIT) == 0, place.said
    assert (place.folder / "hosts/app2/up").exists()
    assert place.begun == 1, "the long step was begun twice"
    verified = place.say("audit", "verify", "--state", str(place.state))
    assert verified.returncode == 0, verified.stdout


def newer(command: list[str]) -> list[str]:
    """Return the same command of the next version."""
    return [sys.executable, "-c", NEWER, *command[3:]]


def _truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _emptied(path: Path) -> None:
    os.truncate(path, 0)


def _header_lost(path: Path) -> None:
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])


DAMAGES = [
    (_truncated, "is damaged"),
    pytest.param(_emptied, "If it was one once, it is damaged", marks=pytest.mark.complete),
    pytest.param(_header_lost, "If it was one once, it is damaged", marks=pytest.mark.complete),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGES)
def test_a_damaged_file_is_moved_away_and_a_new_one_learns_from_the_hosts(
    workplace: Workplace, damage: Callable[[Path], None], words: str
) -> None:
    """Whichever command met it; a host that the killed run left locked says the same again."""
    killed(workplace, workplace.apply("--yes"))
    damage(workplace.state)
    remedy = ("move it away", "apply SITE --state NEW`", "Add --break-lock if its run was killed")
    for command in (workplace.resume("--yes"), workplace.apply("--yes")):
        refused(workplace, command, words, *remedy)
    workplace.state.rename(workplace.folder / "away")
    locked = workplace.end(workplace.apply("--yes"))
    assert locked.returncode == HostInUse.exit_status
    assert "break its lock with --break-lock" in locked.stderr
    finished(workplace, workplace.apply("--yes", "--break-lock"))


def test_a_copy_of_a_damaged_file_is_gone_on_with(workplace: Workplace) -> None:
    """In its place it knows the run that was killed: nothing has to be broken."""
    killed(workplace, workplace.apply("--yes"))
    copy = workplace.folder / "copy"
    shutil.copyfile(workplace.state, copy)
    _truncated(workplace.state)
    refused(workplace, workplace.resume("--yes"), "Put a copy of the file in its place")
    copy.replace(workplace.state)
    finished(workplace, workplace.resume("--yes"))


def test_a_file_of_a_newer_version_is_gone_on_with_by_that_version(workplace: Workplace) -> None:
    """The older one refuses it whatever it is asked to do, and has changed nothing in it."""
    killed(workplace, newer(workplace.apply("--yes")))
    undone = workplace.end(newer(workplace.command("status", "--state", str(workplace.state))))
    assert undone.returncode == 1, undone.stderr  # readable by the version that wrote it
    before = workplace.state.read_bytes()
    for command in (workplace.resume("--yes"), workplace.apply("--yes")):
        refused(workplace, command, "newer minusnow-setup", "Use that version, or a newer one")
    assert workplace.state.read_bytes() == before
    workplace.open_gate()
    ended = workplace.end(newer(workplace.resume("--yes")))
    assert ended.returncode == 0, ended.stderr
    assert (workplace.folder / "hosts/app2/up").exists()
    assert workplace.begun == 1


def test_a_read_only_file_is_looked_into_and_gone_on_with_once_it_can_be_written(
    workplace: Workplace,
) -> None:
    """As on a disk that the kernel made read-only after an error."""
    killed(workplace, workplace.apply("--yes"))
    shown = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", str(workplace.folder)]
    review = workplace.command("review", "--state", str(workplace.state), "--format", "text")
    looked = workplace.end([*shown, *review])
    if looked.returncode == 77 or "unshare" in looked.stderr:
        pytest.skip("needs a mount namespace")
    assert looked.returncode == 0, looked.stderr
    refused(
        workplace,
        [*shown, *workplace.resume("--yes")],
        "read-only for you Change that, or look into it with `minusnow-setup review --state",
    )
    finished(workplace, workplace.resume("--yes"))
