"""Proof: everything an installed site promises, asked of the site itself.

The passive part changes nothing that users notice. The drills stop an app server and a balancer
for a moment, and put them back.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from wizard.checks import (
    drill_address,
    drill_node,
    drill_rate,
    proof_address,
    proof_application,
    proof_balancer,
    proof_cache,
    proof_database,
    proof_front,
    proof_network,
    proof_replication,
    proof_storage,
)
from wizard.checks.check import SITE, Finding, Question, Verdict
from wizard.checks.proof_ground import Ground
from wizard.errors import Cancelled, HostError, SetupError
from wizard.facts import sections
from wizard.remote.cancellation import Cancellation
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wizard.checks.proof_ground import DatabaseOpener
    from wizard.facts.host import HostFacts
    from wizard.remote.transport import Transport
    from wizard.site.model import Site
    from wizard.site.topology import Host
    from wizard.vault.secret import Secrets as KnownSecrets

TIMEOUT = 90.0  # seconds for a host's own part; every question in it gives up after a few

ASKED = Question("asked", "Could it be asked?")
DRILLS = Question("drills", "Does the site go on when a part of it stops?")

# A site on which one of these is not right may stand on one leg: a drill would push it over.
_SOUND = {
    "app-health",
    "app-components",
    "ways-open",
    "virtual-held",
    "certificate",
    "front",
    "asked",
}

# Who asks whom, in the order requests travel: the order of the proof.
_ORDER = (
    "asked",
    "front",
    "virtual",
    "certificate",
    "redirect",
    "security",
    "version",
    "body",
    "websocket",
    "forwarded",
    "app",
    "storage",
    "cache",
    "database",
    "replication",
    "firewall",
    "ways",
    "mail",
    "drill",
)


def prove(
    site: Site,
    transports: Mapping[str, Transport],
    facts: Mapping[str, HostFacts],
    secrets: KnownSecrets,
    *,
    open_database: DatabaseOpener,
    drills: bool,
    on_finding: Callable[[Finding], None],
    after_changes: bool = False,
    stop: Cancellation | None = None,
) -> tuple[Finding, ...]:
    """Return every finding about an installed site, and hand each out as it is found.

    A question that could not be asked is a finding of its own. `after_changes`: what has just been
    started is given a moment until it answers steadily; the proof tells how long that took. With
    `stop` set the waits end early. Raises: Cancelled; what a drill stopped is started again, by the
    host itself if need be.
    """
    ground = Ground(
        site=site,
        transports=transports,
        facts=facts,
        secrets=secrets,
        open_database=open_database,
        on_finding=on_finding,
        stop=stop or Cancellation(),
    )
    _passive(ground, settled=proof_front.settle(ground) if after_changes else 0.0)
    if drills:
        _drill(ground)
    return in_order(site, ground.findings)


def in_order(site: Site, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by topic, and within a topic by host as in the site file."""
    hosts = {name: place for place, name in enumerate((SITE, *(host.name for host in site.hosts)))}
    topics = {name: place for place, name in enumerate(_ORDER)}

    def place(finding: Finding) -> tuple[int, int]:
        topic = finding.check.partition("-")[0]
        return topics.get(topic, len(topics)), hosts.get(finding.host, 0)

    return tuple(sorted(findings, key=place))


def _passive(ground: Ground, *, settled: float) -> None:
    """Ask everything that disturbs nobody, all at the same time."""
    token = secrets_token()
    parts: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        (SITE, partial(_hosts, ground)),
        (SITE, partial(proof_storage.check, ground)),
        (SITE, partial(proof_cache.check, ground)),
        (SITE, partial(proof_database.check, ground)),
        (SITE, partial(proof_replication.check, ground)),
        (SITE, partial(proof_front.check, ground, settled=settled)),
        *(
            (balancer.name, partial(proof_balancer.check, ground, balancer, token))
            for balancer in ground.balancers
        ),
    ]
    _all(ground, parts)
    _all(ground, [(SITE, partial(proof_front.check_spoof, ground, token))])


def secrets_token() -> str:
    """Return a random word that marks this proof's own requests in logs."""
    return secrets.token_hex(8)


def _all(ground: Ground, parts: list[tuple[str, Callable[[], Iterable[Finding]]]]) -> None:
    with ThreadPoolExecutor(max_workers=len(parts), thread_name_prefix="proof") as pool:
        running = [pool.submit(_report, ground, host, part) for host, part in parts]
    for each in running:
        each.result()


def _report(ground: Ground, host: str, part: Callable[[], Iterable[Finding]]) -> None:
    """Report what a part finds; one that cannot go on is reported too. Raises: Cancelled."""
    try:
        ground.report(part())
    except Cancelled:
        raise
    except SetupError as error:
        remedy = error.remedy or "Correct it and prove the site again."
        ground.report([ASKED.failed(error.host or host, error.seen, remedy)])


def _hosts(ground: Ground) -> Iterable[Finding]:
    """Ask every host about itself, one trip each; the virtual address needs all answers."""
    hosts = [host for host in ground.site.hosts if host.name in ground.transports]
    for host in ground.site.hosts:
        if host not in hosts:
            yield ASKED.failed(host.name, "there is no connection", "Prove the site again.")
    with ThreadPoolExecutor(max_workers=max(len(hosts), 1)) as pool:
        trips = {host.name: pool.submit(_host, ground, host) for host in hosts}
    held: dict[str, str] = {}
    for name, trip in trips.items():
        try:
            findings, held_text = trip.result()
        except Cancelled:
            raise
        except SetupError as error:
            yield ASKED.failed(name, error.seen, error.remedy or "Prove the site again.")
            continue
        yield from findings
        if ground.site.load_balancer.managed and ground.site.host(name).has(Role.LOAD_BALANCER):
            held[name] = held_text
    if held:
        yield proof_address.check(ground.site, held)


def _host(ground: Ground, host: Host) -> tuple[list[Finding], str]:
    """Return what one host's own trip shows, and what it says of the virtual address."""
    site = ground.site
    ways = proof_network.ways_from(ground, host)
    parts = {"firewall": proof_network.SECTION, "ways": proof_network.section_for(ways)}
    if host.has(Role.APP):
        parts |= proof_application.sections(site.application.port)
    if host.has(Role.LOAD_BALANCER):
        parts["held"] = proof_address.held_section(site)
    if host == site.cache_host:
        parts["listeners"] = proof_cache.listeners_section(site.cache.port)
    marker = secrets_token()
    result = ground.transports[host.name].run(
        sections.join(parts, marker), waiting_for="the host's own part", timeout=TIMEOUT
    )
    if not sections.complete(result.out, marker):
        raise HostError(f"the script ended early with status {result.status}", host=host.name)
    seen = sections.split(result.out, marker)
    found = [
        proof_network.check_firewall(ground, host, seen.get("firewall", "")),
        *proof_network.check_ways(ground, host, ways, seen.get("ways", "")),
    ]
    if host.has(Role.APP):
        found += proof_application.check(host.name, seen)
    if host == site.cache_host:
        found.append(proof_cache.check_bound(host.name, seen.get("listeners", "")))
    return found, seen.get("held", "")


def _drill(ground: Ground) -> None:
    """Stop one part after the other; not on a site that is not sound."""
    unsound = [
        f"{each.check} of {each.host}"
        for each in ground.findings
        if each.verdict is Verdict.FAILED and each.check in _SOUND
    ]
    if unsound:
        ground.report(
            [
                DRILLS.skipped(
                    SITE, f"not on a site that may have one leg only: {', '.join(unsound)}"
                )
            ]
        )
        return
    if not ground.balancers:
        ground.report([DRILLS.skipped(SITE, "the balancer is not ours: nobody says what it does")])
        return
    for part in (drill_node.drill, drill_address.drill, drill_rate.drill):
        ground.stop.raise_if_cancelled()
        _report(ground, SITE, partial(part, ground))
