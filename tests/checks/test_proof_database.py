"""The certificate of a database server, as whoever asks for TLS is shown it; by real PostgreSQL."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.checks.served import ground
from tests.practice.standin.servers import Postgres, free_port, give, start_postgres
from tests.remote.local import LocalTransport
from tests.site.example import site
from wizard.checks.check import Verdict
from wizard.checks.proof_database import CERTIFICATE, check, shown
from wizard.checks.shown_certificate import judge
from wizard.errors import HostError
from wizard.vault.authority import issue, new_authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

NAMES = ("db1", "10.0.2.10", "localhost")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL server with a certificate of its own."""
    with tempfile.TemporaryDirectory(prefix="proof-") as folder:
        server = start_postgres(give(Path(folder)))
        yield server
        server.stop()


class OneServer(LocalTransport):
    """Leads to one port of loopback, whatever is asked for."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host)
        self._port = port

    def forward(self, _address: str, _port: int) -> AbstractContextManager[tuple[str, int]]:
        """Give the way to that port."""
        return super().forward("127.0.0.1", self._port)


def with_days_left(days: int) -> str:
    """Return a certificate (PEM) for NAMES; one of the site's authority lasts 825 days."""
    then = datetime.now(tz=UTC) - timedelta(days=824 - days)
    return issue(new_authority("test", then), NAMES, then).certificate


def verdict(pem: str, wanted: str, name: str = "10.0.2.10") -> tuple[Verdict, str, str]:
    """Judge a certificate that was shown."""
    found = judge(
        CERTIFICATE,
        "db1",
        ssl.PEM_cert_to_DER_cert(pem),
        wanted=wanted,
        name=name,
        invalid="make another",
        renewal="make it in time",
    )
    return found.verdict, found.seen, found.remedy


def test_a_real_server_shows_what_it_was_given(server: Postgres) -> None:
    """Before anybody logs in, and without trusting it."""
    der = shown(LocalTransport("db1"), ("127.0.0.1", server.port))
    assert ssl.DER_cert_to_PEM_cert(der) == server.authority.read_text()


def test_every_database_server_is_asked(server: Postgres) -> None:
    """One that shows another certificate than the keyring's has not taken in the new one."""
    mine, other = server.authority.read_text(), with_days_left(100)
    asked = ground(site(), {"tls_certificate_db1": other, "tls_certificate_db2": mine})
    ways = {name: OneServer(name, server.port) for name in asked.transports}
    found = {finding.host: finding for finding in check(replace(asked, transports=ways))}
    assert found.keys() == {"db1", "db2"}
    assert {finding.verdict for finding in found.values()} == {Verdict.FAILED}
    assert ", not " in found["db1"].seen
    assert "for 127.0.0.1" in found["db2"].seen, "the right one, but not for this host"


def test_a_site_without_tls_to_the_database_is_not_asked() -> None:
    """It shows none."""
    without = site({"database.tls": False})
    verdicts = [finding.verdict for finding in check(ground(without))]
    assert verdicts == [Verdict.SKIPPED] * 2


@pytest.mark.parametrize(
    ("days", "expected", "words", "remedy"),
    [
        (100, Verdict.OK, "for 10.0.2.10, 100 days left", ""),
        (24, Verdict.WARNING, "24 days left", "make it in time"),
        (-3, Verdict.FAILED, "valid until ", "make another"),
    ],
)
def test_the_days_that_are_left_are_counted(
    days: int, expected: Verdict, words: str, remedy: str
) -> None:
    """The application would be the first to notice otherwise, on the day it ends."""
    pem = with_days_left(days)
    found = verdict(pem, pem)
    assert found[0] is expected
    assert words in found[1]
    assert found[2] == remedy


def test_a_name_that_is_not_in_it_is_told() -> None:
    """Whoever verifies the server by that name refuses it."""
    pem = with_days_left(100)
    found = verdict(pem, pem, name="10.0.2.99")
    assert found[0] is Verdict.FAILED
    assert found[1].endswith("for db1, localhost, 10.0.2.10")


def test_a_server_without_tls_is_told() -> None:
    """It answers with one letter; one that is not there with none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(8)
                line.sendall(b"N")

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(HostError, match="no TLS"):
            shown(LocalTransport("db1"), ("127.0.0.1", listener.getsockname()[1]))
        thread.join()
    with pytest.raises(HostError, match=r"PostgreSQL at 127\.0\.0\.1:\d+: .*refused"):
        shown(LocalTransport("db1"), ("127.0.0.1", free_port()))
