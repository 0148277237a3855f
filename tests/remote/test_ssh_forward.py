"""A local port leads to an address that the host sees."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.remote.transport import Transport

pytestmark = pytest.mark.sshd


@pytest.fixture
def echo() -> Iterator[int]:
    """Serve a port that sends back all it gets, then closes."""

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(65536):
                connection.sendall(data)

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def exchange(place: tuple[str, int], data: bytes) -> bytes:
    """Send data, close the sending side, and return everything that comes back."""
    with socket.create_connection(place, timeout=30) as connection:

        def send() -> None:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        received = b"".join(iter(lambda: connection.recv(65536), b""))
        sender.join()
    return received


def test_bytes_go_both_ways_and_ends_are_told(host: Transport, echo: int) -> None:
    """Several connections at once, more than any buffer holds."""
    data = bytes(range(256)) * 20_000
    with host.forward("127.0.0.1", echo) as place, ThreadPoolExecutor() as pool:
        assert place[0] == "127.0.0.1"
        results = list(pool.map(lambda n: exchange(place, data[n:]), range(4)))
    assert results == [data[n:] for n in range(4)]


def test_a_closed_port_closes_the_local_connection(host: Transport) -> None:
    """Nobody waits for ever."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with host.forward("127.0.0.1", closed) as place:
        assert exchange(place, b"") == b""


def test_leaving_the_block_closes_everything(host: Transport, echo: int) -> None:
    """The port is gone and no thread is left."""
    before = threading.active_count()
    with host.forward("127.0.0.1", echo) as place:
        connection = socket.create_connection(place, timeout=10)
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
    assert connection.recv(1) == b""
    connection.close()
    wait_until(lambda: threading.active_count() <= before)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place, timeout=5)
