"""A person with a browser: uses the installed application through the site's own address."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.site.model import Site

SECONDS = 20.0  # for one answer


@dataclass
class Person:
    """Someone who is logged in, and what they have put into the application."""

    site: Site
    authority: str  # the PEM text of the certificate that the site's own is issued by
    name: str = ""
    cookie: str = ""
    ticket: int = 0
    attachment: str = ""
    content: bytes = b""

    def begin(self, name: str) -> None:
        """Log in, open a ticket and attach a file to it."""
        self.name = name
        self.log_in()
        _, body = self._ask("POST", "/api/tickets", json.dumps({"title": name}).encode())
        self.ticket = json.loads(body)["id"]
        self.content = os.urandom(100_000)
        _, body = self._ask("POST", f"/api/tickets/{self.ticket}/attachments", self.content)
        self.attachment = json.loads(body)["id"]

    def log_in(self) -> None:
        """Begin a session, which also a person does whose last one has become invalid."""
        answer, _ = self._ask("POST", "/api/login", json.dumps({"user": self.name}).encode())
        self.cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]

    @property
    def checksum(self) -> str:
        """SHA-256 of the attached file."""
        return hashlib.sha256(self.content).hexdigest()

    def finds_everything(self) -> None:
        """Check that the session is still valid, and that ticket and file are still there."""
        _, body = self._ask("GET", "/api/session")
        assert json.loads(body)["store"] == "redis"
        self._ask("GET", f"/api/tickets/{self.ticket}")
        _, body = self._ask("GET", f"/api/tickets/{self.ticket}/attachments/{self.attachment}")
        assert body == self.content

    def nodes(self, requests: int) -> set[str]:
        """Return which app servers answer a number of requests."""
        found: list[dict[str, Any]] = [
            json.loads(self._ask("GET", "/api/session")[1]) for _ in range(requests)
        ]
        return {each["node"] for each in found}

    def _ask(
        self, method: str, path: str, body: bytes | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Ask over HTTPS at the shared address, the certificate verified."""
        shared, domain = self.site.networking.virtual_ip, self.site.networking.domain
        assert shared
        context = ssl.create_default_context(cadata=self.authority)
        plain = socket.create_connection((str(shared.ip), 443), timeout=SECONDS)
        connection = http.client.HTTPConnection(domain, timeout=SECONDS)
        connection.sock = context.wrap_socket(plain, server_hostname=domain)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        json_body = body is not None and body.startswith(b"{")
        headers["Content-Type"] = "application/json" if json_body else "application/octet-stream"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status in {200, 201}, f"{method} {path}: {answer.status} {content[:300]!r}"
        return answer, content
