"""A small HTTPS server on loopback whose answers a test decides, and a ground that leads to it."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.facts.example import all_good
from tests.remote.local import LocalTransport
from wizard.checks.https import Client, context_for
from wizard.checks.proof_ground import Ground
from wizard.vault.authority import Issued, issue, new_authority
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wizard.checks.check import Finding
    from wizard.site.model import Site

DOMAIN = "itsm.example.com"
INSTALLER = "10.0.0.1"


@dataclass
class Reply:
    """What the server answers to one request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def issued(*names: str) -> tuple[Issued, Issued]:
    """An authority and a certificate of it for these names."""
    now = datetime.now(tz=UTC)
    authority = new_authority("test", now)
    return authority, issue(authority, names or (DOMAIN,), now)


@contextmanager
def serving(
    answer: Callable[[BaseHTTPRequestHandler], Reply], certificate: Issued, folder: Path
) -> Iterator[int]:
    """Serve HTTPS on a free port of loopback; give the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reply = answer(self)
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status >= 200:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_GET  # noqa: N815 - the name http.server looks for

        def log_message(self, *_arguments: Any) -> None:  # noqa: ANN401 - as inherited
            """Tests print nothing."""

    files = folder / "server.crt", folder / "server.key"
    files[0].write_text(certificate.certificate)
    files[1].write_text(certificate.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def no_database(_transport: object) -> Any:  # noqa: ANN401 - never called
    """No test of this kind opens a database."""
    raise AssertionError


def ground(
    site: Site, secrets: dict[str, str] | None = None, heard: list[Finding] | None = None
) -> Ground:
    """An installed site whose hosts are all this machine."""
    return Ground(
        site=site,
        transports={host.name: LocalTransport(host.name) for host in site.hosts},
        facts={
            name: replace(facts, installer_address=INSTALLER)
            for name, facts in all_good(site).items()
        },
        secrets=Secrets(secrets or {}),
        open_database=no_database,
        on_finding=(heard if heard is not None else []).append,
    )


def client(site: Site, secrets: dict[str, str], port: int) -> Client:
    """What asks the server on loopback under the site's domain."""
    return Client(
        transport=LocalTransport("cache1"),
        address="127.0.0.1",
        domain=site.networking.domain,
        context=context_for(site, Secrets(secrets)),
        port=port,
    )
