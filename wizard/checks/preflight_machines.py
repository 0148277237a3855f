"""Preflight: is every host of the site a machine of its own?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question
from wizard.facts.virtualisation import GUESTS
from wizard.site.layout import refusals
from wizard.site.model import Purpose
from wizard.site.values import ip_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.checks.meeting import Met
    from wizard.facts.host import HostFacts
    from wizard.site.model import Site

MACHINE = Question("machine", "Is it a machine of its own?", "a machine for each host of the site")

LAYOUT = Question("layout", "Do the machines that were found keep the layout's rules?")


def check(site: Site, facts: Mapping[str, HostFacts], met: Met) -> Iterator[Finding]:
    """Compare every host with those before it, and the machines found with the layout's rules.

    `met`: whether two hosts that share a number were found to be one machine, where it was asked.
    """
    names = [host.name for host in site.hosts if host.name in facts]
    for index, name in enumerate(names):
        problems = [
            problem
            for other in names[:index]
            for problem in _compare(site, facts[name], facts[other], met)
        ]
        if problems:
            yield from problems
        else:
            yield MACHINE.ok(name, f"machine {facts[name].machine_id[:8] or 'without number'}")
    yield from _layout(site, facts, met)


def _layout(site: Site, facts: Mapping[str, HostFacts], met: Met) -> Iterator[Finding]:
    """Judge the layout again, now that it is known which names lead to one machine."""
    identities: dict[str, str] = {}
    for name, seen in facts.items():
        same = (other for other in identities if is_one_machine(seen, facts[other], met))
        identities[name] = identities.get(next(same, ""), name)
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


def is_one_machine(mine: HostFacts, theirs: HostFacts, met: Met) -> bool:
    """Tell whether two names lead to one machine: by what was left there, else by its numbers.

    Without an answer it is the same boot that tells an alias from a clone: a disk that was copied
    has been booted apart.
    """
    asked = met.get(frozenset({mine.name, theirs.name}))
    if asked is not None:
        return asked
    same_boot = bool(mine.boot_id) and mine.boot_id == theirs.boot_id
    numbers = {mine.machine_id, theirs.machine_id}
    return same_boot and (len(numbers) == 1 or "" in numbers)


def _compare(site: Site, mine: HostFacts, theirs: HostFacts, met: Met) -> Iterator[Finding]:
    """Tell an alias from a clone and from neighbours; a clone may be a neighbour as well."""
    name, other = mine.name, theirs.name
    if is_one_machine(mine, theirs, met):
        yield MACHINE.failed(
            name,
            f"it is the same machine as {other}, under another name or address",
            f"Give {name} and {other} machines of their own.",
        )
        return
    same_boot = bool(mine.boot_id) and mine.boot_id == theirs.boot_id
    same_system = bool(mine.machine_id) and mine.machine_id == theirs.machine_id
    same_key = bool(mine.host_key) and mine.host_key == theirs.host_key
    same_board = bool(mine.hardware_id) and mine.hardware_id == theirs.hardware_id
    # Two guests never are one machine: a hypervisor that gave both the number has copied it.
    copied_board = same_board and mine.virtualisation in GUESTS and (same_system or same_key)
    if same_boot or (same_board and not copied_board):
        report = MACHINE.failed if site.purpose is Purpose.PRODUCTION else MACHINE.warning
        yield report(
            name,
            f"it runs on the same machine as {other} (same {'kernel' if same_boot else 'board'})",
            "One failure would take both: place them on different machines.",
        )
    if same_system or same_key:
        yield _clone(name, other, system=same_system, key=same_key)


def _clone(name: str, other: str, *, system: bool, key: bool) -> Finding:
    """Answer for a machine of its own whose disk was copied, whole or in part."""
    shared, steps, follows = [], [], []
    if system:
        shared.append("machine number (/etc/machine-id)")
        follows.append("both may be given the same address by DHCP, and logs mix them up")
        steps.append("`rm /etc/machine-id; systemd-machine-id-setup; reboot`")
    if key:
        shared.append("SSH host key")
        follows.append("each can pass for the other")
        steps.append(
            "`rm /etc/ssh/ssh_host_*; ssh-keygen -A`, restart its SSH server and store the new"
            " host key here"
        )
    return MACHINE.warning(
        name,
        f"it is a clone of {other}: a machine of its own that still has the same"
        f" {' and '.join(shared)}; {', '.join(follows)}",
        f"On one of the two: {'; then '.join(steps)}.",
    )
