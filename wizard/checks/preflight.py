"""Preflight: everything that can be known before anything is changed, of all hosts at once."""

from __future__ import annotations

import datetime as dt
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.checks import (
    preflight_certificate,
    preflight_clock,
    preflight_data,
    preflight_machines,
    preflight_names,
    preflight_packages,
    preflight_ports,
    preflight_reach,
    preflight_size,
    preflight_sources,
    preflight_system,
)
from wizard.checks.check import SITE, Finding, Question
from wizard.checks.meeting import meet
from wizard.errors import Cancelled, SetupError
from wizard.facts import sections
from wizard.facts.host import HostFacts
from wizard.site.topology import Role
from wizard.site.values import ip_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.checks.meeting import Met
    from wizard.remote.transport import Transport
    from wizard.site.model import Site
    from wizard.vault.certificates import CertificateCheck

ACCESS = Question(
    "access",
    "Can the installer log in and become root?",
    "an SSH session with a verified host key, and sudo",
)
TIMEOUT = 60.0  # seconds for a host to try every connection; each gives up after a few


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What one host could reach: words by target, and by package source (None: not asked)."""

    answers: Mapping[str, str] = field(default_factory=dict)
    sources: dict[str, str] | None = None


def run_preflight(
    site: Site,
    transports: Mapping[str, Transport | SetupError],
    facts: Mapping[str, HostFacts | SetupError],
    *,
    today: dt.date | None = None,
    node_tarball: str = "",
    certificate: CertificateCheck | None = None,
) -> tuple[Finding, ...]:
    """Return the answers to all questions; one trip to each host, all hosts in parallel.

    Hosts that may be one machine are asked about that in three more. A host that could not be
    reached has the error in place of its transport or facts. `node_tarball` is the version in the
    Node.js tarball, `certificate` the judgement on the certificate's files, if the site has one.
    Raises Cancelled.
    """
    known = {name: seen for name, seen in facts.items() if isinstance(seen, HostFacts)}
    open_ways = {
        name: each for name, each in transports.items() if not isinstance(each, SetupError)
    }
    hosts = [host for host in site.hosts if host.name in open_ways and host.name in known]
    ways: dict[str, Ways | SetupError] = {}
    held = _virtual_address_held(site, known)
    if hosts:
        with ThreadPoolExecutor(max_workers=len(hosts), thread_name_prefix="preflight") as pool:
            trips = {
                host.name: pool.submit(ask, site, open_ways[host.name], known[host.name], held=held)
                for host in hosts
            }
            ways = {name: trip.result() for name, trip in trips.items()}
    met = meet(open_ways, known)
    day = today or dt.datetime.now(tz=dt.UTC).date()
    found = [
        *_access(site, transports, facts),
        *judge(site, known, today=day, node_tarball=node_tarball, met=met),
        *_judge_ways(site, known, ways),
        *(preflight_certificate.check(certificate) if certificate else ()),
    ]
    return _in_order(site, found)


def _in_order(site: Site, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    order = {name: place for place, name in enumerate((SITE, *(host.name for host in site.hosts)))}
    return tuple(sorted(findings, key=lambda finding: order[finding.host]))


def ask_again(
    site: Site,
    transports: Mapping[str, Transport | SetupError],
    facts: Mapping[str, HostFacts | SetupError],
    before: Sequence[Finding],
    *,
    host: str,
    check: str = "",
    today: dt.date | None = None,
    node_tarball: str = "",
    certificate: CertificateCheck | None = None,
) -> tuple[Finding, ...]:
    """Return the findings with those about one host, or one check of it, answered afresh.

    `transports` and `facts` of that host are new, for SITE those of all hosts; of the others the
    facts are what is known, and their findings stay as they are. What concerns the whole site is
    judged again too. Raises: Cancelled.
    """
    asked = {name: way for name, way in transports.items() if host in {SITE, name}}
    fresh = run_preflight(
        site, asked, facts, today=today, node_tarball=node_tarball, certificate=certificate
    )

    def concerned(finding: Finding) -> bool:
        return finding.host in {host, SITE} and check in {"", finding.check}

    new = [finding for finding in fresh if concerned(finding)]
    # In the places of the old ones; a new kind of answer about the host comes after them.
    found: list[Finding] = []
    for old in before:
        if not concerned(old):
            found.append(old)
            continue
        instead = [one for one in new if (one.host, one.check) == (old.host, old.check)]
        found += instead
        new = [one for one in new if one not in instead]
    return _in_order(site, [*found, *new])


def judge(
    site: Site,
    facts: Mapping[str, HostFacts],
    *,
    today: dt.date,
    node_tarball: str = "",
    met: Met | None = None,
) -> Iterator[Finding]:
    """Answer everything that the facts can answer, and what `meet` found; pure."""
    yield from preflight_system.check(site, facts, today=today, node_tarball=node_tarball)
    yield from preflight_machines.check(site, facts, met or {})
    yield from preflight_size.check(site, facts)
    yield from preflight_clock.check(facts)
    yield from preflight_names.check(site, facts)
    yield from preflight_ports.check(site, facts)
    yield from preflight_packages.check(site, facts)
    yield from preflight_data.check(site, facts)


def ask(
    site: Site, transport: Transport, facts: HostFacts, *, held: bool = False
) -> Ways | SetupError:
    """Try every connection a host needs and every package source, in one trip.

    `held`: a balancer of the site has the virtual address now, so nobody is asked at it.
    """
    own = preflight_packages.own_sources(site, facts.os.family) if facts.os.family else ()
    marker = secrets.token_hex(12)
    script = sections.join(
        {
            "reach": preflight_reach.reach_script(
                preflight_reach.targets_of(site, facts.name, held=held)
            ),
            "sources": preflight_sources.sources_script(own),
        },
        marker,
    )
    try:
        result = transport.run(
            script, waiting_for="connections to the other hosts", timeout=TIMEOUT
        )
    except Cancelled:
        raise
    except SetupError as error:
        return error
    seen = sections.split(result.out, marker)
    sources = seen.get("sources")
    return Ways(
        answers=preflight_reach.parse_reach(seen.get("reach", "")),
        sources=None if sources is None else preflight_sources.parse_sources(sources),
    )


def _access(
    site: Site,
    transports: Mapping[str, Transport | SetupError],
    facts: Mapping[str, HostFacts | SetupError],
) -> Iterator[Finding]:
    for host in site.hosts:
        ssh = site.ssh_for(host)
        for seen in (transports.get(host.name), facts.get(host.name)):
            if isinstance(seen, SetupError):
                remedy = seen.remedy or "Correct it and run preflight again."
                yield ACCESS.failed(host.name, seen.seen, remedy)
                break
        else:
            yield ACCESS.ok(host.name, f"as {ssh.user} at {host.address}, port {ssh.port}")


def _judge_ways(
    site: Site, facts: Mapping[str, HostFacts], ways: Mapping[str, Ways | SetupError]
) -> Iterator[Finding]:
    held = _virtual_address_held(site, facts) or any(
        preflight_reach.TAKEN in way.answers for way in ways.values() if isinstance(way, Ways)
    )
    for host in site.hosts:
        way = ways.get(host.name)
        if way is None:
            yield preflight_reach.REACH.skipped(host.name, "the host could not be asked")
        elif isinstance(way, SetupError):
            yield preflight_reach.REACH.failed(
                host.name, way.seen, way.remedy or "Run preflight again."
            )
        else:
            yield from preflight_reach.check_reach(site, host.name, way.answers, held=held)
            yield from preflight_sources.check_sources(host.name, way.sources)


def _virtual_address_held(site: Site, facts: Mapping[str, HostFacts]) -> bool:
    shared = site.networking.virtual_ip
    return shared is not None and any(
        ip_of(interface.address) == shared.ip
        for host in site.hosts_with(Role.LOAD_BALANCER)
        if host.name in facts
        for interface in facts[host.name].interfaces
    )
