"""Proof: does every firewall let in what the site needs, and nothing of what it does not?

Every host really tries every service of every other host, the forbidden ones too.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.checks.preflight_ports import needed_ports
from wizard.checks.preflight_reach import Target, parse_reach, reach_script
from wizard.site import flows
from wizard.site.model import Purpose
from wizard.site.networking import Firewall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.checks.proof_ground import Ground
    from wizard.site.flows import Flow
    from wizard.site.topology import Host

FIREWALL = Question("firewall", "Is the firewall on?", "active")
OPEN = Question("ways-open", "Does it reach what it needs?", "every connection is accepted")
MAIL = Question("mail-relay", "Does the mail relay answer?", "the connection is accepted")
CLOSED = Question("ways-closed", "Is it kept out of what is not its business?", "no connection")

SECTION = """\
command -v ufw >/dev/null && ufw status 2>&1 | head -n 1
command -v firewall-cmd >/dev/null && printf 'firewalld: %s\\n' "$(firewall-cmd --state 2>&1)"
true
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One TCP connection that a host tries, and whether the site wants it to succeed."""

    name: str  # "db1:5432"
    target: Target
    wanted: bool
    mail: bool = False  # to the mail relay, which is not of the site


def ways_from(ground: Ground, host: Host) -> tuple[Way, ...]:
    """Return what a host tries: its own flows, and every service of the others besides."""
    site = ground.site
    needed: dict[tuple[str, int], Flow] = {
        (flow.target_address, flow.port): flow
        for flow in flows.out_of(site, host.name)
        if flow.protocol == flows.TCP
    }
    found = [
        Way(
            f"{flow.target if flow.target != flows.OUTSIDE else flow.target_address}:{flow.port}",
            Target(f"{flow.target_address}:{flow.port}", flow.target_address, flow.port),
            wanted=True,
            mail=flow.purpose == "mail",
        )
        for flow in needed.values()
    ]
    for other in site.hosts:
        ports = {*needed_ports(site, other), site.ssh_for(other).port} if other != host else ()
        found += [
            Way(
                f"{other.name}:{port}",
                Target(f"{other.address}:{port}", other.address, port, hoped_for=False),
                wanted=False,
            )
            for port in sorted(ports)
            if (other.address, port) not in needed and not _let_in(ground, host, other, port)
        ]
    return tuple(found)


def section_for(ways: tuple[Way, ...]) -> str:
    """Return bash that tries every way at the same time."""
    return reach_script([way.target for way in ways])


def check_firewall(ground: Ground, host: Host, text: str) -> Finding:
    """Answer from what the firewall programs of a host said."""
    if ground.site.networking.firewall is Firewall.NONE:
        return FIREWALL.skipped(host.name, "the site wants none touched")
    lines = text.splitlines()
    if "Status: active" in lines:
        return FIREWALL.ok(host.name, "ufw active")
    if "firewalld: running" in lines:
        return FIREWALL.ok(host.name, "firewalld running")
    return FIREWALL.failed(host.name, "; ".join(lines) or "no firewall", "Apply the site again.")


def check_ways(ground: Ground, host: Host, ways: tuple[Way, ...], text: str) -> Iterator[Finding]:
    """Answer from how the connections of a host ended."""
    answers = parse_reach(text)
    yield from _open(host.name, [way for way in ways if way.wanted and not way.mail], answers)
    yield from _mail(ground, host.name, [way for way in ways if way.mail], answers)
    if ground.site.networking.firewall is Firewall.NONE:
        yield CLOSED.skipped(host.name, "the site has no firewall of ours")
        return
    forbidden = [way for way in ways if not way.wanted]
    entered = [way.name for way in forbidden if answers.get(way.target.key) == "connected"]
    untried = [way.name for way in forbidden if way.target.key not in answers]
    if entered:
        yield CLOSED.failed(
            host.name,
            f"connected to {', '.join(entered)}",
            "See the firewall's rules on those hosts (`ufw status` or `firewall-cmd --list-all`)"
            " for some that were added by hand; apply the site again.",
        )
    elif untried or not forbidden:
        yield CLOSED.skipped(host.name, f"not tried: {', '.join(untried) or 'nothing to try'}")
    else:
        shown = ", ".join(way.name for way in forbidden)
        yield CLOSED.ok(host.name, f"{len(forbidden)} tried, none let in: {shown}")


def _open(host: str, ways: list[Way], answers: Mapping[str, str]) -> Iterator[Finding]:
    if not ways:
        return
    blocked = [way for way in ways if answers.get(way.target.key) != "connected"]
    for way in blocked:
        yield OPEN.failed(
            host,
            f"{way.name}: {answers.get(way.target.key, 'not tried')}",
            "See whether the service runs there, and the firewalls between them.",
        )
    reached = [way.name for way in ways if way not in blocked]
    if reached:
        yield OPEN.ok(host, ", ".join(reached))


def _mail(
    ground: Ground, host: str, ways: list[Way], answers: Mapping[str, str]
) -> Iterator[Finding]:
    for way in ways:
        words = f"{way.name}: {answers.get(way.target.key, 'not tried')}"
        if words.endswith(": connected"):
            yield MAIL.ok(host, words)
        elif ground.site.purpose is Purpose.REHEARSAL:
            yield MAIL.skipped(host, f"{words}; a rehearsal goes without")
        else:
            yield MAIL.warning(
                host, words, "See networking.smtp in the site file, and the firewalls between."
            )


def _let_in(ground: Ground, source: Host, target: Host, port: int) -> bool:
    """Tell whether the site opens a port of the target for whoever comes from the source."""
    own = ground.address_of(source)
    facts = ground.facts.get(target.name)
    for flow in flows.into(ground.site, target.name):
        if flow.protocol != flows.TCP or flow.port != port:
            continue
        if flow.source in {flows.ANYWHERE, source.name}:
            return True
        if flow.source == flows.INSTALLER:
            if facts is None or facts.installer_address in {own, ""}:
                return True
        elif _within(own, flow.source_address):
            return True
    return False


def _within(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return address == network
