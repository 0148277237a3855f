"""What the package manager has installed and could install."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from wizard.facts.host import PackageState
from wizard.facts.platform import Family

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PROBE = """\
apt=/usr/bin/apt-cache missing=()
declare -A found=()
if [[ -x $apt ]]; then names=("${debian[@]}"); else names=("${rhel[@]}"); fi
while read -r status name version; do
  [[ $status == installed ]] || continue
  found[$name]=1
  printf 'installed %s %s\\n' "$name" "$version"
done < <(
  if [[ -x $apt ]]; then
    exec dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\\n' "${names[@]}"
  elif [[ -x /usr/bin/rpm ]]; then
    exec rpm -q --qf 'installed %{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n' "${names[@]}"
  fi
)
for name in "${names[@]}"; do [[ -n ${found[$name]:-} ]] || missing+=("$name"); done
if (( ${#missing[@]} == 0 )); then :
elif [[ -x $apt ]]; then apt-cache policy "${missing[@]}"
elif [[ -x /usr/bin/dnf ]]; then
  timeout 90 dnf -q repoquery --latest-limit=1 \\
    --qf 'candidate %{name} %{epoch}:%{version}-%{release}\\n' "${missing[@]}"
fi
"""


def script(names: Mapping[Family, Iterable[str]]) -> str:
    """Return the probe; candidates are asked for only where something is not installed.

    dpkg and rpm answer at once; apt and dnf first read all that their sources offer (dnf fetches
    the lists it does not have), which an installed host should not be kept waiting for.
    """
    debian, rhel = (_words(names.get(family, ())) for family in (Family.DEBIAN, Family.RHEL))
    return f"debian=({debian}) rhel=({rhel})\n{_PROBE}" if debian or rhel else ":"


def _words(names: Iterable[str]) -> str:
    return " ".join(shlex.quote(name) for name in sorted(set(names)))


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
