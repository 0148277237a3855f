"""What ``practice up`` decides, and what it keeps on file."""

import os
import shutil
from pathlib import Path

import pytest

from wizard.practice.artefact import BUILDING, Recipe, forget_others, obtain
from wizard.practice.directory import FleetDirectory, HostDirectory
from wizard.practice.lifecycle import Action, Finding, action_for, take_down
from wizard.practice.record import (
    Record,
    boot_id,
    read_record,
    start_time_of,
    write_record,
)

RECORD = Record(pid=1, start_time=1, boot_id="b", image="/cache/root-1")


@pytest.mark.parametrize(
    ("finding", "action"),
    [
        (Finding(record=None, alive=False, answers=False), Action.MAKE),
        (Finding(record=RECORD, alive=True, answers=True), Action.KEEP),
        (Finding(record=RECORD, alive=True, answers=False), Action.SWITCH_ON),
        (Finding(record=RECORD, alive=False, answers=False), Action.SWITCH_ON),
    ],
)
def test_up_does_no_more_to_a_host_than_it_needs(finding: Finding, action: Action) -> None:
    """A healthy host is left alone, a dead one boots from its disk."""
    assert action_for(finding, "/cache/root-1") is action


def test_a_host_of_an_older_image_is_made_anew() -> None:
    """Even a healthy one."""
    healthy = Finding(record=RECORD, alive=True, answers=True)

    assert action_for(healthy, "/cache/root-2") is Action.MAKE


def own_record() -> Record:
    """A record of the process that runs this test."""
    started = start_time_of(os.getpid())
    assert started is not None
    return Record(os.getpid(), started, boot_id(), "/image")


def test_a_record_knows_its_process_again(tmp_path: Path) -> None:
    """After a round trip through its file."""
    host = HostDirectory(tmp_path)
    write_record(host, own_record())

    found = read_record(host)

    assert found == own_record()
    assert found.alive


@pytest.mark.parametrize(
    "other",
    [{"start_time": 1}, {"boot_id": "another boot"}, {"pid": 2**22 + 1}],
)
def test_a_record_is_not_fooled_by_another_process(other: dict[str, object]) -> None:
    """A process id that came round again, and a machine that was started again."""
    record = Record(**{**own_record().__dict__, **other})

    assert not record.alive


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}', "[]"])
def test_a_damaged_record_counts_as_none(tmp_path: Path, text: str) -> None:
    """The host is made anew then."""
    host = HostDirectory(tmp_path)
    host.record.write_text(text)

    assert read_record(host) is None


def test_a_built_thing_is_built_once(tmp_path: Path) -> None:
    """The second time it is only found."""
    built: list[Path] = []
    recipe = Recipe("thing", ("flour", "water"))

    for _ in range(2):
        place = obtain(tmp_path, recipe, built.append, lambda _line: None)

    assert len(built) == 1
    assert place.name == recipe.directory_name


def test_an_interrupted_build_is_not_mistaken_for_a_whole_one(tmp_path: Path) -> None:
    """What it left is not used, and forgotten later."""
    recipe = Recipe("thing", ("flour",))
    left = tmp_path / f"{BUILDING}{recipe.directory_name}-1"
    left.mkdir()
    (left / "half").touch()

    place = obtain(tmp_path, recipe, lambda at: (at / "whole").touch(), lambda _line: None)

    assert [path.name for path in place.iterdir()] == ["whole"]
    forget_others(tmp_path, {place})
    assert not left.exists()


def test_another_ingredient_makes_another_thing() -> None:
    """Its name changes, so the older one is not found."""
    assert Recipe("a", ("1", "2")).directory_name != Recipe("a", ("12",)).directory_name


def test_older_builds_are_forgotten(tmp_path: Path) -> None:
    """Only what is in use stays."""
    for name in ("root-1", "root-2", f"{BUILDING}root-3"):
        (tmp_path / name).mkdir()

    forget_others(tmp_path, {tmp_path / "root-2"})

    assert [path.name for path in tmp_path.iterdir()] == ["root-2"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may take a fleet down")
@pytest.mark.skipif(shutil.which("ip") is None, reason="needs iproute2")
def test_purging_leaves_what_is_not_the_fleets(tmp_path: Path) -> None:
    """The directory may have been chosen badly."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "thesis.tex").write_text("mine")

    take_down(FleetDirectory(tmp_path), purge=True)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
