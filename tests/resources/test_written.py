"""What somebody edited since we wrote it is told from what we wrote; by real bash, in folders."""

from __future__ import annotations

import hashlib
import re
import stat
from typing import TYPE_CHECKING

import pytest

from tests.resources.machine import ME, MY_GROUP, Machine
from wizard.resources.directory import Directory
from wizard.resources.file import File
from wizard.resources.resource import BY_OTHERS
from wizard.resources.unit import Unit
from wizard.resources.written import forget
from wizard.vault.secret import Secrets
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST, SECOND = "listen 80\n", "listen 443\n"
BY_HAND = "listen 8080  # until Monday\n"


@pytest.fixture
def place(machine: Machine) -> Path:
    """Where the file is to be."""
    return machine.folder / "etc" / "it's a file.cfg"


def wanted(place: Path, text: str | Text = FIRST, **other: object) -> File:
    """The file as we want it."""
    given: dict[str, object] = {"owner": ME, "group": MY_GROUP, **other}
    content = text if isinstance(text, Text) else Text(text)
    return File(path=str(place), content=content, **given)  # type: ignore[arg-type]


def edited(machine: Machine, file: File) -> str:
    """Since when it counts as edited by hand; "" if it does not."""
    change = machine.change(file)
    return change.edited if change else ""


def link_elsewhere(place: Path) -> None:
    """Put a link where the file was."""
    (place.parent / "other").write_text(BY_HAND)
    place.unlink()
    place.symlink_to("other")


EDITS: dict[str, Callable[[Path], object]] = {
    "a line more": lambda place: place.write_text(FIRST + BY_HAND),
    "something else": lambda place: place.write_text(BY_HAND),
    "no newline": lambda place: place.write_text(FIRST.strip()),
    "bytes": lambda place: place.write_bytes(b"\xff\xfe\n"),
    "a null": lambda place: place.write_bytes(b"listen 81\0\n"),
    "a link": link_elsewhere,
}


@pytest.mark.parametrize("how", EDITS)
def test_an_edit_is_seen_and_set_aside_when_it_is_replaced(
    machine: Machine, place: Path, how: str
) -> None:
    """With the time when we wrote it; afterwards the file is ours again."""
    machine.settle(wanted(place))
    EDITS[how](place)

    change = machine.change(wanted(place))

    assert change is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", change.edited)
    assert change.summary.endswith("edited by hand")
    assert change.diff
    machine.settle(wanted(place))
    (kept,) = (each for each in (machine.own / "replaced").rglob("*") if each.name == place.name)
    assert kept.is_symlink() == (how == "a link")
    assert edited(machine, wanted(place, SECOND)) == ""


OURS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _place: None,
    "mode": lambda place: place.chmod(0o600),
    "gone": lambda place: place.unlink(),
    "emptied": lambda place: place.write_text(""),  # as a power cut may leave it
    "as wanted": lambda place: place.write_text(SECOND),
}


@pytest.mark.parametrize("what", OURS)
def test_what_holds_nobodys_work_is_not_an_edit(machine: Machine, place: Path, what: str) -> None:
    """It is put right without asking."""
    machine.settle(wanted(place))
    OURS[what](place)
    assert edited(machine, wanted(place, SECOND)) == ""


def test_what_we_never_wrote_is_no_edit_but_set_aside(machine: Machine, place: Path) -> None:
    """The default file of a package, or somebody's of old: the plan shows it, and it is kept."""
    place.parent.mkdir()
    place.write_text("the package's own\n")
    change = machine.settle(wanted(place))
    assert change.edited == ""
    assert "-the package's own" in change.diff
    (kept,) = machine.kept(place)
    assert kept.read_text() == "the package's own\n"


def test_what_somebody_else_wrote_is_replaced_with_consent_only(
    machine: Machine, place: Path
) -> None:
    """As the facts have it; once it is ours they may say what they like."""
    place.parent.mkdir()
    place.write_text(BY_HAND)
    file = wanted(place, foreign=True)
    change = machine.change(file)
    assert change
    assert change.edited == BY_OTHERS
    assert change.summary.endswith("which somebody else wrote")
    machine.settle(file)
    (kept,) = machine.kept(place)
    assert kept.read_text() == BY_HAND
    assert edited(machine, wanted(place, SECOND, foreign=True)) == ""
    place.unlink()
    assert edited(machine, wanted(place, foreign=True)) == ""


@pytest.mark.parametrize("count", [1, 3])
def test_only_what_was_written_last_is_ours(machine: Machine, place: Path, count: int) -> None:
    """Who puts back by hand what we wrote the time before has edited it; one file or several."""
    files = [place.with_name(f"{n}.cfg") for n in range(count)]
    for text in (FIRST, SECOND):
        for file in files:
            machine.settle(wanted(file, text))
    assert [edited(machine, wanted(file, "listen 1\n")) for file in files] == [""] * count
    for file in files:
        file.write_text(FIRST)
    assert all(edited(machine, wanted(file, "listen 1\n")) for file in files)


@pytest.mark.parametrize("cut_at", ["mv -f", "printf '%s' \"${minusnow_noted"])
def test_a_run_that_is_cut_off_around_the_rename_has_edited_nothing(
    machine: Machine, place: Path, cut_at: str
) -> None:
    """Before it the old content is ours, after it the new one, whatever was noted by then."""
    machine.settle(wanted(place, FIRST))
    change = machine.change(wanted(place, SECOND))
    assert change
    script = change.script.reveal(machine.secrets)
    before, found, _ = script.partition(cut_at)
    assert found
    assert machine.run(f"set -euo pipefail\n{before}\nkill -9 $$\n").status != 0
    assert place.read_text() == (FIRST if cut_at.startswith("mv") else SECOND)
    assert edited(machine, wanted(place, "listen 1\n")) == ""
    place.write_text(BY_HAND)
    assert edited(machine, wanted(place, SECOND))


def test_a_line_cut_in_the_middle_spoils_no_other(machine: Machine, place: Path) -> None:
    """A power cut, or a full disk, ends a line anywhere."""
    machine.settle(wanted(place, FIRST))
    written = machine.own / "written"
    for size in range(1, 90, 22):
        whole = written.read_bytes()
        written.write_bytes(whole + whole.strip().split(b"\n")[-1][:size])
        place.write_text(FIRST)
        machine.settle(wanted(place, SECOND))
        place.write_text(BY_HAND)
        assert edited(machine, wanted(place, SECOND))
        place.write_text(SECOND)
        machine.settle(wanted(place, FIRST))


def test_a_configuration_that_was_put_back_is_nobodys_edit(machine: Machine, place: Path) -> None:
    """A unit that does not come up gets its previous file, which we had not written."""
    place.parent.mkdir()
    place.write_text("the package's own\n")
    unit = Unit(name="web", stamp="new", probe="false", probe_seconds=0)
    machine.settle(wanted(place, unit="web"))
    script = unit._script(["restart"]).reveal(Secrets())  # noqa: SLF001 - the script alone
    stub = "systemctl() { [ $1 != restart ] || : ; }\n"
    assert machine.run(f"set -euo pipefail\n{stub}{script}").status == 1
    assert place.read_text() == "the package's own\n"
    assert edited(machine, wanted(place)) == ""
    place.write_text(BY_HAND)
    assert edited(machine, wanted(place))


def test_what_came_with_copied_data_is_nobodys_edit(machine: Machine, place: Path) -> None:
    """A folder that was replaced as a whole holds nothing that we wrote; its neighbours do."""
    beside = place.parent.with_name("etc-2") / "x"
    machine.settle(wanted(place))
    machine.settle(wanted(beside))
    assert machine.run(forget(str(place.parent))).status == 0
    for path in (place, beside):
        path.write_text(BY_HAND)
    assert edited(machine, wanted(place)) == ""
    assert edited(machine, wanted(beside))


def test_hashes_of_secrets_are_for_root_only_and_leave_the_host_as_no_text(
    machine: Machine, place: Path
) -> None:
    """They are made there: the script that is kept and shown holds none."""
    machine.secrets = Secrets({"pin": "1234"})
    file = wanted(place, Text("pin ", SecretRef("pin"), "\n"), mode=0o600)
    change = machine.settle(file)
    digest = hashlib.sha256(b"pin 1234\n").hexdigest()
    written = machine.own / "written"
    assert digest in written.read_text()
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert stat.S_IMODE(written.parent.stat().st_mode) == 0o700
    assert digest not in change.script.masked()
    place.write_text("pin 9999\n")
    assert edited(machine, file)
    assert "9999" not in repr(machine.change(file))


def test_a_directory_is_looked_at_as_before(machine: Machine) -> None:
    """What is noted of files says nothing of directories."""
    path = machine.folder / "d"
    directory = Directory(path=str(path), owner=ME, group=MY_GROUP)
    machine.settle(directory)
    (machine.own).mkdir(exist_ok=True)
    (machine.own / "written").write_text(f"2026-01-01T00:00:00Z wrote {'0' * 64} {path}\n")
    assert machine.change(directory) is None
