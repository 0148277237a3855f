"""Every file that would be placed, as text: what changes in one shows in a review.

Written anew by `pytest tests/steps --write-golden`. PostgreSQL's files are tested apart. A
variation holds only the files that differ from those of its platform.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.steps.assumed_site import situation
from tests.steps.variants import VARIANTS
from wizard.steps.placed import placed_files
from wizard.steps.sequence import tasks_for
from wizard.steps.task import Phase

GOLDEN = Path(__file__).parent / "golden"
BASES = ("debian-12", "rhel-9")
PLATFORMS = (
    *("debian-11", "debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04"),
    *("rhel-8", "rhel-9"),
)


def rendered(name: str) -> dict[str, str]:
    """Return the files of a variation by host and path."""
    os, changes = VARIANTS[name]
    files = {
        f"{host}{path}": text
        for host, placed in placed_files(situation(changes, os)).items()
        for path, text in placed.items()
        if "postgresql" not in path
    }
    if name in BASES:
        return files
    base = rendered(next((each for each in BASES if name.startswith(each)), BASES[0]))
    return {path: text for path, text in files.items() if base.get(path) != text}


def stored(name: str) -> dict[str, str]:
    """Return the golden files of a variation by host and path."""
    folder = GOLDEN / name
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def write(name: str, files: dict[str, str]) -> None:
    """Replace the golden files of a variation."""
    shutil.rmtree(GOLDEN / name, ignore_errors=True)
    for path, text in files.items():
        target = GOLDEN / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", VARIANTS)
def test_files_are_as_reviewed(name: str, *, write_golden: bool) -> None:
    """Secrets stand by name in them."""
    files = rendered(name)
    if write_golden:
        write(name, files)
    assert files == stored(name)


def listed(os: str) -> str:
    """Return every task with what it comes after and the keys of what it makes true."""
    found = []
    for task in tasks_for(situation(os=os)):
        found.append(f"{task.id}: {task.title}\n")
        found += [f"    after {each}\n" for each in sorted(task.after)]
        if task.phase not in {Phase.PRIMARY, Phase.STANDBY}:
            found += [f"  {resource.key}\n" for resource in task.resources]
    return "".join(found)


@pytest.mark.parametrize("os", PLATFORMS)
def test_tasks_are_as_reviewed(os: str, *, write_golden: bool) -> None:
    """Which tasks there are on which host, in which order, and what they make true."""
    files = {f"{os}.txt": listed(os)}
    path = GOLDEN / "tasks" / f"{os}.txt"
    if write_golden:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path.name], encoding="utf-8")
    assert files[path.name] == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["rocky", "almalinux"])
@pytest.mark.parametrize("version", ["8", "9"])
def test_rebuilds_are_treated_as_the_original(name: str, version: str) -> None:
    """Same tasks, same files."""
    assert listed(f"{name}-{version}") == listed(f"rhel-{version}")
    ours, theirs = (placed_files(situation(os=f"{each}-{version}")) for each in (name, "rhel"))
    assert ours == theirs
