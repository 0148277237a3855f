"""What is concluded from a balancer's answers."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

import pytest

from tests.checks.served import DOMAIN, Reply, client, ground, issued, serving
from tests.site.example import site
from wizard.checks import proof_balancer
from wizard.checks.check import Verdict
from wizard.checks.drill_rate import burst, burst_size, let_through, statuses_in
from wizard.checks.https import Answer
from wizard.checks.proof_balancer import judge_certificate, judge_headers, judge_version
from wizard.errors import HostError
from wizard.site.load_balancer import BalancerKind
from wizard.vault.authority import issue, new_authority

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

SITE = site()
SECURE = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    """An answer with the security headers and these (underscores stand for hyphens)."""
    every = SECURE | {name.replace("_", "-"): value for name, value in headers.items()}
    shown = tuple((name, value) for name, value in every.items() if value)
    return Answer(status=status, headers=shown, body=body, seconds=0.1)


def test_headers_are_wanted_on_errors_too() -> None:
    """A header that only good answers carry is reported with the status that lacks it."""
    finding = judge_headers("lb1", answer(), [answer(404), answer(413, X_Frame_Options="")])
    assert finding.verdict is Verdict.FAILED
    assert finding.seen == "missing: X-Frame-Options on 413"
    assert judge_headers("lb1", answer(), [answer(404)]).seen == "all 4 on 200, 404"


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([answer()], Verdict.OK),
        ([answer(Server="nginx")], Verdict.OK),
        ([answer(Server="nginx/1.22.1")], Verdict.FAILED),
        ([answer(), answer(413, b"<center>nginx/1.22.1</center>")], Verdict.FAILED),
        ([answer(), answer(413, b"<center>nginx</center>")], Verdict.OK),
    ],
)
def test_a_version_anywhere_is_found(answers: list[Answer], verdict: Verdict) -> None:
    """In the Server header, and in the balancer's own error pages."""
    assert judge_version("lb1", answers).verdict is verdict


def test_the_certificate_is_compared_with_the_keyring() -> None:
    """Another certificate for the same name is not the site's."""
    _, mine = issued()
    _, other = issued()
    installed = ground(SITE, {"balancer_certificate": mine.certificate})
    der = ssl.PEM_cert_to_DER_cert
    assert judge_certificate(installed, "lb1", der(mine.certificate)).verdict is Verdict.OK
    wrong = judge_certificate(installed, "lb1", der(other.certificate))
    assert wrong.verdict is Verdict.FAILED
    assert ", not " in wrong.seen


def test_a_certificate_for_another_domain_is_told() -> None:
    """Even if it is the one in the keyring."""
    _, mine = issued("other.example.com")
    installed = ground(SITE, {"balancer_certificate": mine.certificate})
    finding = judge_certificate(installed, "lb1", ssl.PEM_cert_to_DER_cert(mine.certificate))
    assert finding.verdict is Verdict.FAILED
    assert "other.example.com" in finding.seen


def test_a_certificate_that_ends_soon_is_told() -> None:
    """Nobody else would before it has ended: PostgreSQL and browsers refuse it then."""
    before = datetime.now(tz=UTC) - timedelta(days=800)
    mine = issue(new_authority("test", before), (DOMAIN,), before)
    installed = ground(SITE, {"balancer_certificate": mine.certificate})
    finding = judge_certificate(installed, "lb1", ssl.PEM_cert_to_DER_cert(mine.certificate))
    assert finding.verdict is Verdict.WARNING
    assert "24 days left" in finding.seen
    assert "apply" in finding.remedy


def _upgrade(request: BaseHTTPRequestHandler) -> Reply:
    key = request.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
    return Reply(
        101,
        {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept},
    )


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (_upgrade, Verdict.OK),
        (lambda _: Reply(101, {"Sec-WebSocket-Accept": "wrong"}), Verdict.FAILED),
        (lambda _: Reply(404), Verdict.SKIPPED),
        (lambda _: Reply(502), Verdict.FAILED),
    ],
)
def test_a_websocket_passes_or_does_not_exist(
    reply: object, verdict: Verdict, tmp_path: Path
) -> None:
    """An application without one is no fault; a balancer that breaks it is."""
    authority, certificate = issued()
    with serving(reply, certificate, tmp_path) as port:  # type: ignore[arg-type]
        asking = client(SITE, {"ca_certificate": authority.certificate}, port)
        assert proof_balancer._websocket("lb1", asking).verdict is verdict  # noqa: SLF001


def test_a_burst_comes_over_several_connections(tmp_path: Path) -> None:
    """Every request of a burst is answered and counted, more than one connection carries."""
    authority, certificate = issued()
    seen: list[int] = []

    def reply(request: BaseHTTPRequestHandler) -> Reply:
        seen.append(request.client_address[1])
        return Reply(429 if len(seen) > 150 else 200)

    with serving(reply, certificate, tmp_path) as port:
        statuses = burst(client(SITE, {"ca_certificate": authority.certificate}, port), 200)
    assert (len(statuses), len(set(seen))) == (200, 20)
    assert statuses.count(429) == 50


def test_nginx_lets_one_seconds_worth_through_besides() -> None:
    """Its burst is as large as the rate."""
    assert burst_size(BalancerKind.HAPROXY, 100) == 150
    assert burst_size(BalancerKind.NGINX, 100) == 250


@pytest.mark.parametrize("dropped", [1, 20])
def test_a_connection_that_does_not_come_about_is_no_answer(tmp_path: Path, dropped: int) -> None:
    """The others are counted; without any there is nothing to judge by."""
    authority, certificate = issued()
    taken: list[int] = []

    class Way(StreamRequestHandler):
        def handle(self) -> None:
            taken.append(self.client_address[1])
            if len(taken) <= dropped:
                return  # amid the handshake
            with socket.create_connection(("127.0.0.1", port), timeout=20) as far:
                back = threading.Thread(target=_pump, args=(far, self.connection))
                back.start()
                _pump(self.connection, far)
                back.join()

    with (
        serving(lambda _: Reply(200), certificate, tmp_path) as port,
        ThreadingTCPServer(("127.0.0.1", 0), Way) as way,
    ):
        threading.Thread(target=way.serve_forever).start()
        try:
            asking = client(SITE, {"ca_certificate": authority.certificate}, way.server_address[1])
            if dropped == 1:
                assert burst(asking, 200) == [200] * 190
            else:
                with pytest.raises(HostError, match="EOF"):
                    burst(asking, 200)
        finally:
            way.shutdown()


def _pump(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while part := here.recv(65536):
            there.sendall(part)
        there.shutdown(socket.SHUT_WR)


def test_a_slow_burst_shows_nothing() -> None:
    """In two seconds Nginx lets three seconds' worth through, HAProxy two."""
    assert let_through(BalancerKind.HAPROXY, 100, 2.0) == 200
    assert let_through(BalancerKind.NGINX, 100, 2.0) == 300


def test_statuses_are_counted_in_raw_answers() -> None:
    """Bodies in between do not matter."""
    raw = b"HTTP/1.1 200 OK\r\n\r\n{}HTTP/1.1 429 Too Many\r\n\r\n"
    assert statuses_in(raw) == [200, 429]
