"""What there is to go on with: site files of a folder, and how far their installations got."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_FILES = 20
_FIRST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """A site file to open, and a few words about it."""

    path: Path
    words: str
    state: Path | None = None  # the state file of an installation that was begun
    unfinished: bool = False  # whether there is something to go on with
    practice: bool = False  # whether its hosts are the practice fleet
    gone: bool = False  # whether there is only the state file any more, to look into

    @property
    def begun(self) -> bool:
        """Whether a person most likely came to go on with it."""
        return not (self.practice or self.gone) and (self.unfinished or self.state is None)


def look(folder: Path, *, simulated: bool = False) -> Iterator[Found]:
    """The site files of a folder, those of state files in it, and the practice fleet's.

    How far they got is told of simulated hosts, or of real ones.
    """
    seen: set[Path] = set()
    suffix = ".simulated.state" if simulated else ".state"
    for path in site_files(folder):
        seen.add(path.absolute())
        yield _found(path, path.with_suffix(suffix), "a site file of this folder")
    for state in _with_suffix(folder, (".state",)):
        if state.name.endswith(".simulated.state") != simulated:
            continue
        recorded = site_of(state)
        if recorded is None or Path(recorded).absolute() in seen:
            continue
        kept = Path(recorded)
        if recorded and kept.is_file():
            seen.add(kept.absolute())
            yield _found(kept, state, "")
        elif not any(each.with_suffix(suffix) == state.absolute() for each in seen):
            yield _without_site_file(state, recorded)
    practice = practice_site()
    if practice and practice.absolute() not in seen:
        words = f"on this machine's practice fleet: {practice}"
        yield _found(practice, practice.with_suffix(suffix), words, practice=True)


def site_files(folder: Path) -> Iterator[Path]:
    """The files of a folder that look like site files, by name."""
    for path in _with_suffix(folder, (".yaml", ".yml")):
        try:
            with path.open("rb") as file:
                start = file.read(_FIRST_BYTES)
        except OSError:
            continue
        if b"schema:" in start and b"site:" in start:
            yield path


def _found(path: Path, state: Path, otherwise: str, *, practice: bool = False) -> Found:
    words, unfinished = progress(state)
    known = state if words else None
    return Found(path, words or otherwise, state=known, unfinished=unfinished, practice=practice)


def _without_site_file(state: Path, recorded: str) -> Found:
    words = f"its site file {recorded} is gone" if recorded else "it names no site file"
    return Found(state, f"{words}: read-only; {progress(state)[0]}", state=state, gone=True)


def progress(state: Path) -> tuple[str, bool]:
    """How far the installation got that a state file tells of, and whether it can go on.

    The words are "" where there is no such file.
    """
    from wizard.run.state import StateFile  # noqa: PLC0415 - start-up time

    if not state.is_file():
        return "", False
    try:
        opened = StateFile.open_read_only(state)
        try:
            runs, tasks = opened.records.runs(), opened.records.tasks()
        finally:
            opened.close()
    except StateError as error:
        return f"! {state.name}: {error.seen}", False
    if not runs:
        return f"{state.name}: nothing was begun", False
    counts = Counter(task.status for task in tasks)
    right = counts["done"] + counts["skipped"]
    last = runs[-1]
    outcome = {"done": "✓ finished", "failed": "✗ failed", "cancelled": "! stopped"}.get(
        last.outcome or "", "! running, or ended without a word"
    )
    day = (last.finished or last.started)[:16].replace("T", " ")
    steps = f", {right} of {len(tasks)} steps" if tasks else ""
    return f"{outcome}{steps}, {day} UTC", last.outcome != "done"


def site_of(state: Path) -> str | None:
    """The path of the site file that a state file belongs to; None if it cannot be read."""
    from wizard.run.state import StateFile  # noqa: PLC0415 - start-up time

    try:
        opened = StateFile.open_read_only(state)
        try:
            return opened.records.site().path
        finally:
            opened.close()
    except StateError:
        return None


def practice_site() -> Path | None:
    """The practice fleet's site file, if a fleet was made on this machine."""
    from wizard.practice.directory import fleet_directory  # noqa: PLC0415 - only needed here

    path = fleet_directory().site_file
    try:
        return path if path.is_file() else None
    except OSError:
        return None


def _with_suffix(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in suffixes)[:_MOST_FILES]
    except OSError:
        return []
