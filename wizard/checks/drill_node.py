"""Drill: an app server stops; do requests go on, and does a session survive it?"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question
from wizard.checks.proof_front import OK, wanted_nodes
from wizard.checks.proof_ground import SERVED_BY, SERVICE
from wizard.checks.proof_halt import Watch, halted, wait_until
from wizard.errors import HostError, SetupError
from wizard.site.application import HEALTH_PATH
from wizard.site.cache import CacheKind
from wizard.site.topology import Mode, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.checks.https import Client
    from wizard.checks.proof_ground import Ground

LOGIN_PATH, SESSION_PATH, LOGOUT_PATH = "/api/login", "/api/session", "/api/logout"
USER = "minusnow-setup"
ENOUGH = 10  # answers in a row that show that it goes on
GOES_ON_WITHIN = 30.0  # seconds
HEALTHY_WITHIN = 120.0  # seconds for a node to start; less than the host's own promise is no use
ROTATION_WITHIN = 60.0  # seconds for the balancers to use a node again

LOST = Question("drill-node", "Do requests go on when an app server stops?", "no failed request")
SESSION = Question("drill-session", "Does a session survive the loss of its app server?", "valid")
BACK = Question("drill-node-back", "Does the app server come back?", "healthy, and used again")
_LOG = "See the balancers' logs and `journalctl -u minusnow` on the nodes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A user who is logged in; without a cookie, one who only looks at /health."""

    client: Client
    cookie: str
    why_not: str  # why there is no session

    def look(self) -> str:
        """Return the node that answered, "?" if it tells no name; raises HostError."""
        path = SESSION_PATH if self.cookie else HEALTH_PATH
        answer = self.client.ask(path, headers={"Cookie": self.cookie} if self.cookie else {})
        if answer.status != OK:
            raise HostError(f"status {answer.status} at {path}")
        return answer.header(SERVED_BY) or "?"


def drill(ground: Ground) -> Iterator[Finding]:
    """Stop the app server that answers, watch the other take over, and start it again."""
    client = ground.client(ground.front, timeout=3.0)
    nodes = [host.name for host in ground.reached(Role.APP)]
    if client is None or len(nodes) < 2:  # noqa: PLR2004 - one to stop and one to go on
        yield LOST.skipped(SITE, "it needs two app servers and a host to ask from")
        return
    visit = log_in(client)
    try:
        yield from _stop_and_watch(ground, visit, nodes)
    finally:
        log_out(visit)


def log_in(client: Client) -> Visit:
    """Return a session if the application has the plain login that a rehearsal has."""
    body = json.dumps({"user": USER}).encode()
    answer = client.ask(
        LOGIN_PATH, method="POST", headers={"Content-Type": "application/json"}, body=body
    )
    cookie = answer.header("Set-Cookie").partition(";")[0]
    if answer.status == OK and cookie:
        return Visit(client=client, cookie=cookie, why_not="")
    why = f"{answer.status} at {LOGIN_PATH}: it would need a user's password"
    return Visit(client=client, cookie="", why_not=why)


def log_out(visit: Visit) -> None:
    """End the session; one that cannot be ended now ends by itself."""
    if visit.cookie:
        try:
            visit.client.ask(LOGOUT_PATH, method="POST", headers={"Cookie": visit.cookie})
        except SetupError:
            return


def _stop_and_watch(ground: Ground, visit: Visit, nodes: list[str]) -> Iterator[Finding]:
    answered = visit.look()
    host = ground.node_named(answered)
    victim = host.name if host else nodes[0]
    transport = ground.transports[victim]
    # Far below the rate limit, which counts these requests as well.
    pause = max(0.1, 5 / ground.site.load_balancer.rate_limit)
    with Watch(visit.look, pause) as watch:
        with halted(transport, SERVICE):
            stopped = time.monotonic()
            goes_on = wait_until(
                ground, lambda: watch.good_since(stopped) >= ENOUGH, within=GOES_ON_WITHIN
            )
            survived = _survived(ground, visit, victim)
        started = time.monotonic()
        healthy = wait_until(ground, lambda: _healthy(ground, victim), within=HEALTHY_WITHIN)
        back = (
            wait_until(
                ground, lambda: _used_again(ground, watch, victim, started), within=ROTATION_WITHIN
            )
            if healthy is not None
            else None
        )
    yield judge_requests(ground, victim, watch, goes_on)
    yield survived
    yield judge_back(ground, victim, healthy, back, named=host is not None)


def judge_requests(ground: Ground, victim: str, watch: Watch, goes_on: float | None) -> Finding:
    """Answer from the watch over the whole drill."""
    failed, asked = watch.failed(), len(watch.samples)
    answered = sorted(
        {
            found.name
            for each in watch.samples
            if each.node and (found := ground.node_named(each.node))
        }
        - {victim}
    )
    by = f", answered by {' and '.join(answered)}" if answered else ""
    words = f"{victim} stopped: {asked} requests, {len(failed)} failed{by}"
    if goes_on is None:
        return LOST.failed(SITE, f"{words}; {failed[-1].problem if failed else 'no answer'}", _LOG)
    if failed:
        return LOST.warning(
            SITE,
            f"{words}, {watch.longest_outage():.1f} s without an answer; {failed[0].problem}",
            "A node that stops without warning costs the requests it works on; see the balancers'"
            " logs whether it was more than that.",
        )
    return LOST.ok(SITE, words)


def _survived(ground: Ground, visit: Visit, victim: str) -> Finding:
    if not visit.cookie:
        return SESSION.skipped(SITE, visit.why_not)
    if ground.site.cache.kind is CacheKind.NONE:
        return SESSION.skipped(SITE, "without a cache a session lives on its own node only")
    try:
        node = visit.look()
    except SetupError as error:
        return SESSION.failed(SITE, f"begun on {victim}: {error.seen}", _LOG)
    host = ground.node_named(node)
    other = host.name if host else node
    if other == victim:
        return SESSION.failed(SITE, f"{victim} answered although it was stopped", _LOG)
    return SESSION.ok(SITE, f"begun on {victim}, still valid on {other} with {victim} stopped")


def _healthy(ground: Ground, node: str) -> bool:
    """Ask the node itself, in one trip that waits there."""
    port = ground.site.application.port
    script = f"""\
end=$((SECONDS + 15))
until curl -fsS -o /dev/null --max-time 3 http://127.0.0.1:{port}{HEALTH_PATH} 2>/dev/null; do
  ((SECONDS < end)) || exit 1
  sleep 0.3
done
"""
    result = ground.transports[node].run(
        script, waiting_for=f"{node} to be healthy again", timeout=30.0
    )
    return result.status == 0


def _used_again(ground: Ground, watch: Watch, victim: str, since: float) -> bool:
    if ground.site.topology.mode is Mode.ACTIVE_PASSIVE and victim not in wanted_nodes(ground.site):
        return True
    for each in reversed(watch.samples):
        if each.begin < since:
            return False
        host = ground.node_named(each.node)
        if host and host.name == victim:
            return True
    return False


def judge_back(
    ground: Ground, victim: str, healthy: float | None, back: float | None, *, named: bool
) -> Finding:
    """Answer from how long it took; `named`: the application tells who answers."""
    if healthy is None:
        return BACK.failed(
            victim,
            f"not healthy {HEALTHY_WITHIN:.0f} s after its start",
            "See `journalctl -u minusnow` there.",
        )
    words = f"healthy {healthy:.1f} s after its start"
    if back is not None:
        return BACK.ok(victim, f"{words}, used again {healthy + back:.1f} s after it")
    if not named:
        return BACK.ok(victim, f"{words}; whether it is used again the application does not tell")
    if ground.site.cache.kind is CacheKind.NONE:
        return BACK.ok(victim, f"{words}; without a cache each client stays on one node")
    return BACK.failed(victim, f"{words}, but not used within {ROTATION_WITHIN:.0f} s", _LOG)
