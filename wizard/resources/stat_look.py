"""Looks that begin with what `stat` says of a path: any number of them need one process together.

Starting a process is dear on some hosts, and files and directories are most of what is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from wizard.resources.shell import MOST, words
from wizard.resources.written import RECALL

if TYPE_CHECKING:
    from collections.abc import Iterable

# What is not there prints nothing. `read -N` reads a whole file without starting a process.
_FUNCTIONS = f"""{RECALL}
declare -A minusnow_stat=()
minusnow_stats() {{  # "" or -L (follow links), paths
  local path at found=() lines=()
  for path in "${{@:2}}"; do
    if [[ -e $path ]] || [[ -z $1 && -L $path ]]; then found+=("$path"); fi
  done
  (( ${{#found[@]}} )) || return 0
  mapfile -t lines < <(stat $1 -c '%F|%a|%U|%G' -- "${{found[@]}}" 2>/dev/null)
  for at in "${{!found[@]}}"; do
    path=${{found[at]}}
    if (( ${{#lines[@]}} == ${{#found[@]}} )); then
      minusnow_stat["$1$path"]=${{lines[at]}}
    else  # one went away meanwhile: which line is whose is not known
      minusnow_stat["$1$path"]=$(stat $1 -c '%F|%a|%U|%G' -- "$path" 2>/dev/null)
    fi
  done
}}
minusnow_look() {{  # "" or -L, path, whether its content is wanted
  local text=${{minusnow_stat["$1$2"]-}}
  [[ $text ]] || return 0
  [[ $3 && ${{minusnow_wrote["$2"]-}} ]] &&
    text+=${{minusnow_wrote["$2"]}}${{minusnow_about["$2"]-}}
  minusnow_seen+=$text$'\\n'
  if [[ $3 && -f $2 ]]; then
    text=
    IFS= read -r -N {MOST} text <"$2"
    minusnow_seen+=$text
  fi
}}
minusnow_print() {{  # all that was seen so far, in one piece: each is a message on its way
  printf '%s' "$minusnow_seen"
  minusnow_seen=
}}
minusnow_seen=
"""


_RECALLED = "minusnow_recall </dev/null 2>/dev/null\n"


class StatLook(str):
    """Prints kind, mode, owner and group on one line, then, if wanted, the content as it is.

    With the content the line also says when we wrote the file, and the hashes it may have then.
    As a string it is a whole look of its own.
    """

    __slots__ = ("arguments", "content", "follow", "path")

    path: str
    follow: bool
    content: bool
    arguments: str

    def __new__(cls, path: str, *, follow: bool = False, content: bool = False) -> Self:
        """Return the look at a path; `follow` looks at what a link leads to."""
        link = "-L" if follow else ""
        arguments = words(link, path, "content" if content else "")
        made = super().__new__(
            cls,
            f"{_FUNCTIONS}{_RECALLED if content else ''}minusnow_stats {words(link, path)}\n"
            f"minusnow_look {arguments}\nminusnow_print",
        )
        made.path, made.follow, made.content, made.arguments = path, follow, content, arguments
        return made


def stats_script(looks: Iterable[StatLook]) -> str:
    """Return shell that asks `stat` about all of them at once; it goes before `stat_fragments`."""
    asked = list(looks)
    plain = [look.path for look in asked if not look.follow]
    followed = [look.path for look in asked if look.follow]
    recalled = _RECALLED if any(look.content for look in asked) else ""
    return (_FUNCTIONS + recalled) + "".join(
        f"minusnow_stats {words(link, *paths)} </dev/null 2>/dev/null\n"
        for link, paths in (("", plain), ("-L", followed))
        if paths
    )


def stat_fragments(looks: Iterable[StatLook], after: str) -> str:
    """Return shell that prints them one after another, each with the line `after` behind it.

    It needs no subshell.
    """
    shown = [
        f"minusnow_look {look.arguments}; minusnow_seen+={words(after)}$'\\n'\n" for look in looks
    ]
    return "{\n" + "".join(shown) + "} </dev/null 2>/dev/null\nminusnow_print"
