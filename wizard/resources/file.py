"""A file with given content, owner and mode."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wizard.resources.diff import masked_old, unified
from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY, here_document, lines, words

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets
    from wizard.vault.text import Text

MOST = 100_000_000  # characters that bash reads of a file's content


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A regular file; placed by an atomic rename, the one before it set aside."""

    path: str
    content: Text
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    # The unit that reads it: it is reloaded even when a run ends right after the rename, and it
    # gets the previous file back if it does not come up with this one.
    unit: str = ""
    # A command that checks the file before it goes live, `{}` stands for its path:
    # "haproxy -c -dW -f {}".
    check: str = ""

    @property
    def key(self) -> str:
        """`file PATH`."""
        return f"file {self.path}"

    def look(self) -> str:
        """Print kind, mode, owner and group on one line, then the content as it is."""
        path = shlex.quote(self.path)
        # `read -d ''` reads the whole file without starting a process, which is dear on some hosts.
        return (
            f"if [ -e {path} ] || [ -L {path} ]; then stat -c '%F|%a|%U|%G' {path}\n"
            f"if [ -f {path} ]; then IFS= read -r -d '' text <{path}; printf '%s' \"$text\"; fi; fi"
        )

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Return what to do so that content, owner, group and mode are as wanted."""
        head, _, old = seen.partition("\n")
        kind, mode, owner, group = ([*head.split("|"), "", "", ""])[:4]
        known = all(name in secrets for name in self.content.names())
        same_content = known and kind.startswith("regular") and old == self.content.reveal(secrets)
        access = f"{self.mode:04o} {self.owner}:{self.group}"
        if same_content and (mode, owner, group) == (f"{self.mode:o}", self.owner, self.group):
            return None
        if same_content:
            summary = f"set {self.path} to {access} (was {mode.zfill(4)} {owner}:{group})"
            diff = ""
        else:
            summary = f"{'replace' if head else 'create'} {self.path} ({access})"
            shown = masked_old(old, self.content, secrets) if self.content.names() else old
            diff = unified(self.path, shown, self.content.masked())
        return Change(
            resource=self.key, summary=summary, diff=diff, script=self._script(replaces=bool(head))
        )

    def _script(self, *, replaces: bool) -> Text:
        path = PurePosixPath(self.path)
        # A leading dot keeps the unfinished file out of `*.conf` includes.
        new = str(path.with_name(f".{path.name}.minusnow-new"))
        steps: list[str | Text] = [
            f"[ -d {shlex.quote(str(path.parent))} ] || "
            + words("install", "-d", "-m", "0755", path.parent.as_posix()),
            *self._written(shlex.quote(new)),
        ]
        if self.check:
            refused = words("rm", "-f", new)
            steps.append(
                f"{self.check.replace('{}', shlex.quote(new))} || {{ {refused}; exit 1; }}"
            )
        if replaces:
            steps.append(set_aside(self.path))
        if self.unit:
            steps.extend(announce(self.unit, self.path))
        steps.append(words("mv", "-fT", new, self.path))
        # SELinux: a label by its place, where that is another than its directory's.
        steps.append(f"[ ! -x /usr/sbin/restorecon ] || restorecon {shlex.quote(self.path)}")
        return lines(steps)

    def _written(self, new: str) -> list[str | Text]:
        """Return shell that writes the content with its owner and mode, never readable by more.

        Starting a process is dear on some hosts: bash reads and writes the content itself, and
        nothing is started for an owner or a mode that a new file has anyway.
        """
        owned = words("chown", f"{self.owner}:{self.group}") + f" {new}"
        if (self.owner, self.group) == ("root", "root"):
            # A directory with the setgid bit gives its own group.
            owned = f"{{ [ -O {new} ] && [ -G {new} ]; }} || {owned}"
        steps: list[str | Text] = [
            f"{{ [ ! -e {new} ] && [ ! -L {new} ]; }} || rm -f {new}",
            here_document(f"IFS= read -r -N {MOST} content", self.content, after=" || true"),
            f"umask {0o777 & ~self.mode:04o}; printf '%s' \"$content\" >{new}; umask 0077",
            owned,
        ]
        if self.mode & 0o7111:  # what no umask gives
            steps.append(words("chmod", f"{self.mode:04o}") + f" {new}")
        return steps


def set_aside(path: str) -> str:
    """Return shell that keeps a copy of what is at the path, by time, where only root reads."""
    # From / by a relative path: cp 9.1 (Debian 12) fails with --parents and an absolute one.
    relative = shlex.quote(path.removeprefix("/"))
    return (
        f"TZ=UTC0 printf -v day '%(%Y%m%dT%H%M%SZ)T' -1; aside={OWN_DIRECTORY}/replaced/$day\n"
        f'(umask 077; mkdir -p "$aside"; cd /; cp -a --parents {relative} "$aside"/)'
    )


def announce(unit: str, path: str) -> list[str]:
    """Return shell that makes the unit's next look see that it has to take the file in."""
    previous = f"{OWN_DIRECTORY}/previous/{unit}"
    live, kept, folder = (shlex.quote(name) for name in (path, previous + path, previous))
    relative = shlex.quote(path.removeprefix("/"))
    return [
        words("rm", "-f", f"{OWN_DIRECTORY}/applied/{unit}"),
        # The oldest copy is the one the unit last ran with: a second attempt must not replace it.
        (
            f"[ ! -e {live} -a ! -L {live} ] || [ -e {kept} -o -L {kept} ] || "
            f"(umask 077; mkdir -p {folder}; cd /; cp -a --parents {relative} {folder}/)"
        ),
    ]
