"""Preflight: is every host of the site a machine of its own?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.site.model import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts
    from wizard.site.model import Site

MACHINE = Question("machine", "Is it a machine of its own?", "a machine for each host of the site")


def check(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Compare every host with those before it by what tells machines apart."""
    names = [host.name for host in site.hosts if host.name in facts]
    for index, name in enumerate(names):
        problems = [
            problem
            for other in names[:index]
            if (problem := _compare(site, name, facts[name], other, facts[other]))
        ]
        if problems:
            yield from problems
        else:
            yield MACHINE.ok(name, f"machine {facts[name].machine_id[:8] or 'without number'}")


def _compare(
    site: Site, name: str, mine: HostFacts, other: str, theirs: HostFacts
) -> Finding | None:
    """Tell an alias (same boot) from a clone (same number, booted apart) and from neighbours."""
    same_boot = bool(mine.boot_id) and mine.boot_id == theirs.boot_id
    same_system = bool(mine.machine_id) and mine.machine_id == theirs.machine_id
    same_hardware = bool(mine.hardware_id) and mine.hardware_id == theirs.hardware_id
    same_key = bool(mine.host_key) and mine.host_key == theirs.host_key
    if same_boot and (same_system or not (mine.machine_id and theirs.machine_id)):
        return MACHINE.failed(
            name,
            f"it is the same machine as {other} under another name or address",
            f"Give {name} and {other} machines of their own.",
        )
    if same_system or same_key:
        what = "machine number (/etc/machine-id)" if same_system else "SSH host key"
        return MACHINE.warning(
            name,
            f"it is a copy of {other} and still has the same {what}",
            "On the copy: truncate /etc/machine-id, remove /etc/ssh/ssh_host_*, run"
            " `systemd-machine-id-setup` and `ssh-keygen -A`, restart it, and store its new host"
            " key here.",
        )
    if same_boot or same_hardware:
        report = MACHINE.failed if site.purpose is Purpose.PRODUCTION else MACHINE.warning
        return report(
            name,
            f"it runs on the same machine as {other} (same {'kernel' if same_boot else 'board'})",
            "One failure would take both: place them on different machines.",
        )
    return None
