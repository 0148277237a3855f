"""Who answers at the address that users type."""

from __future__ import annotations

import pytest

from tests.site.example import site
from wizard.checks.check import Verdict
from wizard.checks.proof_balancer import CLAIMED
from wizard.checks.proof_front import judge_nodes, judge_spoof, requests_in

ACTIVE = site()
PASSIVE = site({"topology.mode": "active-passive"})
CSV = """\
# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin
minusnow,app1,0,0,0,1,1000,7,10
minusnow,app2,0,0,0,1,1000,6,10
minusnow,BACKEND,0,0,0,1,1000,13,20
stats,FRONTEND,,,1,1,20000,3,1
"""


@pytest.mark.parametrize(
    ("wanted", "served", "verdict"),
    [
        (ACTIVE, {"app1": 4, "app2": 4}, Verdict.OK),
        (ACTIVE, {"app1": 24}, Verdict.FAILED),
        (ACTIVE, {"app1": 4, "app2": 3, "stranger": 1}, Verdict.FAILED),
        (ACTIVE, {}, Verdict.SKIPPED),
        (PASSIVE, {"app1": 8}, Verdict.OK),
        (PASSIVE, {"app1": 4, "app2": 4}, Verdict.FAILED),
        (PASSIVE, {"app2": 8}, Verdict.FAILED),
    ],
)
def test_the_right_nodes_answer(wanted: object, served: dict[str, int], verdict: Verdict) -> None:
    """Both in active-active, the first alone in active-passive."""
    assert judge_nodes(wanted, served).verdict is verdict  # type: ignore[arg-type]


def test_haproxy_tells_the_requests_of_each_server() -> None:
    """For an application that does not name its node."""
    assert requests_in(CSV) == {"app1": 7, "app2": 6}
    assert requests_in("nonsense") == {}


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (["/x-tok-lb1 10.0.4.10", "/x-tok-lb2 10.0.4.10"], Verdict.OK),
        (["/x-tok-lb1 10.0.4.10", f"/x-tok-lb2 {CLAIMED}"], Verdict.FAILED),
        (["/x-tok-lb1 10.0.4.10"], Verdict.SKIPPED),
        (["/x-tok-lb1", "/x-tok-lb2"], Verdict.SKIPPED),
        ([], Verdict.SKIPPED),
    ],
)
def test_a_claimed_address_is_looked_for_in_the_logs(lines: list[str], verdict: Verdict) -> None:
    """What an application does not log cannot be told."""
    assert judge_spoof(["lb1", "lb2"], "tok", lines, "10.0.4.10").verdict is verdict
