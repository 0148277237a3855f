"""Who answers at the address that users type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checks.served import Reply, client, ground, issued, serving
from tests.site.example import site
from wizard.checks import proof_front
from wizard.checks.check import Verdict
from wizard.checks.proof_balancer import CLAIMED
from wizard.checks.proof_front import STEADY, judge_nodes, judge_spoof, requests_in, settle
from wizard.checks.proof_ground import Ground

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

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


def test_what_has_just_started_is_given_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failures, a good answer, a failure again; then each balancer is asked like the front."""
    monkeypatch.setattr(proof_front, "PAUSE", 0.01)
    statuses = [503, 503, 200, 503]
    asked: list[str] = []

    def answered(request: BaseHTTPRequestHandler) -> Reply:
        asked.append(request.path)
        return Reply(statuses.pop(0) if statuses else 200)

    authority, mine = issued()
    secrets = {"ca_certificate": authority.certificate}
    with serving(answered, mine, tmp_path) as port:
        here = client(ACTIVE, secrets, port)
        monkeypatch.setattr(Ground, "client", lambda *_args, **_options: here)
        settle(ground(ACTIVE))
    assert len(asked) == 4 + STEADY * 3


def test_waiting_for_a_steady_site_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that never answers well is asked anyway, and then fails."""
    monkeypatch.setattr(proof_front, "PAUSE", 0.01)
    monkeypatch.setattr(proof_front, "SETTLES_WITHIN", 0.2)
    authority, mine = issued()
    with serving(lambda _request: Reply(503), mine, tmp_path) as port:
        here = client(ACTIVE, {"ca_certificate": authority.certificate}, port)
        monkeypatch.setattr(Ground, "client", lambda *_args, **_options: here)
        assert settle(ground(ACTIVE)) >= 0.2
