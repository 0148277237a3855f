"""Preflight: is there data of PostgreSQL or Redis that this installer did not make?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.facts.begun import REDIS_DATA, found_files
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts, PostgresCluster
    from wizard.site.model import Site

DATA = Question(
    "database-data",
    "Is there PostgreSQL data of somebody else?",
    "no cluster but the one this installer makes",
)
CACHE_DATA = Question(
    "cache-data",
    "Is there Redis data of somebody else?",
    "no data but what this installer's Redis wrote",
)


def check(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Answer for every database host and the cache; data that was found is never touched."""
    for host in site.hosts_with(Role.DATABASE):
        seen = facts.get(host.name)
        if seen is None:
            continue
        strangers = [cluster for cluster in seen.clusters if not cluster.ours]
        if not strangers:
            yield DATA.ok(host.name, "our own cluster" if seen.clusters else "no cluster")
        for cluster in strangers:
            yield _stranger(site, host.name, cluster)
    cache = facts.get(site.cache_host.name) if site.cache_host else None
    if cache is not None and cache.redis_data:
        yield _cache(cache)


def _cache(facts: HostFacts) -> Finding:
    return CACHE_DATA.failed(
        facts.name,
        found_files(facts.redis_data),
        "This installer never touches it: its own Redis would start without it, and write over it."
        f" Move it out of {REDIS_DATA} if nobody needs it there, or use another host.",
    )


def _stranger(site: Site, host: str, cluster: PostgresCluster) -> Finding:
    holds = (
        f"databases: {', '.join(cluster.databases)}"
        if cluster.databases
        else "no user database was seen in it"
    )
    state = "running" if cluster.running else "stopped"
    seen = f"PostgreSQL {cluster.version or '?'} in {cluster.data} ({state}; {holds})"
    in_the_way = cluster.version == str(site.database.version) or cluster.port == site.database.port
    if in_the_way:
        return DATA.failed(
            host,
            seen,
            "This installer never touches it. Move the data to another machine and remove the"
            " cluster yourself, or use another host.",
        )
    return DATA.warning(
        host,
        f"{seen}; it stays as it is",
        "Two database servers on one machine share its memory: better use a host of its own.",
    )
