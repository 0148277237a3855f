"""The way to a PostgreSQL server: psycopg through a port forwarded over the SSH connection."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.database.names import SETUP_PASSWORD, SETUP_ROLE
from wizard.errors import ConnectionLost, HostError
from wizard.vault.catalogue import CA_CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import psycopg

    from wizard.remote.transport import Transport
    from wizard.site.model import Site
    from wizard.vault.secret import Secret, Secrets

CONNECT_TIMEOUT = 15  # seconds
STATEMENT_TIMEOUT = 120  # seconds

# A statement with a verifier must not reach the server's log, and no statement of ours may wait
# for a standby that is away.
_SESSION = {
    "statement_timeout": f"{STATEMENT_TIMEOUT}s",
    "lock_timeout": "30s",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "synchronous_commit": "local",
    "search_path": "pg_catalog",
    "lc_messages": "C",
}


@contextmanager
def open_database(
    transport: Transport,
    *,
    user: str,
    password: Secret,
    port: int,
    server_name: str = "",
    ca_certificate: str = "",
    database: str = "postgres",
    host: str = "127.0.0.1",
) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection with autocommit on to the server at (host, port) as the host sees it.

    With `ca_certificate` (PEM) the server must prove over TLS to be `server_name`, one of the names
    in its certificate. Raises: HostError, with the server's words and without any secret.
    """
    import psycopg  # noqa: PLC0415 - dear to import, needed only here

    with ExitStack() as stack:
        address, local_port = stack.enter_context(transport.forward(host, port))
        authority = None
        if ca_certificate:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="minusnow-"))
            authority = Path(folder) / "ca.crt"
            authority.write_text(ca_certificate)
        try:
            connection = psycopg.connect(
                host=server_name or address,
                hostaddr=address,
                port=local_port,
                user=user,
                password=password.reveal(),
                dbname=database,
                connect_timeout=CONNECT_TIMEOUT,
                application_name="minusnow-setup",
                options=" ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
                # Files of whoever runs the installer must not decide how it logs in.
                passfile="/dev/null",
                sslcert="/nonexistent",
                target_session_attrs="any",
                autocommit=True,
                sslmode="verify-full" if authority else "prefer",
                sslrootcert=str(authority) if authority else None,
            )
        except psycopg.OperationalError as error:
            raise HostError(
                f"PostgreSQL at port {port} let {user} not in: {said(error)}",
                remedy="See the server's log on the host and the state of its unit, then go on.",
                host=transport.host,
            ) from None
        try:
            yield connection
        finally:
            connection.close()


def said(error: Exception) -> str:
    """Return the first line of what PostgreSQL or libpq said, without the address of the tunnel."""
    text = str(error).strip().splitlines()
    line = text[0] if text else type(error).__name__
    _, found, rest = line.rpartition("FATAL: ")
    return rest.strip() if found else line


@contextmanager
def beside(connection: psycopg.Connection[Any], database: str) -> Iterator[psycopg.Connection[Any]]:
    """Give a second connection of the same kind to another database of the same server."""
    import psycopg  # noqa: PLC0415 - as above

    info = connection.info
    other = psycopg.connect(info.dsn, password=info.password, dbname=database, autocommit=True)
    try:
        yield other
    finally:
        other.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAccess:
    """How the installer opens the PostgreSQL server of a host of its site.

    Called with a transport it gives a connection. While a plan is made there may be no server, or
    one without our role yet: with `absent_ok` it gives None then.
    """

    site: Site
    secrets: Secrets
    absent_ok: bool = False

    def __call__(
        self, transport: Transport
    ) -> AbstractContextManager[psycopg.Connection[Any] | None]:
        """Give a connection as the installer's superuser, or None; raises HostError."""
        return self._open(transport)

    @contextmanager
    def _open(self, transport: Transport) -> Iterator[psycopg.Connection[Any] | None]:
        site = self.site
        with ExitStack() as stack:
            connection = None
            if not self.absent_ok or self._known():
                try:
                    connection = stack.enter_context(
                        open_database(
                            transport,
                            user=SETUP_ROLE,
                            password=self.secrets[SETUP_PASSWORD],
                            port=site.database.port,
                            server_name=transport.host,
                            ca_certificate=self.secrets[CA_CERTIFICATE].reveal()
                            if site.database.tls
                            else "",
                        )
                    )
                except ConnectionLost:
                    raise
                except HostError:
                    if not self.absent_ok:
                        raise
            yield connection

    def _known(self) -> bool:
        needed = {SETUP_PASSWORD} | ({CA_CERTIFICATE} if self.site.database.tls else set())
        return all(name in self.secrets for name in needed)
