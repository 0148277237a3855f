"""Many looks at one host in one trip: one script out, one answer back, split without loss."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from wizard.errors import HostError
from wizard.resources.stat_look import StatLook, stat_fragments, stats_script

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK_TIMEOUT = 180.0  # seconds for all looks at one host together


def new_token() -> str:
    """Return a marker that no output of a host contains by accident."""
    return f"minusnow-{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookScript:
    """A script that runs every fragment and the marker that parts their outputs."""

    token: str
    count: int
    script: str

    def split(self, out: str) -> tuple[str, ...]:
        """Return each fragment's output exactly as it was written, in order.

        Raises: HostError when an output is missing, so that nothing is decided on half a look.
        """
        _, begun, rest = out.partition(f"{self.token}:look\n")
        parts = rest.split(f"{self.token}:seen\n")
        if not begun or len(parts) != self.count + 1:
            raise HostError(
                f"the look at the host ended after {max(len(parts) - 1, 0)} of {self.count} parts",
                remedy="Run it again; if it recurs, see whether the host ends long commands.",
            )
        return tuple(parts[:-1])


def look_script(fragments: Sequence[str], token: str | None = None) -> LookScript:
    """Return one script for all fragments; none can end or disturb the others."""
    token = token or new_token()
    # LC_ALL: what commands print must not depend on the language of the host.
    lines = ["export LC_ALL=C.UTF-8", "set +e +u"]
    stats = [fragment for fragment in fragments if isinstance(fragment, StatLook)]
    if stats:
        lines.append(stats_script(stats))
    lines.append(f"printf '%s\\n' {token}:look")
    seen = f"{token}:seen"
    for plain, some in groupby(fragments, lambda fragment: not isinstance(fragment, StatLook)):
        if plain:
            for fragment in some:
                lines.append(f"(\n{fragment}\n) </dev/null 2>/dev/null || true")
                lines.append(f"printf '%s\\n' {seen}")
        else:
            lines.append(stat_fragments((one for one in some if isinstance(one, StatLook)), seen))
    return LookScript(token=token, count=len(fragments), script="\n".join(lines) + "\n")
