"""A rotation that is killed anywhere locks nobody out and loses no value; the next one ends it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.run.pieces import LocalFile, Recorder, no_database, task
from tests.run.rotation_to_be_killed import NEW, NODES, OLD, ROTATION, installation, vault_in
from wizard.errors import SetupError, VaultError
from wizard.run.audit import verify_chain
from wizard.run.bus import EventBus
from wizard.run.events import RotationBegan, RotationFinished
from wizard.run.rotating import Rotating
from wizard.run.state import StateFile
from wizard.vault.store import NEXT, Origin, rotating

if TYPE_CHECKING:
    from typing import IO

TOP = Path(__file__).parent.parent.parent
EVENTS = 47  # that a whole rotation says, about


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start the program, or have it go on; with the word `back` turn back."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.run.rotation_to_be_killed", str(folder), *words],
        cwd=TOP,
        stdout=subprocess.PIPE,
        text=True,
    )


def accepted(folder: Path) -> list[str]:
    """Return the passwords that the server lets in."""
    return (folder / "db1" / "accepted").read_text().split()


def used(folder: Path) -> set[str]:
    """Return the passwords that the app servers log in with."""
    return {(folder / name / "env").read_text().strip() for name in NODES}


def kill_after(events: int, process: subprocess.Popen[str]) -> None:
    """Kill it when it has told so many events."""
    stdout = cast("IO[str]", process.stdout)
    for _ in range(events):
        stdout.readline()
    process.kill()
    process.wait(60)
    stdout.close()


@pytest.mark.parametrize("events", [1, 5, 11, 18, 25, 32, 38, 44])
def test_a_killed_rotation_locks_nobody_out_and_is_finished(tmp_path: Path, events: int) -> None:
    """Every password in use is accepted at every moment, and both are kept until the end."""
    kill_after(events, start(tmp_path))

    assert used(tmp_path) <= set(accepted(tmp_path))
    kept = {name: each.reveal() for name, each in vault_in(tmp_path).secrets().items()}
    assert used(tmp_path) <= set(kept.values())
    assert verify_chain(tmp_path / "state") == []

    process = start(tmp_path)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert json.loads(out.splitlines()[-1])["kind"] == "rotation-finished"
    assert (used(tmp_path), accepted(tmp_path)) == ({NEW}, [NEW])
    assert {name: each.reveal() for name, each in vault_in(tmp_path).secrets().items()} == {
        "pw": NEW
    }
    assert verify_chain(tmp_path / "state") == []
    assert not (tmp_path / "db1" / "run" / "lock").exists()


@pytest.mark.parametrize(("forth", "back", "word"), [(5, 0, "back"), (18, 9, ""), (32, 18, "back")])
def test_a_rotation_is_given_up_from_wherever_it_was_cut_off(
    tmp_path: Path, forth: int, back: int, word: str
) -> None:
    """Nobody is locked out on the way back either, which is gone on with by itself or by choice."""
    kill_after(forth, start(tmp_path))
    kill_after(back, start(tmp_path, "back"))
    assert used(tmp_path) <= set(accepted(tmp_path))
    kept = {name: each.reveal() for name, each in vault_in(tmp_path).secrets().items()}
    assert kept == {"pw": OLD, f"pw{NEXT}": NEW}

    process = start(tmp_path, *([word] if word else []))
    out, _ = process.communicate(timeout=120)

    assert process.returncode == 0
    last = json.loads(out.splitlines()[-1])
    assert (last["kind"], last["value"]) == ("rotation-finished", "old")
    assert (used(tmp_path), accepted(tmp_path)) == ({OLD}, [OLD])
    assert {name: each.reveal() for name, each in vault_in(tmp_path).secrets().items()} == {
        "pw": OLD
    }
    assert verify_chain(tmp_path / "state") == []


def test_the_old_value_goes_out_of_the_copies_too(tmp_path: Path) -> None:
    """Those of replaced files on the hosts, which root alone reads."""
    copy = tmp_path / "app1" / "own" / "replaced" / "20261124T040000Z" / "env"
    copy.parent.mkdir(parents=True)
    copy.write_text(f"# by hand\nPASSWORD={OLD}\n")

    process = start(tmp_path)
    process.communicate(timeout=120)

    assert process.returncode == 0
    assert copy.read_text() == "# by hand\nPASSWORD=‹pw, replaced›\n"


def test_neither_value_is_in_the_record(tmp_path: Path) -> None:
    """What began and ended is there, by name."""
    process = start(tmp_path)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert EVENTS - 15 < len(out.splitlines()) < EVENTS + 15
    state = tmp_path / "state"
    for value in (OLD, NEW):
        assert value not in out
        assert value.encode() not in state.read_bytes()
    opened = StateFile.open_read_only(state)
    kinds = [link.kind for link in opened.records.events()]
    assert [run.outcome for run in opened.records.runs()] == ["done"] * len(opened.records.runs())
    opened.close()
    assert kinds.count("rotation-began") == kinds.count("rotation-finished") == 1


def test_nothing_is_rotated_on_a_site_that_is_not_as_its_file_says(tmp_path: Path) -> None:
    """What else is due would be done with it; no new value is stored."""
    vault = vault_in(tmp_path)
    vault.set("pw", OLD)
    bus = EventBus(str)
    recorder = Recorder()
    bus.add(recorder, journal=True)
    work = installation(tmp_path, bus, vault.secrets())
    work.reach()
    rotation = Rotating(
        work=work, vault=vault, rotation=ROTATION, open_database=lambda _secrets: no_database
    )
    with pytest.raises(SetupError, match="to be done in 3 steps: server@db1"):
        rotation.begin({"pw": NEW}, Origin.GENERATED)
    bus.close()
    assert not rotating(vault.secrets())
    assert not recorder.of(RotationBegan)
    assert not (tmp_path / "db1" / "accepted").exists()


def test_only_the_rotation_itself_changes_hosts_while_it_is_under_way(tmp_path: Path) -> None:
    """An apply in between would take back what half of the hosts have already."""
    vault = vault_in(tmp_path)
    vault.set("pw", OLD)
    vault.begin_rotation({"pw": NEW}, origin=Origin.GENERATED)
    bus = EventBus(str)
    work = installation(tmp_path, bus, vault.secrets())
    work.reach()
    work.plan()
    with pytest.raises(VaultError, match="a rotation of pw is under way") as caught:
        work.apply()
    assert "resume" in caught.value.remedy
    assert not (tmp_path / "db1" / "accepted").exists()
    work.close()
    bus.close()


def test_a_stage_that_fails_keeps_both_values(tmp_path: Path) -> None:
    """The rotation is not over, and says which step failed."""
    vault = vault_in(tmp_path)
    vault.set("pw", OLD)
    bus = EventBus(str)
    recorder = Recorder()
    bus.add(recorder, journal=True)
    work = installation(tmp_path, bus, vault.secrets())
    work.reach()
    work.plan()
    work.apply()
    (tmp_path / "app2" / "env").unlink()
    (tmp_path / "app2" / "env").mkdir()
    failing = [task("env@app2", LocalFile(name="env", script="echo broken disk >&2; exit 3"))]
    stage = ROTATION.stages[0]
    broken = Rotating(
        work=work,
        vault=vault,
        rotation=type(ROTATION)(
            name="pw",
            names=("pw",),
            effect="",
            stages=(type(stage)(title="nodes", tasks=lambda _situation: failing),),
        ),
        open_database=lambda _secrets: no_database,
    )
    vault.begin_rotation({"pw": NEW}, origin=Origin.GENERATED)
    failed = broken.go_on()
    work.close()
    bus.close()
    assert failed is not None
    assert failed.failures[0].task == "env@app2"
    assert {"pw", f"pw{NEXT}"} <= set(vault.secrets())
    assert not recorder.of(RotationFinished)
