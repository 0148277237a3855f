"""Directories and links."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.resources.aside import announce
from wizard.resources.resource import Change
from wizard.resources.shell import lines, words
from wizard.resources.stat_look import StatLook

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A directory with given owner and mode; what is in it is left alone."""

    path: str
    owner: str = "root"
    group: str = "root"
    mode: int = 0o755

    @property
    def key(self) -> str:
        """`directory PATH`."""
        return f"directory {self.path}"

    def look(self) -> str:
        """Print kind, mode, owner and group."""
        # Where people have put a link to a directory elsewhere, that directory counts.
        return StatLook(self.path, follow=True)

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what creates it or sets its owner and mode."""
        if seen.strip() == f"directory|{self.mode:o}|{self.owner}|{self.group}":
            return None
        verb = "set" if seen.startswith("directory") else "create"
        make = words("install", "-d", "-m", f"{self.mode:04o}", "-o", self.owner, "-g", self.group)
        return Change(
            resource=self.key,
            summary=f"{verb} directory {self.path} ({self.mode:04o} {self.owner}:{self.group})",
            script=lines([f"{make} {shlex.quote(self.path)}"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A symbolic link, switched atomically."""

    path: str
    target: str
    unit: str = ""  # the unit that runs from it, see File.unit

    @property
    def key(self) -> str:
        """`link PATH`."""
        return f"link {self.path}"

    def look(self) -> str:
        """Print the target."""
        return f"[ ! -L {shlex.quote(self.path)} ] || readlink {shlex.quote(self.path)}"

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what makes or switches it."""
        if seen.strip() == self.target:
            return None
        new = f"{self.path}.minusnow-new"
        return Change(
            resource=self.key,
            summary=f"link {self.path} to {self.target}"
            + (f" (was {seen.strip()})" if seen.strip() else ""),
            script=lines(
                [
                    words("ln", "-sfn", self.target, new),
                    *(announce(self.unit, self.path) if self.unit else ()),
                    words("mv", "-fT", new, self.path),
                ]
            ),
        )
