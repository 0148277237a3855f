"""What the hosts say of the long work they were given: how often it was begun, and where it is."""

from __future__ import annotations

import base64
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.fleet.faults.places import UNDER_WAY
from wizard.remote.ssh_job import JOBS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fleet.conftest import RunningFleet

DPKG_LOG = "cat /var/log/dpkg.log"
# What systemd says of the units that the installer's long work runs in.
STARTED = "journalctl -q -o cat _PID=1 --no-pager | grep -E '^Started minusnow-.*\\.service'; true"
UNIT = re.compile(
    r"^Started minusnow-(migrate|setup-minusnow-\S+?)(?:-[0-9a-f]{12})?\.service", re.MULTILINE
)
# A line for each job that has not told its end: its name, since when, and what it has written.
RUNNING = f"""
cd {JOBS} 2>/dev/null || exit 0
for job in *; do
  [ -e "$job/pid" ] && [ ! -e "$job/status" ] || continue
  printf '%s %s ' "$job" "$(stat -c %.6Y "$job/pid")"
  base64 -w 0 "$job/out"
  echo
done
"""
JOB = re.compile(r"^minusnow-(\S+)-[0-9a-f]{12} ([0-9.]+) (\S*)$", re.MULTILINE)


def installed_again(log: str) -> set[str]:
    """Return the packages that dpkg installed although they were installed already."""
    there: set[str] = set()
    again = set()
    for line in log.splitlines():
        if match := re.search(r" status installed (\S+) ", line):
            there.add(match[1])
        elif (match := re.search(r" install (\S+) ", line)) and match[1] in there:
            again.add(match[1])
    return again


def all_installed_again(fleet: RunningFleet, hosts: Iterable[str]) -> dict[str, set[str]]:
    """Return by host the packages that were installed twice there, without hosts that have none."""
    logs = _everywhere(fleet, hosts, DPKG_LOG)
    return {host: again for host, log in logs.items() if (again := installed_again(log))}


def works_started(fleet: RunningFleet, hosts: Iterable[str]) -> Counter[tuple[str, str]]:
    """Return by host and step how often a unit of its own was started for its long work."""
    journals = _everywhere(fleet, hosts, STARTED)
    return Counter((host, step) for host, said in journals.items() for step in UNIT.findall(said))


def works_under_way(fleet: RunningFleet, hosts: Iterable[str], at: float) -> set[str]:
    """Return the steps whose detached work runs on its host, and did at a time of time.time()."""
    found = set()
    for host, said in _everywhere(fleet, hosts, RUNNING).items():
        for step, begin, out in JOB.findall(said):
            lines = base64.b64decode(out).decode(errors="replace").splitlines()
            shown = any(line.startswith(UNDER_WAY.get(step, "")) for line in lines)
            if shown and float(begin) <= at:
                found.add(f"{step}@{host}")
    return found


def _everywhere(fleet: RunningFleet, hosts: Iterable[str], script: str) -> dict[str, str]:
    names = list(hosts)
    with ThreadPoolExecutor(len(names)) as pool:
        said = pool.map(lambda host: fleet.read(host, script).decode(), names)
        return dict(zip(names, said, strict=True))
