"""A file with given content, owner and mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.resources.diff import masked_old, unified
from wizard.resources.placing import NewFile, PlacingScript, placing_script
from wizard.resources.resource import BY_OTHERS, Change
from wizard.resources.stat_look import StatLook
from wizard.resources.written import read_wrote

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets
    from wizard.vault.text import Text


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
    # Whether facts say that what is there is somebody else's work: no package's, not ours.
    foreign: bool = False
    # A command that checks the file before it goes live, `{}` stands for its path:
    # "haproxy -c -dW -f {}".
    check: str = ""

    @property
    def key(self) -> str:
        """`file PATH`."""
        return f"file {self.path}"

    def look(self) -> str:
        """Print kind, mode, owner and group on one line, then the content as it is."""
        return StatLook(self.path, content=True)

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Return what to do so that content, owner, group and mode are as wanted."""
        head, _, old = seen.partition("\n")
        kind, mode, owner, group, *beside = [*head.split("|"), "", "", ""]
        known = all(name in secrets for name in self.content.names())
        same_content = known and kind.startswith("regular") and old == self.content.reveal(secrets)
        access = f"{self.mode:04o} {self.owner}:{self.group}"
        if same_content and (mode, owner, group) == (f"{self.mode:o}", self.owner, self.group):
            return None
        known_as = read_wrote(beside)
        edited = ""
        if same_content:
            summary = f"set {self.path} to {access} (was {mode.zfill(4)} {owner}:{group})"
            diff = ""
        else:
            summary = f"{'replace' if head else 'create'} {self.path} ({access})"
            if known_as and known_as.edited(kind, old):
                edited = known_as.when
                summary += ", edited by hand"
            elif self.foreign and not known_as and old:
                edited = BY_OTHERS
                summary += ", which somebody else wrote"
            shown = masked_old(old, self.content, secrets) if self.content.names() else old
            diff = unified(self.path, shown, self.content.masked())
        script = self._script(replaces=bool(head))
        return Change(resource=self.key, summary=summary, diff=diff, script=script, edited=edited)

    def _script(self, *, replaces: bool) -> Text:
        file = NewFile(
            path=self.path,
            content=self.content,
            owner=self.owner,
            group=self.group,
            mode=self.mode,
            replaces=replaces,
            unit=self.unit,
            check=self.check,
        )
        # A check may read the files before this one: they have to be live, and it stays alone.
        return placing_script([file]) if self.check else PlacingScript(file)
