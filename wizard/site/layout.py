"""The layout rules: which arrangements of servers are refused, which are warned of, and why.

A refusal has no override. A warning is acknowledged by its id, under `acknowledged:` in the site
file. Hosts count as one when their name, address, resolved address or machine identity agree.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.site.cache import CacheKind
from wizard.site.database import Replication
from wizard.site.machines import Placement, machines
from wizard.site.networking import TlsMode
from wizard.site.risks import RISKS, SMALLEST_LAYOUT
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wizard.site.database import Database
    from wizard.site.model import Site
    from wizard.site.topology import Topology


__all__ = [
    "RISKS",
    "RULES",
    "SMALLEST_LAYOUT",
    "WARNINGS",
    "Refusal",
    "Rule",
    "Warning_",
    "refusals",
    "refusals_of",
    "unacknowledged",
    "warnings",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """A layout rule: what is wanted, what breaks it, why that is bad, and what to do."""

    id: str
    wanted: str
    sentence: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that the layout breaks; `hosts` are the names of those concerned."""

    rule: Rule
    hosts: tuple[str, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 - Python's own Warning is something else
    """A layout that may be installed once its warning is acknowledged by its rule's id."""

    rule: Rule
    hosts: tuple[str, ...]
    seen: str

    @property
    def id(self) -> str:
        """What stands under `acknowledged:` in the site file."""
        return self.rule.id


ONE_SERVER = Rule(
    "one-server",
    "at least five servers",
    "The whole installation stands on one server.",
    "Any fault of that server stops everything, and a failed disk loses the data.",
    "Spread the roles over at least five servers.",
)
APP_WITH_DATABASE = Rule(
    "app-with-database",
    "a host of its own for the database",
    "App and database share a host.",
    "They compete for memory, and one fault takes service and data together.",
    "Give the database a host of its own.",
)
APPS_TOGETHER = Rule(
    "app-servers-together",
    "a host of its own for each app server",
    "Two app servers are on one host.",
    "When that host fails, both are gone: the second protects against nothing.",
    "Give each app server a host of its own.",
)
DATABASES_TOGETHER = Rule(
    "database-servers-together",
    "a host of its own for each database server",
    "Two database servers are on one host.",
    "One failed disk would take primary and standby together.",
    "Give each database server a host of its own.",
)
TOO_FEW_APPS = Rule(
    "too-few-app-servers",
    "at least two hosts with the role 'app'",
    "There are fewer than two app servers.",
    "While it is patched or down, nobody can work.",
    "Add hosts with the role 'app' until there are two.",
)
TOO_FEW_DATABASES = Rule(
    "too-few-database-servers",
    "at least two hosts with the role 'database'",
    "There are fewer than two database servers.",
    "Without a standby there is no second copy of the data and no failover.",
    "Add hosts with the role 'database' until there are two.",
)
PRIMARY_ELSEWHERE = Rule(
    "primary-not-database",
    "the name of a host with the role 'database'",
    "The database primary is not a database host.",
    "PostgreSQL is installed on database hosts only: there would be no primary.",
    "Name one of the hosts with the role 'database' as database.primary.",
)
BALANCER_ON_DATABASE = Rule(
    "balancer-on-database",
    "the balancer on a host of its own, or on an app host",
    "A load balancer is on a database host.",
    "It would put the host that holds the data in reach of the users' network.",
    "Move the balancer to a host of its own, or to an app host.",
)

RULES = (
    ONE_SERVER,
    APP_WITH_DATABASE,
    APPS_TOGETHER,
    DATABASES_TOGETHER,
    TOO_FEW_APPS,
    TOO_FEW_DATABASES,
    PRIMARY_ELSEWHERE,
    BALANCER_ON_DATABASE,
)
"""Every rule that is refused, in the order in which refusals are shown."""


def refusals(
    topology: Topology,
    database: Database,
    resolved: Mapping[str, frozenset[str]] | None = None,
    identities: Mapping[str, str] | None = None,
) -> tuple[Refusal, ...]:
    """The rules that a layout breaks; none means that it may be installed.

    `resolved` holds each host's resolved addresses and `identities` its machine identity, both by
    host name and as far as they are known.
    """
    placements = tuple(
        Placement(host.name, host.address, frozenset(host.roles)) for host in topology.hosts
    )
    return refusals_of(placements, database.primary, resolved or {}, identities or {})


def refusals_of(
    placements: Sequence[Placement],
    primary: str | None,
    resolved: Mapping[str, frozenset[str]],
    identities: Mapping[str, str],
) -> tuple[Refusal, ...]:
    """The rules that are certainly broken, even where part of the layout could not be read."""
    together = machines(placements, resolved, identities)
    found = (
        *_one_server(placements, together),
        *_on_one_machine(APP_WITH_DATABASE, together, Role.APP, Role.DATABASE),
        *_more_than_one(APPS_TOGETHER, together, Role.APP),
        *_more_than_one(DATABASES_TOGETHER, together, Role.DATABASE),
        *_too_few(TOO_FEW_APPS, placements, Role.APP),
        *_too_few(TOO_FEW_DATABASES, placements, Role.DATABASE),
        *_primary(placements, primary),
        *_on_one_machine(BALANCER_ON_DATABASE, together, Role.LOAD_BALANCER, Role.DATABASE),
    )
    return tuple(sorted(found, key=lambda one: (RULES.index(one.rule), one.hosts)))


def _names(placements: Iterable[Placement]) -> tuple[str, ...]:
    return tuple(sorted({placement.name for placement in placements}))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _one_server(
    placements: Sequence[Placement], together: Sequence[tuple[Placement, ...]]
) -> Iterator[Refusal]:
    if len(together) == 1 and all(one.roles is not None for one in placements):
        names = _names(placements)
        seen = f"only {names[0]}" if len(names) == 1 else f"{_listed(names)} are one machine"
        yield Refusal(ONE_SERVER, names, seen)


def _on_one_machine(
    rule: Rule, together: Sequence[tuple[Placement, ...]], first: Role, second: Role
) -> Iterator[Refusal]:
    for machine in together:
        concerned = [one for one in machine if one.has(first) or one.has(second)]
        if any(one.has(first) for one in concerned) and any(one.has(second) for one in concerned):
            names = _names(concerned)
            seen = f"{names[0]} is both" if len(names) == 1 else f"{_listed(names)} are one machine"
            yield Refusal(rule, names, seen)


def _more_than_one(
    rule: Rule, together: Sequence[tuple[Placement, ...]], role: Role
) -> Iterator[Refusal]:
    for machine in together:
        concerned = [one for one in machine if one.has(role)]
        if len(concerned) > 1:
            names = _names(concerned)
            seen = (
                f"{names[0]} is listed {len(concerned)} times"
                if len(names) == 1
                else f"{_listed(names)} are one machine"
            )
            yield Refusal(rule, names, seen)


def _too_few(rule: Rule, placements: Sequence[Placement], role: Role) -> Iterator[Refusal]:
    possible = [one for one in placements if one.roles is None or role in one.roles]
    if len(possible) < 2:  # noqa: PLR2004 - the number the rule is about
        names = _names(possible)
        yield Refusal(rule, names, f"only {names[0]}" if names else "none")


def _primary(placements: Sequence[Placement], primary: str | None) -> Iterator[Refusal]:
    if primary is None:
        return
    named = [one for one in placements if one.name == primary.lower()]
    if any(one.roles is None or one.has(Role.DATABASE) for one in named):
        return
    if not named and any(one.unnamed for one in placements):
        return
    seen = f"{primary} has other roles" if named else f"no host is called {primary}"
    yield Refusal(PRIMARY_ELSEWHERE, (primary,), seen)


SINGLE_BALANCER = Rule(
    "single-balancer",
    "two hosts with the role 'load_balancer'",
    "There is a single load balancer.",
    "When it fails, nobody reaches the app servers, healthy as they are.",
    "Add a second host with the role 'load_balancer' and a virtual address.",
)
SINGLE_STORAGE = Rule(
    "single-storage",
    "a replicated share",
    "There is a single storage server.",
    "When it fails, attachments and audit logs cannot be read or written on any app server.",
    "Use a replicated share with storage.kind 'external', or accept and back it up.",
)
BALANCER_ON_APP = Rule(
    "balancer-on-app",
    "hosts of their own for the balancers",
    "A load balancer is on an app host.",
    "They compete for the host, and one fault takes a balancer and an app server.",
    "Give the balancers hosts of their own.",
)
CACHE_WITHOUT_HOST = Rule(
    "cache-without-host",
    "a host with the role 'cache'",
    "There is no cache.",
    "Each app server keeps its own sessions: losing one logs its users out.",
    "Add a host with the role 'cache', or use cache.kind 'external'.",
)
ONE_SUBNET = Rule(
    "one-subnet",
    "a subnet for each tier",
    "All servers are in one subnet.",
    "A fault or an intruder in that network reaches every tier, the database included.",
    "Put balancers, app servers and databases into subnets of their own.",
)
SELF_SIGNED = Rule(
    "self-signed-certificate",
    "a certificate of a trusted authority",
    "The certificate is self-signed.",
    "Browsers warn every user, and nothing proves that the site is the right one.",
    "Use networking.tls.mode 'provided' with a certificate of a trusted authority.",
)
SYNC_REPLICATION = Rule(
    "sync-replication",
    "a second standby, or database.replication 'async'",
    "Replication is synchronous with a single standby.",
    "While that standby is down, every commit hangs.",
    "Add a second standby, or use database.replication 'async'.",
)

WARNINGS = (
    SINGLE_BALANCER,
    SINGLE_STORAGE,
    BALANCER_ON_APP,
    CACHE_WITHOUT_HOST,
    ONE_SUBNET,
    SELF_SIGNED,
    SYNC_REPLICATION,
)
"""Every rule that is warned of, in the order in which warnings are shown."""


def warnings(site: Site) -> tuple[Warning_, ...]:
    """What of the layout must be acknowledged, whether or not it has been."""
    found = _warnings(site)
    return tuple(sorted(found, key=lambda one: (WARNINGS.index(one.rule), one.hosts)))


def unacknowledged(site: Site) -> tuple[Warning_, ...]:
    """The warnings that the site file does not acknowledge."""
    return tuple(one for one in warnings(site) if one.id not in site.acknowledged)


def _warnings(site: Site) -> Iterator[Warning_]:
    balancers = [host.name for host in site.hosts_with(Role.LOAD_BALANCER)]
    if site.load_balancer.managed and len(balancers) == 1:
        yield Warning_(SINGLE_BALANCER, (balancers[0],), f"only {balancers[0]}")
    if site.storage_host:
        name = site.storage_host.name
        yield Warning_(SINGLE_STORAGE, (name,), f"only {name}")
    for host in site.hosts:
        if host.has(Role.LOAD_BALANCER) and host.has(Role.APP):
            yield Warning_(BALANCER_ON_APP, (host.name,), f"{host.name} is both")
    if site.cache.kind is not CacheKind.EXTERNAL and site.cache_host is None:
        yield Warning_(CACHE_WITHOUT_HOST, (), f"cache.kind is '{site.cache.kind}', no cache host")
    if subnet := _only_subnet(site):
        yield Warning_(ONE_SUBNET, tuple(sorted(host.name for host in site.hosts)), subnet)
    if site.networking.tls.mode is TlsMode.SELF_SIGNED:
        yield Warning_(SELF_SIGNED, (), "networking.tls.mode is 'self-signed'")
    if site.database.replication is Replication.SYNC and len(site.standbys) == 1:
        standby = site.standbys[0].name
        yield Warning_(SYNC_REPLICATION, (standby,), f"only {standby} follows {site.primary.name}")


def _only_subnet(site: Site) -> str | None:
    """The one subnet of all hosts; /24 and /64, the sizes in use, stand for an unknown mask."""
    subnets = {
        str(ipaddress.ip_interface(f"{ip}/{24 if ip.version == 4 else 64}").network)  # noqa: PLR2004 - IPv4
        for host in site.hosts
        if (ip := host.ip)
    }
    every_address_known = all(host.ip for host in site.hosts)
    return subnets.pop() if every_address_known and len(subnets) == 1 else None
