"""keepalived: the balancers' shared address moves when one of them, or its program, fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.platform import platform_of
from wizard.render.template import render
from wizard.resources.directory import Directory
from wizard.resources.file import File
from wizard.resources.unit import Unit, stamp
from wizard.site.application import HEALTH_PATH
from wizard.site.topology import Role
from wizard.steps.task import Phase, Task, task_id

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

CHECK = "/usr/local/libexec/minusnow/check-balancer"
SCRIPT_USER = "nobody"
# VRRP priorities 1 to 254 (RFC 9568, section 5.2.4); the first balancer of the file comes first.
FIRST_PRIORITY = 150
# Where there is a script, keepalived 2.2 ends its own test with SIGTERM, whatever it has found:
# what it says of a line counts, and of a script that others could change.
TEST = (
    "{ status=0; said=$(keepalived -t -f {} 2>&1) || status=$?; printf '%s\\n' \"$said\" >&2;"
    " case $status in 0|143) ;; *) false;; esac"
    " && case $said in *': Line '*|*nsafe*) false;; esac; }"
)


def interface_of(facts: HostFacts, host: Host) -> str:
    """Return the network interface that carries the host's address."""
    if host.interface:
        return host.interface
    address = facts.own_address(host.address)
    found = [each.name for each in facts.interfaces if each.address == address]
    return found[0] if found else "eth0"


def keepalived_task(situation: Situation, host: Host) -> Task:
    """Return the task of one balancer host."""
    site, facts = situation.site, situation.facts[host.name]
    program = platform_of(facts.os).keepalived
    balancers = site.hosts_with(Role.LOAD_BALANCER)
    virtual = site.networking.virtual_ip
    check = File(
        path=CHECK,
        content=render(
            "keepalived/check-balancer.j2", domain=site.networking.domain, health_path=HEALTH_PATH
        ),
        mode=0o755,
        unit=program.unit,
    )
    config = File(
        path=program.config,
        content=render(
            "keepalived/keepalived.conf.j2",
            name=host.name,
            script_user=SCRIPT_USER,
            check=CHECK,
            interface=interface_of(facts, host),
            vrrp_id=site.networking.vrrp_id,
            priority=FIRST_PRIORITY - 10 * balancers.index(host),
            address=facts.own_address(host.address),
            peers=[facts.own_address(peer.address) for peer in balancers if peer != host],
            ipv6=virtual is not None and virtual.version == 6,  # noqa: PLR2004 - the protocol
            virtual_ip=virtual,
        ),
        mode=0o600,
        unit=program.unit,
        foreign=program.config in facts.foreign_files,
        check=TEST,
    )
    return Task(
        phase=Phase.BALANCER,
        step="keepalived",
        host=host.name,
        title="keepalived and the shared address",
        resources=(
            Directory(path="/usr/local/libexec/minusnow"),
            check,
            config,
            Unit(name=program.unit, action="reload", stamp=stamp([check, config])),
        ),
        after=frozenset({task_id("balancer", host.name)}),
        if_left_out=f"{host.name} does not take the shared address over if the other balancer"
        " fails.",
        one_remains=True,
    )
