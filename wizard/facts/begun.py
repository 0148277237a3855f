"""What of a host's server programs is this installer's work, and what somebody else left of them.

A program is ours as soon as its package is about to be installed by us, or we are about to write
its configuration: a run that was killed right after packages goes on, and another role's
installation on the same host makes nobody's service ours.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.facts.host import FoundFile
from wizard.facts.platform import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterable

RECORDS = "/var/lib/minusnow-setup"
# The packages that were missing before we installed them, one a line.
INSTALLED = f"{RECORDS}/installed"
SERVICE_FILE = "/etc/systemd/system/minusnow.service"
REDIS_DATA = "/var/lib/redis"

_PROGRAMS = ("haproxy", "nginx", "keepalived", "redis")


def marks(program: str) -> frozenset[str]:
    """Return the packages and files by which a program is ours, on whatever platform.

    Of `haproxy`, `nginx`, `keepalived`, `redis`, and `minusnow`, which runs on Node.js.
    """
    if program == "minusnow":
        return frozenset({SERVICE_FILE})
    software = [getattr(platform, program) for platform in PLATFORMS]
    return frozenset(name for each in software for name in (*each.packages, each.config) if name)


def found_files(files: Iterable[FoundFile]) -> str:
    """Return them for people, with their sizes."""
    return ", ".join(f"{each.path} ({each.size} bytes)" for each in files)


def _places() -> dict[str, str]:
    """Return, by configuration file, the program that reads it."""
    return {
        name: program
        for program in _PROGRAMS
        for name in sorted(marks(program))
        if name.startswith("/")
    }


_PLACES = _places()
_ASKED = " ".join(
    shlex.quote(name)
    for name in (SERVICE_FILE, *(name for each in _PROGRAMS for name in sorted(marks(each))))
)
_OTHERS = "\n".join(
    f"minusnow_others {shlex.join([place, *sorted(marks(program))])}"
    for place, program in _PLACES.items()
)

# A host that was put back from a copy may lack our records: our own first line counts as well.
# Only hosts with something of somebody else's start a process.
SCRIPT = f"""\
declare -A minusnow_begun=()
while IFS=' ' read -r day state hash path; do
  [[ $path && ( $state == about || $state == wrote ) ]] && minusnow_begun["$path"]=1
done <{RECORDS}/written
while IFS= read -r name; do [[ $name ]] && minusnow_begun["$name"]=1; done <{INSTALLED}
for place in {_ASKED}; do
  line=
  [[ $place == /* && -f $place ]] && IFS= read -r line <"$place"
  [[ $line == '# Managed by minusnow-setup'* ]] && minusnow_begun["$place"]=1
  [[ ${{minusnow_begun["$place"]-}} ]] && printf 'begun\\t%s\\n' "$place"
done
minusnow_ours() {{  # names of which one makes it ours
  local name
  for name; do [[ ${{minusnow_begun["$name"]-}} ]] && return 0; done
  return 1
}}
minusnow_shipped() {{  # whether a file is as its package has it
  local sum path shipped
  if [[ -r /var/lib/dpkg/status ]]; then
    sum=$(md5sum <"$1")
    while read -r path shipped _; do
      [[ $path == "$1" && $shipped == "${{sum%% *}}" ]] && return 0
    done < <(grep -F -- " $1 " /var/lib/dpkg/status)
    return 1
  fi
  rpm -qf "$1" >/dev/null || return 1
  while read -r path shipped; do
    [[ $path == ??5* && " $shipped" == *" $1" ]] && return 1
  done < <(rpm -Vf --nodeps --noscripts "$1")
  return 0
}}
minusnow_others() {{  # a configuration file, what makes its program ours
  minusnow_ours "${{@:2}}" && return
  [[ -f $1 && -s $1 ]] && ! minusnow_shipped "$1" && printf 'configuration\\t%s\\n' "$1"
}}
{_OTHERS}
minusnow_ours {shlex.join(sorted(marks("redis")))} ||
for file in {REDIS_DATA}/*.rdb {REDIS_DATA}/*.aof {REDIS_DATA}/appendonlydir/*; do
  [[ -f $file && -s $file && $file != *.manifest ]] || continue
  size=$(stat -c %s -- "$file")
  # Redis writes a file when it is stopped also if it never held a key.
  [[ $file == *.rdb && $size -lt 1024 ]] &&
    [[ $(timeout 10 redis-check-rdb "$file") == *' looks OK!'*' 0 keys read'* ]] && continue
  printf 'redis\\t%s\\t%s\\n' "$size" "$file"
done
"""

_SIZE = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What was seen of the server programs."""

    begun: frozenset[str] = frozenset()
    foreign_files: frozenset[str] = frozenset()
    redis_data: tuple[FoundFile, ...] = ()


def parse(text: str) -> Begun:
    """Return what the script printed; names that nobody asked about are no answer."""
    known = {SERVICE_FILE, *(name for program in _PROGRAMS for name in marks(program))}
    begun: set[str] = set()
    foreign: set[str] = set()
    data: list[FoundFile] = []
    for line in text.splitlines():
        match line.split("\t"):
            case ["begun", name] if name in known:
                begun.add(name)
            case ["configuration", path] if path in _PLACES:
                foreign.add(path)
            case ["redis", size, path] if _SIZE.fullmatch(size) and path:
                data.append(FoundFile(path=path, size=int(size)))
    return Begun(begun=frozenset(begun), foreign_files=frozenset(foreign), redis_data=tuple(data))
