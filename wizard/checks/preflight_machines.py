"""Preflight: is every host of the site a machine of its own?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question
from wizard.site.layout import refusals
from wizard.site.model import Purpose
from wizard.site.values import ip_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts
    from wizard.site.model import Site

MACHINE = Question("machine", "Is it a machine of its own?", "a machine for each host of the site")

LAYOUT = Question("layout", "Do the machines that were found keep the layout's rules?")


def check(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Compare every host with those before it, and the machines found with the layout's rules."""
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
    yield from _layout(site, facts)


def _layout(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Judge the layout again, now that it is known which names lead to one machine."""
    identities = {
        name: f"{seen.boot_id} {seen.machine_id}" for name, seen in facts.items() if seen.boot_id
    }
    resolved = {host.name: _addresses(host.address, facts) for host in site.hosts}
    found = refusals(site.topology, site.database, resolved, identities)
    for refusal in found:
        rule = refusal.rule
        yield LAYOUT.failed(SITE, f"{refusal.seen}: {rule.reason}", rule.remedy, wanted=rule.wanted)
    if facts and not found:
        yield LAYOUT.ok(SITE, "no rule is broken")


def _addresses(name: str, facts: Mapping[str, HostFacts]) -> frozenset[str]:
    # Debian gives a host's own name a loopback address there: that is no address of a machine.
    found = (ip_of(seen.resolves.get(name, "")) for seen in facts.values())
    return frozenset(str(ip) for ip in found if ip and not ip.is_loopback)


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
