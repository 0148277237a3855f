"""A state file that cannot be used: the program says why and what to do, and changes no byte."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import TOP, Desk
from tests.run.state_story import filled, story
from tests.run.test_state_damage import (
    _absent,
    _empty,
    _foreign,
    _newer,
    _not_sqlite,
    _scribbled,
    _truncated,
)
from wizard.errors import StateError
from wizard.run.audit import verify_chain
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.table import FaultTable


def said(path: Path, *command: str) -> str:
    """Return what the program says of a state file that it cannot use."""
    ended = subprocess.run(
        [sys.executable, "-m", "wizard", *(command or ("resume", "--yes")), "--state", str(path)],
        cwd=TOP,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == StateError.exit_status, ended.stderr
    return Desk(path.parent).sentence(ended.stderr)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


DAMAGES = [
    ("truncated", _truncated, "is damaged"),
    ("overwritten in the middle", _scribbled, "is damaged"),
    ("of a newer version", _newer, "newer minusnow-setup"),
    ("another kind of file", _not_sqlite, "is not a state file"),
    ("empty", _empty, "is not a state file"),
    ("another program's database", _foreign, "is not a state file"),
    ("gone", _absent, "there is no state file"),
]


@pytest.mark.parametrize(("name", "damage", "words"), DAMAGES)
def test_a_state_file_that_cannot_be_used(
    tmp_path: Path, faults: FaultTable, name: str, damage: Callable[[Path], None], words: str
) -> None:
    """Named with its reason and a remedy; what is left of it stays as it is, without a lock."""
    path = tmp_path / "site.state"
    filled(path)
    damage(path)
    before = bytes_of(tmp_path)
    with faults.tried(f"state file {name}") as fault:
        fault.said(said(path))
        assert words in fault.sentence
        after = bytes_of(tmp_path)
        fault.lose(each for each, content in before.items() if after.get(each) != content)
        assert after.keys() == before.keys()


LEFTOVERS: list[tuple[str, Callable[[Path], object], str]] = [
    ("a lock file that a power cut left", Path.touch, ""),
    ("a folder in the place of the lock file", Path.mkdir, "Is a directory"),
    (
        "a link in the place of the lock file",
        lambda lock: lock.symlink_to("/etc/passwd"),
        "symbolic",
    ),
]


@pytest.mark.parametrize(("name", "leave", "words"), LEFTOVERS)
def test_what_lies_in_the_place_of_the_lock(
    tmp_path: Path, faults: FaultTable, name: str, leave: Callable[[Path], object], words: str
) -> None:
    """A file that nobody holds is no lock; what is no file is not followed or removed."""
    path = tmp_path / "site.state"
    filled(path)
    leave(tmp_path / "site.state.lock")
    if not words:
        StateFile.open(path).close()
        assert bytes_of(tmp_path).keys() == {"site.state"}
        return
    with faults.tried(f"state file: {name}") as fault:
        before = path.read_bytes()
        fault.said(said(path))
        assert words in fault.sentence
        assert path.read_bytes() == before
        assert os.path.lexists(tmp_path / "site.state.lock")


CUT_OFF = """
import os, sys
from pathlib import Path
from tests.run.state_story import story
from wizard.run import events as e
from wizard.run.state import StateFile

state = StateFile.open(Path(sys.argv[1]))
connection = state._connection
connection.execute("PRAGMA cache_size = 1")  # so that a transaction writes before its end
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE events SET body = body || printf('%5000s', '')")
state._write([e.OutputLine(task="one@a", stream="out", text="x" * 1000) for _ in range(500)])
os._exit(9)  # as a power cut
"""


@pytest.mark.parametrize("lost", [False, True])
def test_a_write_that_a_power_cut_ended(tmp_path: Path, faults: FaultTable, *, lost: bool) -> None:
    """It is undone from its journal; where somebody removed that, the damage is found and told."""
    path = tmp_path / "site.state"
    filled(path)
    state = StateFile.open(path)
    state.take(story(lines=300))
    state.close()
    before = {link.hash() for link in StateFile.open_read_only(path).records.events()}
    subprocess.run([sys.executable, "-c", CUT_OFF, str(path)], cwd=TOP, check=False, timeout=120)
    journal = tmp_path / "site.state-journal"
    assert journal.stat().st_size > 0
    with faults.tried(
        "power cut in a write" + (", and its journal removed" if lost else "")
    ) as fault:
        if lost:
            journal.unlink()
            found = verified(path)
            assert "damaged" in found or "was changed" in found, found
            fault.said(found)
            return
        assert verify_chain(path) == []
        StateFile.open(path).close()
        fault.said(verified(path))
        fault.lose(
            before - {link.hash() for link in StateFile.open_read_only(path).records.events()}
        )


def verified(path: Path) -> str:
    """Return what `audit verify` says of a state file."""
    command = [sys.executable, "-m", "wizard", "audit", "verify", "--state", str(path)]
    ended = subprocess.run(
        command, cwd=TOP, capture_output=True, text=True, check=False, timeout=120
    )
    assert "Traceback" not in ended.stderr
    return (ended.stdout + ended.stderr).replace(f"{path.parent}/", "")


@pytest.mark.sshd
def test_the_state_file_of_another_site_is_refused(desk: Desk, faults: FaultTable) -> None:
    """Nothing of it is changed, and no host is begun with."""
    with faults.tried("state file of another site") as fault:
        filled(desk.state)
        before = desk.state.read_bytes()
        ended = desk.run(desk.apply())
        assert ended.returncode == StateError.exit_status
        fault.said(desk.sentence(ended.stderr))
        assert "belongs to the site 'acme', not to 'small'" in fault.sentence
        assert desk.on_hosts() == set()
        assert verify_chain(desk.state) == []
        assert len(before) == desk.state.stat().st_size
        desk.state.rename(desk.folder / "acme.state")
        assert desk.run(desk.apply()).returncode == 0


def test_a_read_only_state_file_is_refused(tmp_path: Path, faults: FaultTable) -> None:
    """On a file system that is read-only: nothing is begun, and it can still be looked into."""
    path = tmp_path / "site.state"
    filled(path)
    line = (
        'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 77\n'
        '"$2" -m wizard audit verify --state "$1/site.state" || exit 78\n'
        '"$2" -m wizard resume --yes --state "$1/site.state"'
    )
    with faults.tried("state file on a read-only file system") as fault:
        unshared = ["unshare", "--mount", "sh", "-c", line, "sh", str(tmp_path), sys.executable]
        if not shutil.which("unshare") or os.geteuid():
            pytest.skip("needs root and unshare")
        ended = subprocess.run(
            unshared, cwd=TOP, capture_output=True, text=True, check=False, timeout=120
        )
        if ended.returncode == 77:
            pytest.skip("needs a mount namespace")
        assert ended.returncode == StateError.exit_status, ended.stderr
        assert "chain of events is intact" in ended.stdout
        fault.said(Desk(tmp_path).sentence(ended.stderr))
        assert "read-only" in fault.sentence
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
