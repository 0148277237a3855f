"""How many probes share one trip: a random marker stands between their outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# `show FILE` prints a file without starting a process: mapfile and printf are built into bash.
_PRELUDE = """\
export LC_ALL=C LANGUAGE= PATH=/usr/sbin:/usr/bin:/sbin:/bin
set +eu
shopt -s nullglob
show() { local lines; [[ -r $1 ]] && mapfile -t lines <"$1" && printf '%s\\n' "${lines[@]}"; }
"""
_END = "end"


def join(probes: Mapping[str, str], marker: str) -> str:
    """Return one bash script that runs the probes in order and frames what each prints."""
    parts = [_PRELUDE]
    for name, script in probes.items():
        # A group, not a subshell: starting a process is what costs time on small machines.
        parts.append(f"printf '\\n%s\\n' {marker}:{name}\n")
        parts.append("{\n" + script.rstrip("\n") + "\n} </dev/null 2>/dev/null\n")
    parts.append(f"printf '\\n%s\\n' {marker}:{_END}\nexit 0\n")
    return "".join(parts)


def split(output: str, marker: str) -> dict[str, str]:
    """Return what each probe printed; a probe that did not run is missing."""
    found: dict[str, str] = {}
    for part in output.split(f"\n{marker}:")[1:]:
        name, _, text = part.partition("\n")
        found[name] = text.removesuffix("\n")
    return found


def complete(output: str, marker: str) -> bool:
    """Tell whether the script came to its end."""
    return f"\n{marker}:{_END}" in output
