"""A local port that leads to an address as the host sees it."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import paramiko

from wizard.errors import ConnectionLost, HostError, SetupError

if TYPE_CHECKING:
    from types import TracebackType

    from wizard.remote.ssh_session import Session

CHUNK = 64 * 1024  # bytes held per direction; a full peer stops the other side
OPEN_TIMEOUT = 15.0  # seconds for the host to reach the address


class Forwarder:
    """Listens on a random port of 127.0.0.1 while the `with` block lasts.

    What fails within the block because the connection to the host has ended is a ConnectionLost.
    """

    def __init__(self, session: Session, address: str, port: int) -> None:
        self._session = session
        self._target = (address, port)
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket | paramiko.Channel] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> tuple[str, int]:
        if not self._session.connection.is_connected:
            raise ConnectionLost(
                f"the connection had ended when {self._target[0]}:{self._target[1]} was needed",
                remedy="Check that the host is up, then run the same command again.",
                host=self._session.host,
            )
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept, self._listener)
        address, port = self._listener.getsockname()
        return address, port

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._closed = True
            ends = list(self._open)
        if self._listener is not None:
            # Only a shutdown wakes the thread that waits in accept.
            _shut(self._listener)
            self._listener.close()
        for end in ends:
            _shut(end)
            end.close()
        for thread in self._threads:
            thread.join(timeout=5)
        self._blame_the_connection(error)

    def _blame_the_connection(self, error: BaseException | None) -> None:
        """Raise ConnectionLost in the place of what whoever used the port made of its end."""
        if not isinstance(error, Exception) or self._session.connection.is_connected:
            return
        if not isinstance(error, SetupError) or type(error) is HostError:
            address, port = self._target
            raise self._session.lost(f"an answer from {address}:{port} as seen there") from error

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                local, origin = listener.accept()
            except OSError:
                return
            if not self._keep(local):
                return
            self._start(self._serve, local, origin)

    def _serve(self, local: socket.socket, origin: tuple[str, int]) -> None:
        local.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._session.count_trip()
        with self._session.watchdog.waiting():
            try:
                channel = self._session.connection.transport.open_channel(
                    "direct-tcpip", self._target, origin, timeout=OPEN_TIMEOUT
                )
            except (OSError, EOFError, paramiko.SSHException):
                # Whoever connected sees a closed connection, as without the tunnel.
                self._drop(local)
                return
            if not self._keep(channel):
                return
            back = threading.Thread(target=self._pump, args=(channel, local), daemon=True)
            back.start()
            self._pump(local, channel)
            back.join()
        self._drop(local)
        self._drop(channel)

    def _pump(
        self, source: socket.socket | paramiko.Channel, sink: socket.socket | paramiko.Channel
    ) -> None:
        """Copy until the source ends, then tell the sink so."""
        try:
            while data := source.recv(CHUNK):
                sink.sendall(data)
            if isinstance(sink, socket.socket):
                sink.shutdown(socket.SHUT_WR)
            else:
                sink.shutdown_write()
        except (OSError, EOFError, paramiko.SSHException):
            _shut(source)
            _shut(sink)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        with self._lock:
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def _keep(self, end: socket.socket | paramiko.Channel) -> bool:
        """Remember an end to be closed; False if the forwarding has ended meanwhile."""
        with self._lock:
            if not self._closed:
                self._open.add(end)
                return True
        end.close()
        return False

    def _drop(self, end: socket.socket | paramiko.Channel) -> None:
        with self._lock:
            self._open.discard(end)
        end.close()


def _shut(end: socket.socket | paramiko.Channel) -> None:
    try:
        if isinstance(end, socket.socket):
            end.shutdown(socket.SHUT_RDWR)
        else:
            end.close()
    except (OSError, EOFError, paramiko.SSHException):
        return  # it is closed already
