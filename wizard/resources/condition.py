"""Something a short command can tell and another can put right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.resources.resource import Change

if TYPE_CHECKING:
    from wizard.resources.resource import Upload
    from wizard.vault.secret import Secrets
    from wizard.vault.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What `seen` prints must equal `wanted`; the script makes it so."""

    name: str  # "current release", unique on the host
    seen: str  # bash
    wanted: str  # compared without surrounding white space
    summary: str  # "link /opt/minusnow/current to releases/1.4.0"
    script: Text
    uploads: tuple[Upload, ...] = ()
    timeout: float = 120.0  # seconds
    silence: float | None = None
    waiting_for: str = ""
    detached: bool = False

    @property
    def key(self) -> str:
        """`condition NAME`."""
        return f"condition {self.name}"

    def look(self) -> str:
        """Return the command that prints what is there."""
        return self.seen

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return the script when what is there is not what is wanted."""
        if seen.strip() == self.wanted.strip():
            return None
        found = seen.strip().replace("\n", ", ")[:80] or "nothing"
        return Change(
            resource=self.key,
            summary=f"{self.summary} (found: {found})",
            script=self.script,
            uploads=self.uploads,
            timeout=self.timeout,
            silence=self.silence,
            waiting_for=self.waiting_for or self.summary,
            detached=self.detached,
        )
