"""Preflight: is each host large enough for its roles?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.site.model import Purpose
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts
    from wizard.site.model import Site
    from wizard.site.topology import Host

_GIB = 1024**3
_GB = 1000**3
# The kernel keeps some of the memory to itself, a file system some of the disk.
TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Size:
    """Processors, memory in GiB, disk in GB."""

    cpus: int
    memory: int
    disk: int

    def __add__(self, other: Size) -> Size:
        return Size(self.cpus + other.cpus, self.memory + other.memory, self.disk + other.disk)


# Processors and memory of balancers, app and database servers and the databases' disk are the
# vendor's deployment guide ("Server Roles and Responsibilities"); the rest, which the guide does
# not name, is what this installer considers sensible.
MINIMUM = {
    Role.LOAD_BALANCER: Size(2, 4, 20),
    Role.APP: Size(4, 8, 40),
    Role.DATABASE: Size(4, 16, 500),
    Role.STORAGE: Size(2, 4, 100),
    Role.CACHE: Size(2, 2, 10),
}
RECOMMENDED = {
    Role.LOAD_BALANCER: Size(4, 8, 20),
    Role.APP: Size(8, 16, 40),
    Role.DATABASE: Size(8, 32, 500),
    Role.STORAGE: Size(4, 8, 500),
    Role.CACHE: Size(2, 4, 20),
}

CPU = Question("cpu", "Are there enough processors?")
MEMORY = Question("memory", "Is there enough memory?")
DISK = Question("disk", "Is the disk of the role's data large enough?")


def wanted_size(host: Host, table: Mapping[Role, Size]) -> Size:
    """Return what the host's roles need together: roles on one machine do not share."""
    total = Size(0, 0, 0)
    for role in host.roles:
        total += table[role]
    return total


def check(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Compare each host with the minimum and the recommendation for its roles."""
    for host in site.hosts:
        seen = facts.get(host.name)
        if seen is None:
            continue
        least, best = wanted_size(host, MINIMUM), wanted_size(host, RECOMMENDED)
        yield _judge(CPU, site, host, seen.cpus, (least.cpus, best.cpus), "processors", 1)
        yield _judge(MEMORY, site, host, seen.memory, (least.memory, best.memory), "GiB", _GIB)
        yield _judge(DISK, site, host, seen.disk_size, (least.disk, best.disk), "GB", _GB)


def _judge(  # noqa: PLR0917 - one line of a table
    question: Question,
    site: Site,
    host: Host,
    seen: int,
    wanted: tuple[int, int],
    unit: str,
    factor: int,
) -> Finding:
    least, best = wanted
    allowed = TOLERANCE if factor > 1 else 0.0
    words = f"{seen} {unit}" if factor == 1 else f"{seen / factor:.1f} {unit}"
    words = "1 processor" if words == "1 processors" else words
    if seen == 0:
        return question.warning(
            host.name,
            "it could not be read",
            "Look at the host yourself.",
            wanted=f"{least} {unit}",
        )
    if seen < least * factor * (1 - allowed):
        report = question.failed if site.purpose is Purpose.PRODUCTION else question.warning
        return report(
            host.name,
            f"{words}, below the minimum",
            "Give the machine more, or set `purpose: rehearsal` if it is no production site."
            if site.purpose is Purpose.PRODUCTION
            else "Enough for a rehearsal; give the production machine more.",
            wanted=f"at least {least} {unit}" + (f", better {best}" if best > least else ""),
        )
    if seen < best * factor * (1 - allowed):
        return question.warning(
            host.name,
            f"{words}, above the minimum but below the recommendation",
            "Plan to give the machine more before many people use it.",
            wanted=f"{best} {unit}",
        )
    return question.ok(host.name, words)
