"""A block of lines of ours in a file that belongs to others."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.resources.aside import set_aside
from wizard.resources.diff import unified
from wizard.resources.resource import Change
from wizard.resources.shell import here_document, lines, words
from wizard.resources.stat_look import StatLook
from wizard.vault.text import Text

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines between two marker comments; the rest of the file stays as it is."""

    path: str
    name: str
    content: str  # ends with a newline, or "" for no block at all

    @property
    def key(self) -> str:
        """`block NAME in PATH`."""
        return f"block {self.name} in {self.path}"

    def look(self) -> str:
        """Print the whole file."""
        return StatLook(self.path, content=True)

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what puts the block in place, at the end if it is not there yet."""
        head, _, old = seen.partition("\n")
        if "\ufffd" in old:
            raise RefusedOnHost(
                f"{self.path} holds bytes that are not UTF-8, which writing it back would lose",
                remedy=f"Convert {self.path} to UTF-8 on the host and go on.",
            )
        new = self.applied_to(old)
        if new == old:
            return None
        temporary = f"{self.path}.minusnow-new"
        steps: list[str | Text] = [here_document(f"cat >{shlex.quote(temporary)}", Text(new))]
        if head:
            steps += [set_aside(self.path)]
            # Written in place: /etc/hosts may be a mount point, which cannot be renamed over.
            steps += [f"cat {shlex.quote(temporary)} >{shlex.quote(self.path)}"]
            steps += [words("rm", "-f", temporary)]
        else:
            steps += [words("chmod", "0644", temporary), words("mv", "-fT", temporary, self.path)]
        return Change(
            resource=self.key,
            summary=f"set the block {self.name} in {self.path}",
            diff=unified(self.path, old, new),
            script=lines(steps),
        )

    def applied_to(self, text: str) -> str:
        """Return the file's text with the block in place."""
        begin, end = f"# begin minusnow-setup {self.name}\n", f"# end minusnow-setup {self.name}\n"
        block = f"{begin}{self.content}{end}" if self.content else ""
        # A begin whose end is gone must not reach for a later one: what lies between is not ours.
        first, last = re.escape(begin), re.escape(end)
        pattern = re.compile(rf"^{first}(?:(?!^{first}).)*?^{last}", re.DOTALL | re.MULTILINE)
        if pattern.search(text):
            return pattern.sub(lambda _: block, text, count=1)
        if block and text and not text.endswith("\n"):
            text += "\n"
        return text + block
