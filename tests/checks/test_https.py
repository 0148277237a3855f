"""Requests over HTTPS, to a real TLS server on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checks.served import DOMAIN, Reply, client, issued, serving
from tests.site.example import site
from wizard.errors import HostError

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

SITE = site()


def test_an_answer_has_status_headers_and_body(tmp_path: Path) -> None:
    """The host's name in the request is the site's domain."""
    authority, certificate = issued()

    def answer(request: BaseHTTPRequestHandler) -> Reply:
        return Reply(404, {"X-Served-By": "app1"}, request.headers["Host"].encode())

    with serving(answer, certificate, tmp_path) as port:
        got = client(SITE, {"ca_certificate": authority.certificate}, port).ask("/nothing")
    assert (got.status, got.header("x-served-by"), got.body) == (404, "app1", DOMAIN.encode())


def test_a_certificate_of_somebody_else_is_refused_in_words(tmp_path: Path) -> None:
    """What another authority issued is not accepted."""
    _, certificate = issued()
    stranger, _ = issued()
    with (
        serving(lambda _: Reply(), certificate, tmp_path) as port,
        pytest.raises(HostError, match="certificate is not accepted"),
    ):
        client(SITE, {"ca_certificate": stranger.certificate}, port).ask("/")


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    """The certificate has to name the domain that users type."""
    authority, certificate = issued("other.example.com")
    with (
        serving(lambda _: Reply(), certificate, tmp_path) as port,
        pytest.raises(HostError, match="not accepted"),
    ):
        client(SITE, {"ca_certificate": authority.certificate}, port).ask("/")


def test_a_provided_certificate_is_trusted_as_it_stands(tmp_path: Path) -> None:
    """The authority of a company need not be known to this machine."""
    tls = {"mode": "provided", "certificate": "a.crt", "key": "a.key"}
    _, certificate = issued()
    provided = site({"networking.tls": tls})
    with serving(lambda _: Reply(), certificate, tmp_path) as port:
        secrets = {"balancer_certificate": certificate.certificate}
        assert client(provided, secrets, port).ask("/").status == 200


def test_nobody_at_the_port_is_told_in_words() -> None:
    """A refused connection is an error with the address in it."""
    authority, _ = issued()
    with pytest.raises(HostError, match=r"https://127\.0\.0\.1: "):
        client(SITE, {"ca_certificate": authority.certificate}, 1).ask("/")


def test_requests_follow_each_other_on_one_line(tmp_path: Path) -> None:
    """One connection carries several requests, and shows the certificate."""
    authority, certificate = issued()
    ports: list[int] = []

    def answer(request: BaseHTTPRequestHandler) -> Reply:
        ports.append(request.client_address[1])
        return Reply()

    with (
        serving(answer, certificate, tmp_path) as port,
        client(SITE, {"ca_certificate": authority.certificate}, port).line() as line,
    ):
        line.ask("/a")
        line.ask("/b")
        assert line.certificate().startswith(b"\x30\x82")
    assert len(ports) == 2
    assert len(set(ports)) == 1
