"""Proof: who answers at the address that users type, and does anyone believe what they claim?"""

from __future__ import annotations

import csv
import io
import secrets
import shlex
import time
from collections import Counter
from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question, Verdict
from wizard.checks.https import Client
from wizard.checks.proof_balancer import CLAIMED
from wizard.checks.proof_ground import SERVED_BY, SERVICE
from wizard.errors import SetupError
from wizard.site.application import HEALTH_PATH
from wizard.site.cache import CacheKind
from wizard.site.load_balancer import BalancerKind
from wizard.site.topology import Mode, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.checks.proof_ground import Ground
    from wizard.site.model import Site

OK = 200
MOST_REQUESTS = 24  # that follow each other until every node was seen
FEWEST_REQUESTS = 8
# A node that has just started is used again after two checks of the balancers, 2 s apart.
SEEN_WITHIN = 20.0  # seconds for the right nodes to answer
PAUSE = 1.0  # seconds between two rounds
STEADY = 8  # good answers in a row
SETTLES_WITHIN = 30.0  # seconds after changes
TIMEOUT = 30.0  # seconds for a host to read its log

FRONT = Question("front", "Does the site answer at its own address?", "200 for every request")
NODES = Question("front-nodes", "Do the right nodes answer through it?")
SPOOF = Question(
    "forwarded-for", "Is what a client claims about its address ignored?", "the real address"
)
_LOG = "See the balancers' logs and the state of the nodes."


def settle(ground: Ground) -> float:
    """Wait until the front and every balancer answer steadily; return the seconds it took.

    Balancers that saw no node while services started or firewalls were put in place look again
    every 2 s, and want two good answers. It ends after a while, well or not. Raises: Cancelled.
    """
    begin = time.monotonic()
    addresses = [ground.front, *(ground.address_of(balancer) for balancer in ground.balancers)]
    for address in dict.fromkeys(addresses):
        _settle_one(ground, address, begin + SETTLES_WITHIN)
    return time.monotonic() - begin


def _settle_one(ground: Ground, address: str, end: float) -> None:
    client = ground.client(address, timeout=3.0)
    good = 0
    while client is not None and good < STEADY and time.monotonic() < end:
        try:
            good = good + 1 if client.ask(HEALTH_PATH).status == OK else 0
        except SetupError:
            good = 0
        ground.stop.raise_if_cancelled()
        # Below the rate limit, which counts these requests as well.
        ground.stop.wait(1 / ground.site.load_balancer.rate_limit if good else PAUSE)


def check(ground: Ground, *, settled: float = 0.0) -> Iterator[Finding]:
    """Ask through the front until every node was seen, or often enough.

    `settled`: the seconds that were waited before, until it answered steadily.
    """
    client = ground.client(ground.front)
    if client is None:
        yield FRONT.skipped(SITE, "every host is a balancer: nobody to ask from")
        return
    token = secrets.token_hex(8)
    path = f"{HEALTH_PATH}?minusnow-setup={token}"
    asked, failed, end = 0, list[str](), time.monotonic() + SEEN_WITHIN
    while True:
        before = _haproxy_counts(ground)
        seen, requests, wrong = _round(client, path, len(wanted_nodes(ground.site)))
        asked, failed = asked + requests, failed + wrong
        nodes = judge_nodes(ground.site, _named(ground, seen) or _counted(ground, before, token))
        if nodes.verdict is not Verdict.FAILED or time.monotonic() > end:
            break
        ground.stop.raise_if_cancelled()
        ground.stop.wait(PAUSE)
    url = f"{ground.site.base_url} at {ground.front}"
    waited = f"; it was steady after {settled:.0f} s" if settled > PAUSE else ""
    if failed:
        yield FRONT.failed(SITE, f"{url}: {len(failed)} of {asked} failed: {failed[0]}", _LOG)
    else:
        words = f"{url}: {asked} requests from {client.transport.host}, all 200{waited}"
        yield FRONT.ok(SITE, words)
    if len(failed) < asked:
        yield nodes


def wanted_nodes(site: Site) -> tuple[str, ...]:
    """Return the app servers that have to answer while all are well."""
    names = tuple(host.name for host in site.hosts_with(Role.APP))
    return names[:1] if site.topology.mode is Mode.ACTIVE_PASSIVE else names


def judge_nodes(site: Site, served: Mapping[str, int]) -> Finding:
    """Compare who answered, and how often, with who should."""
    wanted = wanted_nodes(site)
    words = ", ".join(f"{node} {count}x" for node, count in sorted(served.items()))
    text = f"{' and '.join(wanted)}{'' if len(wanted) > 1 else ' only'}"
    if not served:
        return NODES.skipped(SITE, f"the application tells no node ({SERVED_BY}), nor a balancer")
    kept = site.cache.kind is CacheKind.NONE and site.load_balancer.kind is BalancerKind.NGINX
    if set(served) == set(wanted):
        return NODES.ok(SITE, words)
    if kept and set(served) <= set(wanted):
        return NODES.ok(SITE, f"{words}; without a cache each client stays on one node")
    if not site.load_balancer.managed:
        return NODES.warning(SITE, words, "See the settings of your balancer.", wanted=text)
    return NODES.failed(SITE, words, _LOG, wanted=text)


def _round(client: Client, path: str, nodes: int) -> tuple[Counter[str], int, list[str]]:
    """Return how often each node answered, how many requests were made, and what failed."""
    seen: Counter[str] = Counter()
    failed: list[str] = []
    most = MOST_REQUESTS if nodes > 1 else FEWEST_REQUESTS
    for asked in range(1, most + 1):
        try:
            # A new connection each time: a balancer may keep one connection on one node.
            answer = client.ask(path)
        except SetupError as error:
            failed.append(error.seen)
            continue
        if answer.status != OK:
            failed.append(f"status {answer.status}")
        elif answer.header(SERVED_BY):
            seen[answer.header(SERVED_BY)] += 1
        if len(seen) >= nodes and asked >= FEWEST_REQUESTS:
            return seen, asked, failed
    return seen, most, failed


def _named(ground: Ground, seen: Mapping[str, int]) -> dict[str, int]:
    named: Counter[str] = Counter()
    for name, count in seen.items():
        host = ground.node_named(name)
        named[host.name if host else name] += count
    return dict(named)


def _counted(ground: Ground, before: Mapping[str, int], token: str) -> dict[str, int]:
    """Return what the balancers themselves say of who answered."""
    if ground.site.load_balancer.kind is BalancerKind.HAPROXY:
        after = _haproxy_counts(ground)
        return {
            name: more for name, count in after.items() if (more := count - before.get(name, 0)) > 0
        }
    if ground.site.load_balancer.kind is BalancerKind.NGINX:
        return _nginx_counts(ground, token)
    return {}


def _haproxy_counts(ground: Ground) -> dict[str, int]:
    """Return the requests per server as the statistics pages tell; empty if they do not."""
    site = ground.site
    if site.load_balancer.kind is not BalancerKind.HAPROXY:
        return {}
    total: Counter[str] = Counter()
    for balancer in ground.balancers:
        page = Client(
            transport=ground.transports[balancer.name],
            address="127.0.0.1",
            domain="localhost",
            context=None,
            port=site.load_balancer.stats_port,
        )
        try:
            total += Counter(requests_in(page.ask("/stats;csv").body.decode(errors="replace")))
        except SetupError:
            return {}
    return dict(total)


def requests_in(text: str) -> dict[str, int]:
    """Return the sessions of each server in HAProxy's statistics (CSV)."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("# ")))
    return {
        row["svname"]: int(row["stot"])
        for row in rows
        if row.get("pxname") == "minusnow"
        and row.get("svname") not in {"FRONTEND", "BACKEND"}
        and (row.get("stot") or "").isdigit()
    }


def _nginx_counts(ground: Ground, token: str) -> dict[str, int]:
    text = "".join(
        _lines(ground, balancer.name, f"grep -F {token} /var/log/nginx/access.log || true\n")
        for balancer in ground.balancers
    )
    port = ground.site.application.port
    return {
        app.name: count
        for app in ground.site.hosts_with(Role.APP)
        if (count := text.count(f" {ground.address_of(app)}:{port} "))
    }


def check_spoof(ground: Ground, token: str) -> Iterator[Finding]:
    """Look into the nodes' logs for the request that claimed another address."""
    asker = ground.asker
    if asker is None or not ground.balancers:
        return
    script = (
        f"journalctl -u {SERVICE}.service --since -5min -o cat --no-pager"
        f" | grep -F {shlex.quote(token)} || true\n"
    )
    lines = [
        line
        for node in ground.reached(Role.APP)
        for line in _lines(ground, node.name, script).splitlines()
    ]
    own = ground.address_of(ground.site.host(asker.host))
    yield judge_spoof([balancer.name for balancer in ground.balancers], token, lines, own)


def judge_spoof(balancers: Sequence[str], token: str, lines: Sequence[str], own: str) -> Finding:
    """Answer from the log lines with the token; `own` is the address that really asked."""
    believed = [
        balancer
        for balancer in balancers
        if any(f"{token}-{balancer}" in line and CLAIMED in line for line in lines)
    ]
    told = [
        balancer
        for balancer in balancers
        if any(f"{token}-{balancer}" in line and own in line for line in lines)
    ]
    if believed:
        return SPOOF.failed(
            SITE, f"through {', '.join(believed)} the node saw {CLAIMED}", "Apply the site again."
        )
    if set(told) == set(balancers):
        return SPOOF.ok(SITE, f"{CLAIMED} claimed, {own} logged by the node")
    return SPOOF.skipped(SITE, "the application logs no addresses")


def _lines(ground: Ground, host: str, script: str) -> str:
    return ground.transports[host].run(script, waiting_for="the end of a log", timeout=TIMEOUT).out
