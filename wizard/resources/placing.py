"""Files put in place: written beside their destination with their access, then renamed over it.

Starting a process is dear on some hosts: bash reads and writes the contents itself, nothing is
started for an owner or a mode that a new file has anyway, and how many processes a script starts
depends on folders, owners and units, not on how many files there are.
"""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from wizard.resources.aside import announce, set_aside
from wizard.resources.shell import MOST, here_document, lines, words
from wizard.resources.written import about_to_write, wrote
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_Key = TypeVar("_Key")
_Steps = list[str | Text]

UNFINISHED = ".minusnow-new"  # a leading dot keeps it out of `*.conf` includes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file as it is to be, and what has to happen around its placing."""

    path: str
    content: Text
    owner: str
    group: str
    mode: int
    replaces: bool  # whether something is at the path, which is set aside
    unit: str = ""  # see File.unit
    check: str = ""  # see File.check


@dataclass(frozen=True, slots=True, init=False)
class PlacingScript(Text):
    """A script that places one file; those of neighbours can be made one."""

    file: NewFile

    def __init__(self, file: NewFile) -> None:
        Text.__init__(self, placing_script([file]))
        object.__setattr__(self, "file", file)


def placing_script(files: Sequence[NewFile], begin: Callable[[int], str] | None = None) -> Text:
    """Return shell that puts the files in place, each by a rename, or ends at what cannot be done.

    `begin` returns a command that tells which file, by its place in `files`, the output that
    follows is about: what fails is told of before it is tried once more. None for a single file.
    """
    folders = [PurePosixPath(file.path).parent for file in files]
    count = Counter(folders)
    items = []
    for number, (file, folder) in enumerate(zip(files, folders, strict=True)):
        name = PurePosixPath(file.path).name
        # Files that share a folder are renamed out of one in it, by one process.
        stage = str(folder / UNFINISHED) if count[folder] > 1 else ""
        new = f"{stage}/{name}" if stage else str(folder / f".{name}{UNFINISHED}")
        told = begin(number) if begin else ""
        items.append(_Item(file=file, folder=str(folder), stage=stage, new=new, told=told))
    labels = words("restorecon", *(file.path for file in files))
    return lines(
        [
            *_folders(items),
            *_written(items),
            *_accessed(items),
            *_checked(items),
            *_announced(items),
            *about_to_write([(item.new, item.file.path) for item in items]),
            *_renamed(items),
            wrote(),
            # SELinux: a label by its place, where that is another than its directory's.
            f"[ ! -x /usr/sbin/restorecon ] || {labels}",
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    file: NewFile
    folder: str
    stage: str  # the folder in it where those that share it are written, "" for a single one
    new: str  # where it is written
    told: str  # what tells that it is about this one, "" where there is no other

    def sure(self, command: str) -> str:
        """Return the command; where it fails, it is told whose it is and tried once more.

        To tell beforehand would cost a message for each of many files.
        """
        if not self.told:
            return command
        return f"{{ {command}; }} 2>/dev/null || {{ {self.told}; {command}; }}"

    @property
    def owned(self) -> str:
        """Owner and group as `chown` takes them, "" for what a file of root has anyway."""
        owned = f"{self.file.owner}:{self.file.group}"
        return "" if owned == "root:root" else owned

    @property
    def umask(self) -> str:
        return f"umask {0o777 & ~self.file.mode:04o}"


def _folders(items: Sequence[_Item]) -> _Steps:
    """Make folders; remove what is unfinished, at the end and what was cut off before."""
    steps: _Steps = []
    for folder, some in _grouped(items, lambda item: item.folder).items():
        make = some[0].sure(words("install", "-d", "-m", "0755", folder))
        steps.append(f"[ -d {shlex.quote(folder)} ] || {make}")
    stages = list(dict.fromkeys(item.stage for item in items if item.stage))
    unfinished = words(*stages, *(item.new for item in items if not item.stage))
    remove = '[ ! -e "$new" ] && [ ! -L "$new" ] || rm -rf "$new"'
    steps += [
        f"minusnow_tidy() {{ local new; for new in {unfinished}; do {remove}; done; }}",
        "minusnow_tidy; trap minusnow_tidy EXIT",
    ]
    if stages:
        steps.append(items[0].sure(words("mkdir", "-m", "0700", *stages)))
    return steps


def _written(items: Sequence[_Item]) -> _Steps:
    """Write what is root's; what is not gets its content once it is its owner's."""
    steps: _Steps = []
    for item in items:
        new = shlex.quote(item.new)
        if item.owned:
            steps.append(f"{item.umask}; {item.sure(f': >{new}')}; umask 0077")
            continue
        own = item.sure(words("chown", "root:root", item.new))
        steps += [
            _content(item),
            f"{item.umask}; {item.sure(_write(item, '>'))}; umask 0077",
            # A directory with the setgid bit gives its own group.
            f"{{ [ -O {new} ] && [ -G {new} ]; }} || {own}",
        ]
    for owned, some in _grouped(items, lambda item: item.owned).items():
        if owned:
            steps.append(some[0].sure(words("chown", owned, *(item.new for item in some))))
            for item in some:
                steps += [_content(item), item.sure(_write(item, ">>"))]
    return steps


def _write(item: _Item, operator: str) -> str:
    return f"printf '%s' \"$content\" {operator}{shlex.quote(item.new)}"


def _content(item: _Item) -> Text:
    return here_document(f"IFS= read -r -N {MOST} content", item.file.content, after=" || true")


def _accessed(items: Sequence[_Item]) -> _Steps:
    steps: _Steps = []
    for mode, some in _grouped(items, lambda item: item.file.mode).items():
        if mode & 0o7111:  # what no umask gives
            chmod = words("chmod", f"{mode:04o}", *(item.new for item in some))
            steps.append(some[0].sure(chmod))
    return steps


def _checked(items: Iterable[_Item]) -> _Steps:
    return [
        f"{item.file.check.replace('{}', shlex.quote(item.new))} || exit 1"
        for item in items
        if item.file.check
    ]


def _announced(items: Sequence[_Item]) -> _Steps:
    """Set aside what is replaced, and tell the units."""
    steps: _Steps = []
    if replaced := [item for item in items if item.file.replaces]:
        steps += [replaced[0].told, set_aside(*(item.file.path for item in replaced))]
    for unit, some in _grouped(items, lambda item: item.file.unit).items():
        if unit:
            steps += [some[0].told, *announce(unit, *(item.file.path for item in some))]
    return [step for step in steps if step]


def _renamed(items: Sequence[_Item]) -> _Steps:
    """Rename all files of a folder by one process; if that fails, one by one, to tell which."""
    steps: _Steps = []
    for folder, some in _grouped(items, lambda item: item.folder).items():
        single = [words("mv", "-fT", item.new, item.file.path) for item in some]
        if len(some) == 1:
            steps.append(some[0].sure(single[0]))
            continue
        together = words("mv", "-f", "-t", folder, *(item.new for item in some))
        steps.append(f"{together} 2>/dev/null || {{")
        for item, alone in zip(some, single, strict=True):
            steps.append(f"[ ! -e {shlex.quote(item.new)} ] || {{ {item.told}; {alone}; }}")
        steps.append("}")
    return steps


def _grouped(items: Iterable[_Item], key: Callable[[_Item], _Key]) -> dict[_Key, list[_Item]]:
    found: dict[_Key, list[_Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found
