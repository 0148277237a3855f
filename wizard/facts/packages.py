"""What the package manager has installed and could install."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from wizard.facts.host import PackageState

if TYPE_CHECKING:
    from collections.abc import Iterable


def script(names: Iterable[str]) -> str:
    """Return the probe: one apt-cache for all packages, or rpm and dnf (from its own cache)."""
    words = " ".join(shlex.quote(name) for name in sorted(set(names)))
    if not words:
        return ":"
    return f"""\
if [[ -x /usr/bin/apt-cache ]]; then apt-cache policy {words}
elif [[ -x /usr/bin/dnf ]]; then
  rpm -q --qf 'installed %{{NAME}} %{{EPOCHNUM}}:%{{VERSION}}-%{{RELEASE}}\\n' {words}
  timeout 90 dnf -q repoquery --latest-limit=1 \\
    --qf 'candidate %{{name}} %{{epoch}}:%{{version}}-%{{release}}\\n' {words}
fi
"""


def parse(text: str) -> dict[str, PackageState]:
    """Return the state of each package that is known to the package manager."""
    installed: dict[str, str] = {}
    candidate: dict[str, str] = {}
    known: list[str] = []
    name = ""
    for line in text.splitlines():
        rpm = re.fullmatch(r"(installed|candidate) (\S+) (\S+)", line)
        if rpm:
            known.append(rpm[2])
            which = installed if rpm[1] == "installed" else candidate
            which[rpm[2]] = rpm[3].removeprefix("0:")
        elif re.fullmatch(r"\S+:", line):  # apt-cache policy: not indented, ends in a colon
            name = line[:-1]
            known.append(name)
        else:
            label, _, version = line.strip().partition(": ")
            if name and label in ("Installed", "Candidate") and version != "(none)":
                (installed if label == "Installed" else candidate)[name] = version.strip()
    return {
        name: PackageState(installed=installed.get(name), candidate=candidate.get(name))
        for name in known
    }
