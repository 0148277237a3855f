"""The proof of a simulated site: its questions, answered from what the simulated hosts remember.

It proves nothing about a product; every answer says that it is simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks import (
    drill_address,
    drill_node,
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
from wizard.checks.check import SITE, Finding, Question
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wizard.site.model import Site

Asked = tuple[Question, str, tuple[str, ...]]  # of whom, and the steps that make it true

_BALANCER = (
    proof_balancer.CERTIFICATE,
    proof_balancer.REDIRECT,
    proof_balancer.HEADERS,
    proof_balancer.BODY,
    proof_balancer.WEBSOCKET,
)
_APPLICATION = (
    proof_application.HEALTH,
    proof_application.STATUS,
    proof_application.ACCOUNT,
    proof_application.ENVIRONMENT,
)
_CACHE = (proof_cache.LOCKED, proof_cache.ANSWERS, proof_cache.BOUND)


def simulated_proof(
    site: Site, tasks: Collection[str], done: Collection[str], *, drills: bool
) -> Iterator[Finding]:
    """Answer every question: ok once all tasks of its steps are done on the simulated hosts."""
    for question, host, steps in _questions(site, drills=drills):
        asked = [task for task in tasks if task.partition("@")[0] in steps]
        if host != SITE:
            asked = [task for task in asked if task.endswith(f"@{host}")]
        left = [task for task in asked if task not in done]
        if left:
            yield question.failed(
                host, f"simulated: not done: {', '.join(left)}", "Go on with the installation."
            )
        elif asked:
            yield question.ok(host, f"simulated: {', '.join(dict.fromkeys(_steps(asked)))} done")
        else:
            yield question.skipped(host, "simulated: no step of this site is about it")


def _steps(tasks: list[str]) -> Iterator[str]:
    return (task.partition("@")[0] for task in tasks)


def _questions(site: Site, *, drills: bool) -> Iterator[Asked]:
    front = ("balancer", "keepalived", "service")
    yield proof_front.FRONT, SITE, front
    yield proof_front.NODES, SITE, front
    if site.networking.virtual_ip:
        yield proof_address.HELD, SITE, ("keepalived",)
    yield from _of_hosts(site)
    yield proof_storage.SHARED, SITE, ("mounts", "nfs-server")
    yield proof_replication.REPLICATION, SITE, ("standby", "streaming")
    if drills:
        yield drill_node.LOST, SITE, ("service", "balancer")
        yield drill_node.SESSION, SITE, ("service", "redis")
        yield drill_address.MOVES, SITE, ("keepalived",)


def _of_hosts(site: Site) -> Iterator[Asked]:
    for host in site.hosts:
        if host.has(Role.LOAD_BALANCER) and site.load_balancer.managed:
            yield from ((one, host.name, ("balancer",)) for one in _BALANCER)
        if host.has(Role.APP):
            yield from ((one, host.name, ("service",)) for one in _APPLICATION)
            yield proof_storage.MOUNT, host.name, ("mounts",)
        if host.has(Role.DATABASE):
            yield proof_database.CERTIFICATE, host.name, ("postgres", "standby")
        if host == site.cache_host:
            yield from ((one, host.name, ("redis",)) for one in _CACHE)
        yield proof_network.FIREWALL, host.name, ("firewall", "firewall-confirmed")
        yield proof_network.OPEN, host.name, ("firewall",)
