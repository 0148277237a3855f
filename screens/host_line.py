"""One host in a line: what was seen of its machine, against what its roles want; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.preflight_size import MINIMUM, RECOMMENDED, TOLERANCE, Size
from wizard.errors import SetupError
from wizard.facts.host import HostFacts
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GIB, _GB = 1024**3, 1000**3
_MOST_SKEW = 2.0  # seconds; what the wizard points out, well before anything breaks


def wanted(roles: Sequence[str], table: Mapping[Role, Size]) -> Size:
    """What the roles want together."""
    total = Size(0, 0, 0)
    for role in roles:
        if role in set(Role):
            total += table[Role(role)]
    return total


def verdict(
    roles: Sequence[str], seen: HostFacts | SetupError | None, *, rehearsal: bool = False
) -> str:
    """A sign and a few words: ✓, ! below the recommendation, ✗ below the minimum or no session.

    For a rehearsal a machine below the minimum will do: it gets a !.
    """
    if seen is None:
        return ""
    if isinstance(seen, SetupError):
        return f"✗ {seen.seen}"
    least, best = wanted(roles, MINIMUM), wanted(roles, RECOMMENDED)
    if seen.os.family is None:
        return f"✗ {seen.os.pretty} is not supported"
    for sign, want in (("!" if rehearsal else "✗", least), ("!", best)):
        short = [
            words
            for words, has, needs in (
                (f"{seen.cpus} of {want.cpus} CPUs", seen.cpus, want.cpus),
                (
                    f"{_gib(seen.memory)} of {want.memory}G RAM",
                    *_room(seen.memory, want.memory, _GIB),
                ),
                (
                    f"{seen.disk_size // _GB} of {want.disk}G disk",
                    *_room(seen.disk_size, want.disk, _GB),
                ),
            )
            if has < needs
        ]
        if short:
            return f"{sign} {', '.join(short)}"
    if abs(seen.clock_skew) > _MOST_SKEW:
        return f"! clock is {seen.clock_skew:+.0f} s off"
    return f"✓ {seen.os.pretty.replace('GNU/Linux ', '')}"


def sizes(seen: HostFacts | SetupError | None) -> tuple[str, str, str]:
    """Processors, memory and disk as a table shows them."""
    if not isinstance(seen, HostFacts):
        return ("", "", "")
    return (str(seen.cpus), f"{_gib(seen.memory)}G", f"{seen.disk_size // _GB}G")


def identity(seen: HostFacts | SetupError | None) -> tuple[str, str]:
    """The clock against this machine's, and the machine's own number, begun."""
    if not isinstance(seen, HostFacts):
        return ("", "")
    return (f"{seen.clock_skew:+.1f} s", seen.machine_id[:8])


def _gib(size: int) -> str:
    return f"{size / _GIB:.1f}".removesuffix(".0")


def _room(size: int, want: int, unit: int) -> tuple[float, float]:
    return size, want * unit * (1 - TOLERANCE)


def details(seen: HostFacts | SetupError) -> str:
    """Everything that was seen, for reading."""
    if isinstance(seen, SetupError):
        return f"✗ {seen.seen}\n\n{seen.remedy}"
    skew = f"{seen.clock_skew:+.1f} s against this machine"
    addresses = ", ".join(f"{each.name} {each.address}/{each.prefix}" for each in seen.interfaces)
    lines = (
        ("System", f"{seen.os.pretty}, {seen.architecture}, kernel {seen.kernel}"),
        ("Name", seen.hostname),
        ("Processors", str(seen.cpus)),
        ("Memory", f"{_gib(seen.memory)} GiB"),
        ("Disk", f"{seen.disk_size // _GB} GB, {seen.disk_free // _GB} GB free"),
        ("Clock", skew),
        ("Machine", seen.machine_id),
        ("Boot", seen.boot_id),
        ("Firewall", seen.firewall),
        ("SELinux", seen.selinux),
        ("Addresses", addresses),
        ("Seen from", seen.installer_address),
    )
    return "\n".join(f"{label:<11} {value}" for label, value in lines)
