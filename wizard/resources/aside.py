"""What becomes of files that are about to be replaced: copies of them, and word to their unit."""

from __future__ import annotations

import shlex

from wizard.resources.shell import OWN_DIRECTORY, words


def set_aside(*paths: str) -> str:
    """Return shell that keeps a copy of what is at the paths, by time, where only root reads."""
    # From / by a relative path: cp 9.1 (Debian 12) fails with --parents and an absolute one.
    relative = words(*(path.removeprefix("/") for path in paths))
    return (
        f"TZ=UTC0 printf -v day '%(%Y%m%dT%H%M%SZ)T' -1; aside={OWN_DIRECTORY}/replaced/$day\n"
        f'(umask 077; mkdir -p "$aside"; cd /; cp -a --parents {relative} "$aside"/)'
    )


def announce(unit: str, *paths: str) -> list[str]:
    """Return shell that makes the unit's next look see that it has to take the files in."""
    folder = f"{OWN_DIRECTORY}/previous/{unit}"
    steps = [words("rm", "-f", f"{OWN_DIRECTORY}/applied/{unit}"), "previous=()"]
    for path in paths:
        live, kept = shlex.quote(path), shlex.quote(f"{folder}{path}")
        relative = shlex.quote(path.removeprefix("/"))
        # The oldest copy is the one the unit last ran with: a second attempt must not replace it.
        steps.append(
            f"[ ! -e {live} -a ! -L {live} ] || [ -e {kept} -o -L {kept} ] ||"
            f" previous+=({relative})"
        )
    into = words(folder)
    copy = f'cp -a --parents "${{previous[@]}}" {into}/'
    steps.append(f"[ ${{#previous[@]}} -eq 0 ] || (umask 077; mkdir -p {into}; cd /; {copy})")
    return steps
