"""Drill: the balancer program stops on the holder of the virtual address; does it move?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question
from wizard.checks.proof_address import held_section
from wizard.checks.proof_front import OK
from wizard.checks.proof_halt import Watch, halted, wait_until
from wizard.errors import HostError, SetupError
from wizard.facts.platform import platform_of
from wizard.site.application import HEALTH_PATH
from wizard.site.load_balancer import BalancerKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.checks.proof_ground import Ground

MOVES_WITHIN = 40.0  # seconds
ACCEPTED = 10.0  # seconds without an answer: two failed checks of 2 s, and the peers' election
ENOUGH = 5  # answers that show that the new holder serves
BACK_WITHIN = 60.0  # seconds

MOVES = Question(
    "drill-address",
    "Does the virtual address move when a balancer stops?",
    f"it moves, at most {ACCEPTED:.0f} s without an answer",
)
BACK = Question("drill-address-back", "Does the balancer come back?", "it answers, one holder")
_LOG = "See `journalctl -u keepalived` on the balancers."


def drill(ground: Ground) -> Iterator[Finding]:
    """Stop the holder's balancer, measure until the other one answers, and start it again."""
    client = ground.client(ground.front, timeout=2.0)
    balancers = [host.name for host in ground.balancers]
    if ground.site.networking.virtual_ip is None or len(balancers) < 2:  # noqa: PLR2004 - to move
        yield MOVES.skipped(SITE, "there is no second balancer to move to")
        return
    if client is None:
        yield MOVES.skipped(SITE, "every host is a balancer: nobody to ask from")
        return
    holder = _holder(ground, balancers)
    if holder is None:
        yield MOVES.failed(SITE, "not exactly one balancer holds it", _LOG)
        return
    others = [name for name in balancers if name != holder]
    unit = _unit(ground, holder)

    def look() -> str:
        answer = client.ask(HEALTH_PATH)
        if answer.status != OK:
            raise HostError(f"status {answer.status}")
        return ""

    pause = max(0.1, 5 / ground.site.load_balancer.rate_limit)
    with Watch(look, pause) as watch:
        with halted(ground.transports[holder], unit):
            moved = wait_until(
                ground, lambda: _holder(ground, others) is not None, within=MOVES_WITHIN
            )
            since = time.monotonic()
            serves = moved is not None and (
                wait_until(ground, lambda: watch.good_since(since) >= ENOUGH, within=MOVES_WITHIN)
                is not None
            )
            new = _holder(ground, others) or "nobody"
        back = wait_until(ground, lambda: _answers(ground, holder), within=BACK_WITHIN)
        one = wait_until(ground, lambda: _holder(ground, balancers) is not None, within=BACK_WITHIN)
    yield judge_move(unit, holder, new, watch, serves=serves)
    if back is None or one is None:
        seen = f"no answer within {BACK_WITHIN:.0f} s" if back is None else "two hold the address"
        yield BACK.failed(holder, seen, f"See `systemctl status {unit}` there.")
    else:
        yield BACK.ok(
            holder,
            f"answers {back:.1f} s after its start; {_holder(ground, balancers) or 'nobody'}"
            " holds the address, as none takes it back by itself",
        )


def judge_move(unit: str, holder: str, new: str, watch: Watch, *, serves: bool) -> Finding:
    """Answer from the requests that were made all the while."""
    failed = watch.failed()
    words = f"{unit} stopped on {holder}: to {new}"
    if not serves:
        return MOVES.failed(SITE, f"{words}; {failed[-1].problem if failed else 'no answer'}", _LOG)
    seconds = watch.longest_outage()
    words += f", {seconds:.1f} s without an answer, {len(failed)} of {len(watch.samples)} failed"
    if seconds <= ACCEPTED:
        return MOVES.ok(SITE, words)
    return MOVES.warning(SITE, words, _LOG)


def _unit(ground: Ground, host: str) -> str:
    platform = platform_of(ground.facts[host].os)
    if ground.site.load_balancer.kind is BalancerKind.NGINX:
        return platform.nginx.unit
    return platform.haproxy.unit


def _holder(ground: Ground, balancers: list[str]) -> str | None:
    """Return the one that has the address now; None if none or several do."""
    script = held_section(ground.site)
    holders = [
        name
        for name in balancers
        if "held"
        in ground.transports[name]
        .run(script, waiting_for="its addresses", timeout=20.0)
        .out.split()
    ]
    return holders[0] if len(holders) == 1 else None


def _answers(ground: Ground, balancer: str) -> bool:
    client = ground.client(ground.address_of(ground.site.host(balancer)), timeout=3.0)
    try:
        return client is not None and client.ask(HEALTH_PATH).status == OK
    except SetupError:
        return False
