"""Directories and links: made, put right, and what is in them left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.resources.machine import ME, MY_GROUP, Machine
from wizard.resources.directory import Directory, Link
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from pathlib import Path

SEEN = [
    ("", "create directory /srv/x (0750 root:app)"),
    ("directory|750|root|app\n", None),
    ("directory|755|root|app\n", "set directory /srv/x (0750 root:app)"),
    ("directory|750|root|root\n", "set directory /srv/x (0750 root:app)"),
]


@pytest.mark.parametrize(("seen", "summary"), SEEN)
def test_what_is_seen_decides_what_changes(seen: str, summary: str | None) -> None:
    """Absence, owner, group and mode each make a change due."""
    change = Directory(path="/srv/x", group="app", mode=0o750).change(seen, Secrets())

    assert (change.summary if change else None) == summary


def ours(path: Path, mode: int = 0o750) -> Directory:
    """Return a directory of this account."""
    return Directory(path=str(path), owner=ME, group=MY_GROUP, mode=mode)


def test_a_directory_is_made_and_put_right(machine: Machine) -> None:
    """Also below directories that are missing, and with spaces in its name."""
    path = machine.folder / "a b" / "c'd"
    machine.settle(ours(path))
    (path / "kept").touch()
    path.chmod(0o777)

    machine.settle(ours(path))

    assert path.stat().st_mode & 0o7777 == 0o750
    assert (path / "kept").exists()


def test_a_link_to_a_directory_counts_as_that_directory(machine: Machine) -> None:
    """People move data to another disk and leave a link."""
    disk = machine.folder / "disk"
    disk.mkdir(mode=0o750)
    path = machine.folder / "x"
    path.symlink_to(disk)

    assert machine.change(ours(path)) is None
    machine.settle(ours(path, 0o700))

    assert path.is_symlink()
    assert disk.stat().st_mode & 0o7777 == 0o700


def test_a_link_is_switched_and_the_old_one_kept_for_the_unit(machine: Machine) -> None:
    """The unit that runs from it has the switch to take in, and the old target to go back to."""
    current = machine.folder / "current"
    (machine.folder / "releases" / "2").mkdir(parents=True)
    machine.settle(Link(path=str(current), target="releases/1", unit="web"))  # dangling at first
    applied = machine.own / "applied" / "web"
    applied.parent.mkdir(parents=True)
    applied.touch()

    change = machine.settle(Link(path=str(current), target="releases/2", unit="web"))
    machine.settle(Link(path=str(current), target="releases/3", unit="web"))

    assert change.summary.endswith("(was releases/1)")
    assert str(current.readlink()) == "releases/3"
    assert str(machine.previous("web", current).readlink()) == "releases/1"
    assert not applied.exists()


def test_a_directory_in_the_place_of_a_link_stays(machine: Machine) -> None:
    """It fails instead of putting the link inside."""
    current = machine.folder / "current"
    current.mkdir()
    change = machine.change(Link(path=str(current), target="releases/1"))
    assert change is not None

    assert machine.carry_out(change).status != 0
    assert list(current.iterdir()) == []
