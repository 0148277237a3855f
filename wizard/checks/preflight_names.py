"""Preflight: do names and addresses lead where the site says?"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question
from wizard.site.topology import Role
from wizard.site.values import ip_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts
    from wizard.site.model import Site
    from wizard.site.topology import Host

LOCALHOST = Question("localhost", "Does the host know localhost?", "127.0.0.1 or ::1")
NAMES = Question("names", "Do the hosts' names resolve?")
DOMAIN = Question("domain", "Does the users' name lead to the balancers?")
MAIL = Question("mail-name", "Does the mail relay's name resolve?", "an address")
ADDRESS = Question("address", "Is the site's address on the host?")
NETWORK = Question("private-network", "Is the host in the private network?")
VIRTUAL = Question("virtual-ip", "Is the virtual address free, and in the balancers' network?")


def check(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Answer for every host whose facts are known."""
    for host in site.hosts:
        if host.name in facts:
            seen = facts[host.name]
            yield _localhost(host, seen)
            yield _names(site, host, seen)
            yield _address(host, seen)
            yield from _network(site, host, seen)
            yield from _mail(site, host, seen)
    if facts:
        yield _domain(site, facts)
    yield from _virtual(site, facts)


def _localhost(host: Host, facts: HostFacts) -> Finding:
    ip = ip_of(facts.resolves.get("localhost", ""))
    if ip is not None and ip.is_loopback:
        return LOCALHOST.ok(host.name, str(ip))
    report = LOCALHOST.failed if host.has(Role.DATABASE) else LOCALHOST.warning
    return report(
        host.name,
        f"localhost is {ip or 'unknown'}",
        "Add `127.0.0.1 localhost` to /etc/hosts: without it PostgreSQL's package hangs.",
    )


def _names(site: Site, host: Host, facts: HostFacts) -> Finding:
    """With DNS the short names must resolve; addresses that are names must in any case."""
    wrong = []
    for other in site.hosts:
        if ip_of(other.address) is None and not facts.resolves.get(other.address):
            wrong.append(f"{other.address} is unknown")
        elif site.networking.dns and other.name != host.name:
            answer = facts.resolves.get(other.name, "")
            wanted = _resolved(other, facts)
            if not answer:
                wrong.append(f"{other.name} is unknown")
            elif wanted and ip_of(answer) != wanted:
                wrong.append(f"{other.name} is {answer} instead of {wanted}")
    if wrong:
        return NAMES.failed(
            host.name,
            "; ".join(wrong),
            "Correct the DNS records; or give addresses in the site file and set"
            " `networking.dns: false`, then the installer writes /etc/hosts.",
            wanted="every host under its address",
        )
    return NAMES.ok(
        host.name, "by DNS" if site.networking.dns else "the installer writes /etc/hosts"
    )


def _resolved(host: Host, facts: HostFacts) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    return ip_of(host.address) or ip_of(facts.resolves.get(host.address, ""))


def _domain(site: Site, facts: Mapping[str, HostFacts]) -> Finding:
    domain = site.networking.domain
    wanted: set[ipaddress.IPv4Address | ipaddress.IPv6Address]
    if site.networking.virtual_ip:
        wanted = {site.networking.virtual_ip.ip}
    else:
        addresses = [host.ip for host in site.hosts_with(Role.LOAD_BALANCER)]
        wanted = {address for address in addresses if address}
    answers = {seen.resolves.get(domain, "") for seen in facts.values()} - {""}
    listed = " or ".join(str(ip) for ip in sorted(wanted, key=str)) or "an address"
    remedy = f"Create a DNS record: {domain} -> {listed}."
    if not answers:
        return DOMAIN.warning(SITE, f"{domain} is unknown to the hosts", remedy, wanted=listed)
    if wanted and site.load_balancer.managed and not {ip_of(each) for each in answers} <= wanted:
        seen = f"{domain} is {', '.join(sorted(answers))}"
        return DOMAIN.warning(SITE, seen, remedy, wanted=listed)
    return DOMAIN.ok(SITE, f"{domain} is {', '.join(sorted(answers))}")


def _mail(site: Site, host: Host, facts: HostFacts) -> Iterator[Finding]:
    relay = site.networking.smtp.host
    if not host.has(Role.APP) or ip_of(relay) is not None:
        return
    if answer := facts.resolves.get(relay):
        yield MAIL.ok(host.name, f"{relay} is {answer}")
    else:
        yield MAIL.warning(
            host.name,
            f"{relay} is unknown",
            "Correct networking.smtp.host or the DNS; until then no mail leaves.",
        )


def _address(host: Host, facts: HostFacts) -> Finding:
    wanted = _resolved(host, facts)
    if wanted is None:
        return ADDRESS.skipped(host.name, f"{host.address} has no address here")
    for interface in facts.interfaces:
        if ip_of(interface.address) == wanted:
            return ADDRESS.ok(host.name, f"{wanted} on {interface.name}")
    seen = ", ".join(
        f"{each.address} on {each.name}" for each in facts.interfaces if _is_global(each.address)
    )
    return ADDRESS.failed(
        host.name,
        seen or "no address was seen",
        "Give the address that the host itself has in the private network (not one that is"
        " translated on the way) in topology.hosts.",
        wanted=f"{wanted} on one of its interfaces",
    )


def _is_global(address: str) -> bool:
    ip = ip_of(address)
    return ip is not None and not ip.is_loopback and not ip.is_link_local


def _network(site: Site, host: Host, facts: HostFacts) -> Iterator[Finding]:
    network, ip = site.networking.private_network, _resolved(host, facts)
    if ip is None:
        return
    if ip in network:
        yield NETWORK.ok(host.name, f"{ip} is in {network}")
        return
    # A balancer may stand at the edge; the others are let through by their network.
    edge = host.roles == (Role.LOAD_BALANCER,)
    yield (NETWORK.warning if edge else NETWORK.failed)(
        host.name,
        f"{ip} is outside {network}",
        "Correct networking.private_network or the host's address.",
        wanted=f"an address in {network}",
    )


def _virtual(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Strangers that hold the address but are no hosts of the site are found by reaching out."""
    shared = site.networking.virtual_ip
    if shared is None or not site.load_balancer.managed:
        return
    balancers = [host.name for host in site.hosts_with(Role.LOAD_BALANCER)]
    for name, seen in facts.items():
        addresses = {ip_of(each.address) for each in seen.interfaces}
        if shared.ip in addresses and name not in balancers:
            yield VIRTUAL.failed(
                name,
                f"{shared.ip} is an address of this host, which is no balancer",
                "Choose a virtual address that no machine has.",
            )
        if name in balancers:
            if any(_holds(each.address, each.prefix, shared.ip) for each in seen.interfaces):
                yield VIRTUAL.ok(name, f"{shared.ip} is in a network of this balancer")
            else:
                yield VIRTUAL.warning(
                    name,
                    f"no interface has a network with {shared.ip} in it",
                    "Choose a virtual address in the balancers' network, or route it to them.",
                )


def _holds(address: str, prefix: int, ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return ip in ipaddress.ip_interface(f"{address.partition('%')[0]}/{prefix}").network
    except ValueError:
        return False
