"""Proof: what does each balancer answer to users, and to those who send what they should not?"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from wizard.checks import shown_certificate
from wizard.checks.check import Finding, Question
from wizard.checks.https import HTTP_PORT, Client
from wizard.errors import SetupError
from wizard.site.application import HEALTH_PATH
from wizard.vault.catalogue import BALANCER_CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.checks.https import Answer
    from wizard.checks.proof_ground import Ground
    from wizard.site.topology import Host

OK, SWITCHED, TOO_LARGE = 200, 101, 413
WEBSOCKET_PATH = "/ws"
# RFC 6455, section 1.3
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# The default of Nginx and the guide's own header: name, and what its value has to begin with.
SECURITY_HEADERS = (
    ("Strict-Transport-Security", "max-age="),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", ""),
    ("Referrer-Policy", ""),
)
_REDIRECTS = {301, 302, 307, 308}

CERTIFICATE = Question(
    "certificate", "Does it show the site's certificate?", "the one in the keyring, valid"
)
REDIRECT = Question("redirect", "Does plain HTTP lead to HTTPS?", "a redirect")
HEADERS = Question(
    "security-headers",
    "Are the security headers there, on errors too?",
    ", ".join(name for name, _ in SECURITY_HEADERS),
)
VERSION = Question("version-hidden", "Does it keep its version to itself?", "no version")
BODY = Question("body-limit", "Is a request above the size limit refused?", "413")
WEBSOCKET = Question("websocket", "Do websockets pass?", "101")
_APPLY = "Apply the site again."


def check(ground: Ground, balancer: Host, token: str) -> Iterator[Finding]:
    """Answer for one balancer, asked at its own address; `token` marks one request in logs."""
    client = ground.client(ground.address_of(balancer))
    name = balancer.name
    if client is None:
        yield CERTIFICATE.skipped(name, "every host is a balancer: nobody to ask it")
        return
    try:
        with client.line() as line:
            health, der = line.ask(HEALTH_PATH), line.certificate()
        missing = client.ask(
            f"/minusnow-setup-{token}-{name}", headers={"X-Forwarded-For": CLAIMED}
        )
    except SetupError as error:
        yield CERTIFICATE.failed(name, error.seen, "See the balancer's log on this host.")
        return
    yield judge_certificate(ground, name, der)
    yield _try(REDIRECT, name, lambda: _redirect(ground, name, client))
    too_large, body_finding = _body(ground, name, client)
    errors = [missing, *([too_large] if too_large else [])]
    yield judge_headers(name, health, errors)
    yield judge_version(name, [health, *errors])
    yield body_finding
    yield _try(WEBSOCKET, name, lambda: _websocket(name, client))


CLAIMED = "203.0.113.77"
"""An address nobody has (RFC 5737), claimed in X-Forwarded-For."""


def judge_certificate(ground: Ground, host: str, der: bytes) -> Finding:
    """Compare the certificate that was shown with the one in the keyring, and with the domain."""
    domain = ground.site.networking.domain
    return shown_certificate.judge(
        CERTIFICATE,
        host,
        der,
        wanted=ground.secrets[BALANCER_CERTIFICATE].reveal(),
        name=domain,
        invalid=f"Provide a certificate for {domain} that is valid.",
        renewal="Renew it in time: a provided one by new files, one of the site's own authority by"
        " itself; then `minusnow-setup apply`.",
    )


def judge_headers(host: str, answer: Answer, errors: list[Answer]) -> Finding:
    """Look for the security headers on a good answer and on each error."""
    lacking = [
        f"{name} on {each.status}"
        for each in (answer, *errors)
        for name, begin in SECURITY_HEADERS
        if not each.header(name) or not each.header(name).startswith(begin)
    ]
    if lacking:
        return HEADERS.failed(host, f"missing: {', '.join(lacking)}", _APPLY)
    statuses = ", ".join(str(each.status) for each in (answer, *errors))
    return HEADERS.ok(host, f"all {len(SECURITY_HEADERS)} on {statuses}")


def judge_version(host: str, answers: list[Answer]) -> Finding:
    """Look for a version in the headers and in the balancer's own error pages."""
    server = next((each.header("Server") for each in answers if each.header("Server")), "")
    pages = b" ".join(each.body for each in answers if each.status >= 400)  # noqa: PLR2004
    match = re.search(rb"(?:nginx|haproxy|apache)/[\d.]+", pages, re.IGNORECASE)
    if match or re.search(r"\d", server):
        return VERSION.failed(host, match[0].decode() if match else f"Server: {server}", _APPLY)
    return VERSION.ok(host, f"Server: {server}" if server else "no Server header")


def _try(question: Question, host: str, answer: object) -> Finding:
    try:
        return answer()  # type: ignore[operator,no-any-return]
    except SetupError as error:
        return question.failed(host, error.seen, "See the balancer's log on this host.")


def _redirect(ground: Ground, host: str, client: Client) -> Finding:
    plain = Client(
        transport=client.transport,
        address=client.address,
        domain=client.domain,
        context=None,
        port=HTTP_PORT,
    )
    answer = plain.ask("/tickets?id=1")
    location = answer.header("Location")
    words = f"{answer.status} to {location or 'nowhere'}"
    if answer.status in _REDIRECTS and location == f"{ground.site.base_url}/tickets?id=1":
        return REDIRECT.ok(host, words)
    return REDIRECT.failed(host, words, _APPLY, wanted=f"a redirect to {ground.site.base_url}/…")


def _body(ground: Ground, host: str, client: Client) -> tuple[Answer | None, Finding]:
    limit = ground.site.load_balancer.max_body_size
    try:
        with client.line() as line:
            # Announced, never sent: what is refused is refused before its body.
            answer = line.ask(
                HEALTH_PATH, method="POST", headers={"Content-Length": str(limit.bytes + 1)}
            )
    except SetupError as error:
        return None, BODY.failed(host, error.seen, _APPLY)
    words = f"{answer.status} for {limit} and one byte"
    if answer.status == TOO_LARGE:
        return answer, BODY.ok(host, words)
    return answer, BODY.failed(host, words, _APPLY)


def _websocket(host: str, client: Client) -> Finding:
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    with client.line() as line:
        answer = line.ask(
            WEBSOCKET_PATH,
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": key,
            },
        )
    digest = hashlib.sha1(f"{key}{_MAGIC}".encode(), usedforsecurity=False).digest()
    if answer.status == SWITCHED:
        if answer.header("Sec-WebSocket-Accept") == base64.b64encode(digest).decode():
            return WEBSOCKET.ok(host, f"101 at {WEBSOCKET_PATH}")
        return WEBSOCKET.failed(host, "101 with a wrong Sec-WebSocket-Accept", _APPLY)
    if answer.status >= 500:  # noqa: PLR2004 - server errors
        return WEBSOCKET.failed(host, str(answer.status), "See the balancer's and the node's logs.")
    return WEBSOCKET.skipped(host, f"{answer.status}: the application has none at {WEBSOCKET_PATH}")
