"""Drill: a client that asks too fast is told so, and only for as long as it does."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.checks.proof_front import OK
from wizard.checks.proof_halt import wait_until
from wizard.errors import Cancelled, HostError, SetupError
from wizard.site.application import HEALTH_PATH
from wizard.site.load_balancer import BalancerKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.checks.https import Client
    from wizard.checks.proof_ground import Ground
    from wizard.site.topology import Host

REFUSED = 429
ABOVE = 50  # requests more than are let through
LARGEST_LIMIT = 2000  # requests per second that one connection over SSH can exceed
LINES = 30  # connections at the same time: a node that answers slowly must not slow the burst down
FEWEST_PER_LINE = 10
MOST_PER_LINE = 90  # requests: old versions of Nginx close a connection after 100
SPARED_WITHIN = 30.0  # seconds until the client is let in again
BURST_TIMEOUT = 20.0  # seconds for the answers of one connection

RATE = Question("drill-rate", "Is a client that asks too fast turned away?", "429, then 200 again")


def drill(ground: Ground) -> Iterator[Finding]:
    """Send one burst to each balancer from one host, and wait until it is let in again."""
    for balancer in ground.balancers:
        yield _one(ground, balancer)


def burst_size(kind: BalancerKind, limit: int) -> int:
    """Return how many requests exceed the limit if they come within a moment."""
    return limit * (2 if kind is BalancerKind.NGINX else 1) + ABOVE


def let_through(kind: BalancerKind, limit: int, seconds: float) -> float:
    """Return how many pass in a time; Nginx lets one second's worth through besides."""
    return limit * (seconds + (1 if kind is BalancerKind.NGINX else 0))


def _one(ground: Ground, balancer: Host) -> Finding:
    site = ground.site
    limit = site.load_balancer.rate_limit
    client = ground.client(ground.address_of(balancer))
    if client is None:
        return RATE.skipped(balancer.name, "every host is a balancer: nobody to ask from")
    if limit > LARGEST_LIMIT:
        return RATE.skipped(balancer.name, f"a limit of {limit}/s is more than one host can try")
    try:
        return _measure(ground, balancer.name, client)
    except SetupError as error:
        if isinstance(error, Cancelled):
            raise
        return RATE.failed(balancer.name, error.seen, "See the balancer's log on this host.")


def _measure(ground: Ground, host: str, client: Client) -> Finding:
    kind, limit = ground.site.load_balancer.kind, ground.site.load_balancer.rate_limit
    count = burst_size(kind, limit)
    begin = time.monotonic()
    statuses = burst(client, count)
    seconds = time.monotonic() - begin
    spared = wait_until(ground, lambda: _let_in(client), within=SPARED_WITHIN, pause=0.5)
    refused = statuses.count(REFUSED)
    words = f"{count} requests in {seconds:.1f} s: {refused} times 429"
    if not refused and len(statuses) <= let_through(kind, limit, seconds):
        return RATE.skipped(host, f"{len(statuses)} in {seconds:.1f} s is not above {limit}/s")
    if not refused:
        return RATE.failed(host, words, "Apply the site again.")
    if spared is None:
        return RATE.failed(
            host, f"{words}; still refused {SPARED_WITHIN:.0f} s later", "Apply the site again."
        )
    return RATE.ok(host, f"{words}, let in again {spared:.1f} s later")


def _let_in(client: Client) -> bool:
    try:
        return client.ask(HEALTH_PATH).status == OK
    except SetupError:
        return False


def burst(client: Client, count: int) -> list[int]:
    """Return the statuses of that many requests, sent without waiting.

    Several connections, each with requests that follow each other before the first answer. One that
    does not come about says nothing about the limit. Raises: HostError if none does.
    """
    each = min(MOST_PER_LINE, max(FEWEST_PER_LINE, -(-count // LINES)))
    sizes = [min(each, count - start) for start in range(0, count, each)]
    with ThreadPoolExecutor(max_workers=len(sizes)) as pool:
        lines = [pool.submit(_line, client, size) for size in sizes]
    broken = [error for line in lines if (error := line.exception())]
    for error in broken:
        if len(broken) == len(lines) or not isinstance(error, HostError):
            raise error
    return [status for line in lines if not line.exception() for status in line.result()]


def _line(client: Client, count: int) -> list[int]:
    request = f"GET {HEALTH_PATH} HTTP/1.1\r\nHost: {client.domain}\r\n"
    last = f"{request}Connection: close\r\n\r\n"
    data = (f"{request}\r\n" * (count - 1) + last).encode()
    received = bytearray()
    with client.line() as line:
        sock = line.connection.sock
        end = time.monotonic() + BURST_TIMEOUT
        try:
            sock.sendall(data)
            while time.monotonic() < end and (part := sock.recv(65536)):
                received += part
        except OSError as error:
            if not received:
                raise HostError(f"{client.where}: {error}") from None
    return statuses_in(bytes(received))


def statuses_in(received: bytes) -> list[int]:
    """Return the status of each answer in what came over one connection."""
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)]
