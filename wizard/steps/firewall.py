"""Firewall: only the flows of the layout, and never so that the installer is locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.platform import platform_of
from wizard.resources.condition import Condition
from wizard.resources.firewall_rule import ROLLBACK_UNIT, Rule
from wizard.resources.firewalld import Firewalld
from wizard.resources.shell import lines
from wizard.resources.ufw import Ufw
from wizard.site.flows import INSTALLER, into
from wizard.site.networking import Firewall
from wizard.steps.task import Phase, Task, task_id
from wizard.steps.upstream import version

if TYPE_CHECKING:
    from wizard.resources.resource import Resource
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

# https://git.launchpad.net/ufw/tree/ChangeLog, 0.36.2: "vrrp" as a protocol.
VRRP_SINCE = (0, 36, 2)


def tasks(situation: Situation) -> tuple[Task, ...]:
    """Return, for each host, the rules and their confirmation over a new session."""
    site = situation.site
    if site.networking.firewall is Firewall.NONE:
        return ()
    found: list[Task] = []
    for host in site.hosts:
        found.append(
            Task(
                phase=Phase.FIREWALL,
                step="firewall",
                host=host.name,
                title="firewall rules",
                resources=(_resource(situation, host),),
                after=frozenset({task_id("packages", host.name)}),
                if_left_out=f"{host.name} keeps the firewall rules it has; rules that were loaded"
                " but not confirmed are taken back by the host itself.",
            )
        )
        found.append(
            Task(
                phase=Phase.FIREWALL,
                step="firewall-confirmed",
                host=host.name,
                title="a new session through the firewall",
                resources=(_confirmed(),),
                after=frozenset({task_id("firewall", host.name)}),
                new_session=True,
            )
        )
    return tuple(found)


def rules(situation: Situation, host: Host) -> tuple[Rule, ...]:
    """Return what the host has to let in, each once; its own purpose first where two share one."""
    facts = situation.facts[host.name]
    found: dict[tuple[str, int, str], Rule] = {}
    for flow in into(situation.site, host.name):
        address = flow.source_address
        if flow.source == INSTALLER:
            # What the host sees is what counts: there may be address translation in between.
            address = facts.installer_address
        elif address and "/" not in address:
            address = facts.own_address(address)
        rule = Rule(protocol=flow.protocol, port=flow.port, source=address, purpose=flow.purpose)
        found.setdefault((rule.protocol, rule.port, rule.network), rule)
    return tuple(found.values())


def _resource(situation: Situation, host: Host) -> Resource:
    site, facts = situation.site, situation.facts[host.name]
    platform = platform_of(facts.os)
    kind = site.networking.firewall.value
    if site.networking.firewall is Firewall.AUTO:
        kind = platform.firewall
    port = site.ssh_for(host).port
    if kind == "firewalld":
        return Firewalld(rules=rules(situation, host), ssh_port=port)
    return Ufw(
        rules=rules(situation, host),
        ssh_port=port,
        knows_vrrp=version(facts, "ufw", platform.ufw.version) >= VRRP_SINCE,
    )


def _confirmed() -> Condition:
    return Condition(
        name="firewall confirmed",
        seen=f"systemctl is-active {ROLLBACK_UNIT}.timer",
        wanted="inactive",
        summary="confirm the firewall over a new session, which ends its rollback timer",
        script=lines([f"systemctl stop {ROLLBACK_UNIT}.timer"]),
    )
