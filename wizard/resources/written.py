"""What the installer wrote on a host, kept there, so that what somebody edited since is known.

One line for each file written: when, `about` or `wrote`, the SHA-256 of the content, the path. The
line `about` comes before the rename and `wrote` after it: between the two either content is ours.
The hashes are made on the host and stay there, for root only: they cover secrets.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.resources.shell import OWN_DIRECTORY, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WRITTEN = f"{OWN_DIRECTORY}/written"

_NOW = "TZ=UTC0 printf -v minusnow_now '%(%Y-%m-%dT%H:%M:%SZ)T' -1"

# Prints nothing: fills an array by path with "|WHEN|HASH,HASH…", what a look says beside `stat`.
RECALL = f"""
declare -A minusnow_wrote=() minusnow_about=()
minusnow_recall() {{
  local day state hash path
  [[ -r {WRITTEN} ]] || return 0
  while IFS=' ' read -r day state hash path; do
    [[ $path ]] || continue
    case $state in
      about) minusnow_about["$path"]+=,$hash;;
      wrote) minusnow_wrote["$path"]="|$day|$hash" minusnow_about["$path"]=;;
      forgot) for state in "${{!minusnow_wrote[@]}}"; do
        [[ $state != "$path"/* ]] || unset 'minusnow_wrote[$state]'; done;;
    esac
  done <{WRITTEN}
}}
"""

_NOTE = r"""for minusnow_at in "${!minusnow_places[@]}"; do
minusnow_sum=${minusnow_sums[minusnow_at]-}; minusnow_sum=${minusnow_sum#\\}
minusnow_noted+="$minusnow_now about ${minusnow_sum:0:64} ${minusnow_places[minusnow_at]}"$'\n'
done"""


def about_to_write(files: Sequence[tuple[str, str]]) -> list[str]:
    """Return shell that notes what is about to be written: where it lies now, and its place.

    It starts one process, however many files there are.
    """
    news = words(*(new for new, _ in files))
    places = words(*(place for _, place in files))
    return [
        f"[ -d {OWN_DIRECTORY} ] || (umask 077; mkdir -p {OWN_DIRECTORY})",
        f"{_NOW}; minusnow_places=({places}) minusnow_noted=",
        f"mapfile -t minusnow_sums < <(sha256sum -- {news})",
        _NOTE,
        f"(umask 077; printf '\\n%s' \"$minusnow_noted\" >>{WRITTEN})",
    ]


def wrote() -> str:
    """Return shell that notes that everything it was about to write is in its place."""
    noted = "${minusnow_noted//$minusnow_now about /$minusnow_now wrote }"
    return f"printf '%s' \"{noted}\" >>{WRITTEN}"


# Shell that notes what was put back at "$place", a variable of the shell, as written by us.
NOTE_PUT_BACK = f"""{{ [[ -L $place ]] || {{ {_NOW}; minusnow_sum=$(sha256sum <"$place")
printf '%s wrote %s %s\\n' "$minusnow_now" "${{minusnow_sum%% *}}" "$place" >>{WRITTEN}; }}; }}"""


def forget(folder: str) -> str:
    """Return shell that notes that what is in a folder from now on was not written there by us."""
    return f"{_NOW}; printf '%s forgot - %s\\n' \"$minusnow_now\" {words(folder)} >>{WRITTEN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """What is known of a file that the installer wrote: when, and the hashes that are ours."""

    when: str  # UTC
    hashes: frozenset[str]

    def edited(self, kind: str, content: str) -> bool:
        """Tell whether somebody else's work is in the place; an empty file is nobody's work."""
        if kind == "symbolic link":
            return True
        if not kind.startswith("regular") or not content:
            return False
        return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest() not in self.hashes


_WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def read_wrote(fields: Iterable[str]) -> Wrote | None:
    """Return what a look says beside `stat`, None if nothing certain is known."""
    when, hashes = ([*fields, "", ""])[:2]
    found = frozenset(_HASH.findall(hashes))
    return Wrote(when=when, hashes=found) if _WHEN.fullmatch(when) and found else None
