"""Files in a row are placed together: few processes, the same guarantees as one by one."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.resources.machine import ME, MY_GROUP, Machine
from wizard.resources.directory import Directory
from wizard.resources.file import File
from wizard.run.change_script import change_script
from wizard.run.look import look_script, new_token
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.remote.transport import Result
    from wizard.resources.resource import Resource

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")


@dataclass
class Watch:
    """Programs that are noted when they are started, and shell that some of them run before."""

    machine: Machine
    started: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = self.machine.folder / "bin"
        self.log = self.machine.folder / "started"
        self.folder.mkdir()
        for name in (
            "install",
            "mkdir",
            "chown",
            "chmod",
            "mv",
            "rm",
            "cp",
            "stat",
            "cat",
            "sha256sum",
        ):
            self.before(name, "")

    def before(self, name: str, shell: str) -> None:
        """Run shell (bash, the program's arguments) before the program."""
        program = self.folder / name
        program.write_text(
            f"#!/bin/bash\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\necho {name} >>{self.log}\n"
            f'{shell}\nexec {name} "$@"\n'
        )
        program.chmod(0o755)

    def run(self, script: str) -> Result:
        """Run a script and keep which of the programs it started."""
        self.log.write_text("")
        result = self.machine.run(f"PATH={self.folder}:$PATH\n{script}")
        self.started = self.log.read_text().split()
        return result

    def place(self, *resources: Resource) -> Result:
        """Look at the resources, and make all changes that are due as a run does."""
        changes = [change for one in resources if (change := self.machine.change(one))]
        script = change_script(changes, new_token(), [one.look() for one in resources])
        return self.run(script.reveal(self.machine.secrets))

    def settle(self, *resources: Resource) -> None:
        """Place them; a fresh look must find nothing to change."""
        result = self.place(*resources)
        assert result.status == 0, result.err
        for one in resources:
            assert self.machine.change(one) is None


@pytest.fixture
def watch(machine: Machine) -> Watch:
    """This machine, where the start of a program is noted."""
    return Watch(machine)


def file(path: Path, text: str = "text\n", **other: object) -> File:
    """Return a file of ours."""
    given: dict[str, object] = {"owner": ME, "group": MY_GROUP, **other}
    return File(path=str(path), content=Text(text), **given)  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    """Return what is in a folder, hidden files too."""
    return sorted(os.listdir(folder))  # noqa: PTH208 - names


def test_processes_do_not_grow_with_the_files(machine: Machine, watch: Watch) -> None:
    """New or replaced, two files or thirty: the same programs are started as often."""
    started: list[list[str]] = []
    machine.own.mkdir()
    for count, text in ((2, "old\n"), (2, "new\n"), (30, "old\n"), (30, "new\n")):
        folder = machine.folder / str(count)
        watch.settle(*(file(folder / f"it's {n}", f"{n} {text}") for n in range(count)))
        started.append(watch.started)
        assert len(names(folder)) == count
    assert started[0] == started[2]
    assert started[1] == started[3]
    assert len(started[2]) <= 6


def test_each_is_written_exactly_with_its_mode(machine: Machine, watch: Watch) -> None:
    """In several folders, one of them with a single file, whatever the names and contents."""
    modes = [0o644, 0o600, 0o640, 0o755, 0o444, 0o4711]
    contents = ["", "one\n", "\n\n", "é✓ $HOME `id` 'x' \\\n", "END\n" * 3, "x" * 9000 + "\n"]
    paths = [machine.folder / f"f{n % 2}" / f"-a b{n}" for n in range(5)] + [
        machine.folder / "alone" / "x"
    ]
    wanted = list(zip(paths, contents, modes, strict=True))

    watch.settle(*(file(path, text, mode=mode) for path, text, mode in wanted))

    for path, text, mode in wanted:
        assert path.read_text() == text
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert names(machine.folder / "f1") == ["-a b1", "-a b3"]


@AS_ROOT
def test_access_is_right_from_the_first_byte_on(machine: Machine, watch: Watch) -> None:
    """A file is given away while it is empty, and nobody else reaches it before it is whole."""
    seen = machine.folder / "seen"
    look = f'for each; do [ ! -f "$each" ] || stat -c \'%a %U %s\' "$each" >>{seen}.$0; done'
    for name in ("chown", "mv"):
        watch.before(name, look.replace("$0", name))
    watch.before("mkdir", f'echo "$@" >>{seen}.mkdir')
    folder = machine.folder / "d"

    watch.settle(*(file(folder / n, "12345\n", mode=0o640, owner="daemon") for n in "abc"))

    assert Path(f"{seen}.chown").read_text() == "640 root 0\n" * 3
    assert Path(f"{seen}.mv").read_text() == "640 daemon 6\n" * 3
    assert Path(f"{seen}.mkdir").read_text().startswith(f"-m 0700 {folder}/")
    assert watch.started.count("chown") == 1


def test_what_is_replaced_is_set_aside_and_its_units_are_told(
    machine: Machine, watch: Watch
) -> None:
    """Each of them, whoever wrote it; the oldest is kept for the unit that ran with it."""
    folder = machine.folder / "d"
    folder.mkdir()
    for name in "abc":
        (folder / name).write_text(f"somebody's {name}\n")
    (machine.own / "applied").mkdir(parents=True)
    units = {"a": "web", "b": "web", "c": "cache"}
    for text in ("first\n", "second\n"):
        for unit in ("web", "cache"):
            (machine.own / "applied" / unit).write_text("stamp\n")
        watch.settle(*(file(folder / n, text, unit=unit) for n, unit in units.items()))
        assert names(machine.own / "applied") == []
    for name, unit in units.items():
        kept = [each.read_text() for each in machine.kept(folder / name)]
        assert kept[0] in {f"somebody's {name}\n", "first\n"}  # one folder a second
        assert machine.previous(unit, folder / name).read_text() == f"somebody's {name}\n"


@pytest.mark.parametrize("wrong", ["a", "b", "c"])
def test_one_that_cannot_be_placed_is_named(machine: Machine, watch: Watch, wrong: str) -> None:
    """The output belongs to that file; no unfinished file is left, none is half-written."""
    folder = machine.folder / "d"
    (folder / wrong / "something").mkdir(parents=True)
    wanted = [file(folder / name, f"{name}\n") for name in "abc"]

    result = watch.place(*wanted)

    assert result.status == 1
    told = result.err.splitlines()
    at = next(n for n, line in enumerate(told) if "cannot overwrite directory" in line)
    assert told[at - 1].endswith(f":{'abc'.index(wrong)}:begin")
    assert told[at + 1].endswith(":running:end:1")
    assert (folder / wrong / "something").is_dir()
    assert names(folder) == ["a", "b", "c"]
    assert all((folder / name).read_text() == f"{name}\n" for name in "abc" if name != wrong)


@AS_ROOT
def test_an_owner_that_is_missing_places_none(machine: Machine, watch: Watch) -> None:
    """It ends before anything is renamed, and leaves nothing."""
    folder = machine.folder / "d"

    result = watch.place(file(folder / "a"), file(folder / "b", owner="nobody-here"))

    assert result.status != 0
    assert "nobody-here" in result.err
    assert names(folder) == []


def test_what_an_interrupted_attempt_has_left_is_removed(machine: Machine, watch: Watch) -> None:
    """It neither stops the next attempt nor ends up among the files."""
    folder = machine.folder / "d"
    (folder / ".minusnow-new").mkdir(parents=True)
    (folder / ".minusnow-new" / "a").write_text("half")
    (folder / ".minusnow-new" / "other").write_text("half")

    watch.settle(file(folder / "a"), file(folder / "b"))

    assert names(folder) == ["a", "b"]


def test_links_are_replaced_not_followed(machine: Machine, watch: Watch) -> None:
    """To a file, to a folder, to nothing."""
    folder, target = machine.folder / "d", machine.folder / "target"
    folder.mkdir()
    target.mkdir()
    (target / "file").write_text("theirs\n")
    (folder / "a").symlink_to(target / "file")
    (folder / "b").symlink_to(target)
    (folder / "c").symlink_to(target / "none")

    watch.settle(*(file(folder / name) for name in "abc"))

    assert not any((folder / name).is_symlink() for name in "abc")
    assert (target / "file").read_text() == "theirs\n"
    assert names(target) == ["file"]


def test_order_is_kept_around_what_is_not_a_file(machine: Machine, watch: Watch) -> None:
    """A directory between files is made between them; a file that is checked sees those before."""
    own, checked = machine.folder / "ours", machine.folder / "checked"
    resources: Sequence[Resource] = (
        file(machine.folder / "a"),
        file(machine.folder / "b"),
        Directory(path=str(own), owner=ME, group=MY_GROUP, mode=0o700),
        file(own / "c"),
        file(own / "d"),
        file(own / "e", check=f"ls -A {own} >{checked}; test -s {own}/c"),
    )

    watch.settle(*resources)

    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert checked.read_text().split() == [".e.minusnow-new", "c", "d"]


def test_secrets_stand_by_name_in_the_common_script(machine: Machine) -> None:
    """Only what is sent holds them."""
    secret = Text("x=", SecretRef("pw"), "\n")
    files = [File(path=str(machine.folder / n), content=secret, mode=0o600) for n in "ab"]
    changes = [change for one in files if (change := one.change("", machine.secrets))]

    assert "x=‹pw›" in change_script(changes, "TOKEN").masked()


PLACES = ("file", "empty", "no newline", "none", "folder", "to file", "to none", "it's é $x]")


def test_many_looks_see_what_each_alone_sees(machine: Machine, watch: Watch) -> None:
    """One `stat` for all of them (and one that follows links), whatever is there."""
    folder = machine.folder / "d"
    (folder / "folder").mkdir(parents=True)
    (folder / "to none").symlink_to("nothing")
    (folder / "to file").symlink_to("file")
    (folder / "to folder").symlink_to("folder")
    (folder / "empty").touch()
    (folder / "no newline").write_bytes(b"a\r\nb")
    for name in ("file", "it's é $x]"):
        (folder / name).write_text("a\n\n\tb  \\n\n")
    looks = [file(folder / name).look() for name in PLACES]
    looks += [Directory(path=str(folder / n)).look() for n in (*PLACES, "to folder")]

    together = look_script(looks)
    seen = together.split(watch.run(together.script).out)

    assert watch.started == ["stat", "stat"]
    assert list(seen) == [machine.run(f"set +e\n{look}\ntrue").out for look in looks]
    assert seen[0] == f"regular file|644|{ME}|{MY_GROUP}\na\n\n\tb  \\n\n"
    assert seen[-1] == f"directory|755|{ME}|{MY_GROUP}\n"


def test_a_file_that_goes_away_during_a_look_disturbs_no_other(
    machine: Machine, watch: Watch
) -> None:
    """What `stat` says is never taken for another file's."""
    for name in "abc":
        (machine.folder / name).write_text(f"{name}\n")
    (machine.folder / "a").chmod(0o600)
    watch.before("stat", f"rm -f {machine.folder}/b")

    look = look_script([file(machine.folder / name).look() for name in "abc"])
    seen = look.split(watch.run(look.script).out)

    own = f"{ME}|{MY_GROUP}"
    assert seen == (f"regular file|600|{own}\na\n", "", f"regular file|644|{own}\nc\n")


def test_a_file_that_goes_away_before_it_is_read_has_no_content(
    machine: Machine, watch: Watch
) -> None:
    """Nothing else is taken for its content."""
    path = machine.folder / "a"
    path.write_text("a\n")
    watch.before("stat", 'stat "$@"; rm -f "${@: -1}"; exit')

    look = look_script([file(path).look()])

    assert look.split(watch.run(look.script).out)[0] == f"regular file|644|{ME}|{MY_GROUP}\n"


def test_bytes_after_a_null_are_seen(machine: Machine) -> None:
    """A file that begins as it should is not right for that."""
    path = machine.folder / "x"
    path.write_bytes(b"right\n\0wrong\n")

    assert machine.change(file(path, "right\n")) is not None
