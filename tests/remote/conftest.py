"""A server for the session, and a connection to it for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, available

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.remote.transport import Transport


@pytest.fixture(scope="session")
def server() -> Iterator[Sshd]:
    """Start one OpenSSH server for all tests."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    sshd = Sshd()
    yield sshd
    sshd.stop()


@pytest.fixture
def own_server() -> Iterator[Sshd]:
    """Start a server that the test may break."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    sshd = Sshd()
    yield sshd
    sshd.stop()


@pytest.fixture
def host(server: Sshd) -> Iterator[Transport]:
    """Open a connection as root."""
    from wizard.remote.ssh import connect  # noqa: PLC0415 - fabric takes a while to import

    transport = connect(server.endpoint())
    yield transport
    transport.close()
