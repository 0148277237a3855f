"""Proof: which certificate does each database server show to whoever asks for TLS?

The application verifies it with every connection: on the day it ends nothing reaches the database.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from wizard.checks import shown_certificate
from wizard.checks.check import Finding, Question
from wizard.errors import HostError
from wizard.site.topology import Role
from wizard.vault.catalogue import tls_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.checks.proof_ground import Ground
    from wizard.remote.transport import Transport
    from wizard.site.topology import Host

TIMEOUT = 5.0  # seconds for the connection, and for each answer
# PostgreSQL 15 documentation, 55.7 Message Formats, SSLRequest: its length, then its code.
SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)
WILLING = b"S"

CERTIFICATE = Question(
    "database-certificate",
    "Does the database server show its certificate?",
    "the one in the keyring, valid",
)
_RENEWAL = "Apply the site again: that makes a new one."
_LOG = "See PostgreSQL's log on this host."


def check(ground: Ground) -> Iterator[Finding]:
    """Answer for every database server that is reached."""
    site = ground.site
    for host in ground.reached(Role.DATABASE):
        if site.database.tls:
            yield _one(ground, host)
        else:
            yield CERTIFICATE.skipped(host.name, "the site does without TLS to the database")


def _one(ground: Ground, host: Host) -> Finding:
    target = ground.address_of(host), ground.site.database.port
    try:
        der = shown(ground.transports[host.name], target)
    except HostError as error:
        return CERTIFICATE.failed(host.name, error.seen, error.remedy)
    return shown_certificate.judge(
        CERTIFICATE,
        host.name,
        der,
        wanted=ground.secrets[tls_certificate(host.name)].reveal(),
        name=host.address,
        invalid=_RENEWAL,
        renewal=_RENEWAL,
    )


def shown(transport: Transport, target: tuple[str, int]) -> bytes:
    """Return the certificate (DER) that a PostgreSQL server shows. Raises: HostError."""
    where = f"PostgreSQL at {target[0]}:{target[1]}"
    # It is judged, not trusted: nothing is sent that somebody else might not read.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            transport.forward(*target) as end,
            socket.create_connection(end, timeout=TIMEOUT) as plain,
        ):
            plain.sendall(SSL_REQUEST)
            if (answer := plain.recv(1)) != WILLING:
                seen = "no TLS" if answer else "the connection was closed without an answer"
                raise HostError(f"{where}: {seen}", remedy=_LOG, host=transport.host)
            with context.wrap_socket(plain) as line:
                return line.getpeercert(binary_form=True) or b""
    except OSError as error:
        late = isinstance(error, TimeoutError)
        words = f"no answer within {TIMEOUT:.0f} s" if late else error.strerror or repr(error)
        raise HostError(f"{where}: {words}", remedy=_LOG, host=transport.host) from None
