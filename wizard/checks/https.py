"""HTTP and HTTPS requests as a machine inside the site's network makes them.

They go through a forwarded port of a host's SSH connection, so that what is proven is the way that
the hosts have, not the one of the machine the installer runs on.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import HostError
from wizard.site.networking import TlsMode
from wizard.vault.catalogue import BALANCER_CERTIFICATE, CA_CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.remote.transport import Transport
    from wizard.site.model import Site
    from wizard.vault.secret import Secrets

TIMEOUT = 5.0  # seconds for a connection, and for each answer
HTTPS_PORT = 443
HTTP_PORT = 80
LARGEST_ANSWER = 1024 * 1024  # bytes that are read of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float

    def header(self, name: str) -> str:
        """Return the value of a header, "" if it is not there."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


def context_for(site: Site, secrets: Secrets) -> ssl.SSLContext:
    """Return what decides whom to trust: the site's own authority, or the certificate provided.

    Raises: VaultError if it is not in the keyring.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if site.networking.tls.mode is TlsMode.SELF_SIGNED:
        context.load_verify_locations(cadata=secrets[CA_CERTIFICATE].reveal())
    else:
        # The authority of a company need not be known to this machine: what the site provides is
        # trusted as it stands, and its chain was checked before it was uploaded.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=secrets[BALANCER_CERTIFICATE].reveal())
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One open connection on which requests follow each other."""

    connection: http.client.HTTPConnection
    where: str  # "https://10.0.0.100", for messages
    host: str
    timeout: float  # seconds

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send one request and return its answer, whatever its status; raises HostError."""
        begin = time.monotonic()
        with _told(self.where, self.host, self.timeout):
            self.connection.request(method, path, body=body, headers=dict(headers or {}))
            response = self.connection.getresponse()
            return Answer(
                status=response.status,
                headers=tuple(response.getheaders()),
                body=response.read(LARGEST_ANSWER),
                seconds=time.monotonic() - begin,
            )

    def certificate(self) -> bytes:
        """Return the server's certificate (DER), b"" without TLS."""
        line = self.connection.sock
        return (
            (line.getpeercert(binary_form=True) or b"") if isinstance(line, ssl.SSLSocket) else b""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Asks one address from one host, under the name that users type."""

    transport: Transport
    address: str
    domain: str
    context: ssl.SSLContext | None  # None: plain HTTP
    port: int = HTTPS_PORT
    timeout: float = TIMEOUT

    @property
    def where(self) -> str:
        """The address as a URL, for messages."""
        number = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.context else 'http'}://{number}"

    @contextmanager
    def line(self) -> Iterator[Line]:
        """Give one connection, closed at the end of the block; raises HostError."""
        with self.transport.forward(self.address, self.port) as end:
            connection = http.client.HTTPConnection(self.domain, timeout=self.timeout)
            # Never a connection of its own making: that would not be the way through the host.
            connection.auto_open = 0
            try:
                with _told(self.where, self.transport.host, self.timeout):
                    connection.sock = self._connected(end)
                yield Line(
                    connection=connection,
                    where=self.where,
                    host=self.transport.host,
                    timeout=self.timeout,
                )
            finally:
                with suppress(OSError):
                    connection.close()

    def ask(self, path: str, **options: object) -> Answer:
        """Send one request on a connection of its own; raises HostError."""
        with self.line() as line:
            return line.ask(path, **options)  # type: ignore[arg-type] # as Line.ask

    def _connected(self, end: tuple[str, int]) -> socket.socket:
        plain = socket.create_connection(end, timeout=self.timeout)
        if self.context is None:
            return plain
        try:
            return self.context.wrap_socket(plain, server_hostname=self.domain)
        except BaseException:
            plain.close()
            raise


@contextmanager
def _told(where: str, host: str, timeout: float) -> Iterator[None]:
    """Turn every way in which a connection fails into a HostError with its words."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        seen = f"{where}: the certificate is not accepted: {error.verify_message}"
    except TimeoutError:
        seen = f"{where}: no answer within {timeout:.0f} s"
    except http.client.RemoteDisconnected:
        seen = f"{where}: the connection was closed without an answer"
    except (OSError, http.client.HTTPException) as error:
        seen = f"{where}: {getattr(error, 'strerror', None) or type(error).__name__}"
    else:
        return
    raise HostError(seen, host=host)
