"""How large a host is: processors, memory, and the file system of its role's data."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_LARGEST = 2**62  # a memory limit beyond this means "no limit"


def script(data_path: str) -> str:
    """Return the probe; of several paths (a:b) the first that exists counts.

    If none does, it is the nearest parent of the first: the directory will be made in there.
    """
    paths = " ".join(shlex.quote(path) for path in data_path.split(":"))
    return f"""\
count=0
while read -r name _; do [[ $name == processor ]] && ((count++)); done </proc/cpuinfo
printf 'processors=%s\\n' "$count"
while read -r name value; do
  [[ $name == Cpus_allowed_list: ]] && printf 'allowed=%s\\n' "$value"
done </proc/self/status
read -r _ kilobytes _ </proc/meminfo && printf 'memory=%s\\n' "$kilobytes"
read -r limit </sys/fs/cgroup/memory.max && printf 'limit=%s\\n' "$limit"
candidates=({paths}) path=
for each in "${{candidates[@]}}"; do [[ -e $each ]] && path=$each && break; done
path=${{path:-$candidates}}
while [[ ! -e $path && $path == */* ]]; do path=${{path%/*}}; done
stat -f -c 'disk=%S %b %a' -- "${{path:-/}}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Processors and bytes; 0 where it could not be told."""

    cpus: int
    memory: int
    disk_size: int
    disk_free: int


def parse(text: str) -> Capacity:
    """Return the capacity; a container's own limits count where they are lower."""
    fields = dict(line.partition("=")[::2] for line in text.splitlines())
    processors = [number(fields.get("processors", "")), _listed(fields.get("allowed", ""))]
    memory = [number(fields.get("memory", "")) * 1024, number(fields.get("limit", ""))]
    blocks = [number(word) for word in fields.get("disk", "").split()]
    block, size, free = blocks if len(blocks) == 3 else (0, 0, 0)  # noqa: PLR2004 - three fields
    return Capacity(
        cpus=min((count for count in processors if count), default=0),
        memory=min((size for size in memory if 0 < size < _LARGEST), default=0),
        disk_size=block * size,
        disk_free=block * free,
    )


def number(text: str) -> int:
    """Return a decimal number, 0 if it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,20}", text.strip(), re.ASCII) else 0


def _listed(text: str) -> int:
    """Count the members of a kernel list: "0-3,8" are five."""
    total = 0
    for part in text.strip().split(","):
        match = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", part, re.ASCII)
        if not match:
            return 0
        total += max(0, int(match[2] or match[1]) - int(match[1]) + 1)
    return total
