"""Balancers: HAProxy or Nginx on each, and keepalived for the address they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.begun import marks
from wizard.facts.platform import platform_of
from wizard.resources.unit import Unit, stamp
from wizard.site.application import HEALTH_PATH
from wizard.site.load_balancer import BalancerKind
from wizard.site.topology import Role
from wizard.steps.haproxy import haproxy_files
from wizard.steps.keepalived import keepalived_task
from wizard.steps.nginx import nginx_files
from wizard.steps.selinux import selinux_booleans, selinux_port
from wizard.steps.task import Phase, Task, task_id

if TYPE_CHECKING:
    from wizard.resources.resource import Resource
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

HTTPS_PORT = 443


def tasks(situation: Situation) -> tuple[Task, ...]:
    """Return balancer and keepalived of each balancer host, in turn where users are served."""
    site = situation.site
    if not site.load_balancer.managed:
        return ()
    hosts = site.hosts_with(Role.LOAD_BALANCER)
    serving = any(
        listener.port == HTTPS_PORT
        for host in hosts
        for listener in situation.facts[host.name].listeners
    )
    found: list[Task] = []
    for index, host in enumerate(hosts):
        before = {task_id("packages", host.name)}
        if serving and index:
            before.add(task_id("balancer", hosts[index - 1].name))
        found.append(
            Task(
                phase=Phase.BALANCER,
                step="balancer",
                host=host.name,
                title="HAProxy" if _haproxy(situation) else "Nginx",
                resources=_resources(situation, host),
                after=frozenset(before),
                if_left_out=f"{host.name} balances nothing; another balancer carries all users.",
                one_remains=True,
            )
        )
        if site.networking.virtual_ip:
            found.append(keepalived_task(situation, host))
    return tuple(found)


def _haproxy(situation: Situation) -> bool:
    return situation.site.load_balancer.kind is BalancerKind.HAPROXY


def _resources(situation: Situation, host: Host) -> tuple[Resource, ...]:
    facts = situation.facts[host.name]
    platform = platform_of(facts.os)
    domain = situation.site.networking.domain
    if _haproxy(situation):
        mine, files = platform.haproxy, haproxy_files(situation, host)
        other, ours = platform.nginx, marks("nginx")
        ports: tuple[Resource, ...] = ()
    else:
        mine, files = platform.nginx, nginx_files(situation, host)
        other, ours = platform.haproxy, marks("haproxy")
        page = situation.site.load_balancer.stats_port
        ports = selinux_port(facts, platform, "http_port_t", page)
    # The one that was there before a change of mind holds the ports; somebody else's is left alone.
    before = (Unit(name=other.unit, running=False, enabled=False),) if ours & facts.begun else ()
    return (
        *selinux_booleans(facts, platform, mine.unit),
        *ports,
        *before,
        *files,
        Unit(
            name=mine.unit,
            action="reload",
            stamp=stamp(files),
            probe=f"curl -sk -o /dev/null --max-time 3 --resolve {domain}:443:127.0.0.1"
            f" https://{domain}{HEALTH_PATH}",
        ),
    )
