"""A node of the stand-in as a process, and a small HTTP client with one cookie."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.practice.standin.servers import free_port, give, program, unprivileged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SESSION_SECRET = "a-secret-for-tests-that-is-long-enough"
DIRECTORIES = ("data", "audit-logs", "support-tickets", "artifacts", "uploads")


@dataclass(frozen=True)
class Answer:
    """What a node answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - the shape is what the tests look at
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass
class Client:
    """Sends requests to nodes of the stand-in and keeps the session cookie as a browser would."""

    cookie: str = ""

    def ask(
        self,
        node: Node,
        method: str,
        path: str,
        *,
        body: bytes | Iterator[bytes] | dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request on a connection of its own."""
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=20)
        try:
            connection.request(method, path, body=content, headers={**cookie, **(headers or {})})
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer


@dataclass
class Node:
    """One running node; its log is read as it is written."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None

    @property
    def log(self) -> str:
        """Everything the node wrote so far."""
        return "".join(self.lines)

    def terminate(self) -> None:
        """Ask the node to stop, as systemd does."""
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> int:
        """Wait for the node's end and return its exit status."""
        status = self.process.wait(timeout=20)
        if self.reader is not None:
            self.reader.join(timeout=5)
        return status


def environment(home: Path, port: int, **more: str) -> dict[str, str]:
    """Return the environment of a node; later names win."""
    return {
        "PATH": os.environ["PATH"],
        "NODE_ENV": "production",
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "APP_BASE_URL": "https://itsm.example.com",
        "SESSION_SECRET": SESSION_SECRET,
        "SMTP_HOST": "smtp.example.com",
        "SMTP_PORT": "587",
        "SMTP_USER": "noreply@example.com",
        "SMTP_PASS": "mail-password-for-tests",
        "SUPPORT_EMAIL": "support@example.com",
        "MINUSNOW_HOME": str(home),
        "DRAIN_SECONDS": "0",
        **more,
    }


def start_node(release: Path, home: Path, **more: str) -> Node:
    """Start a node from an unpacked release and wait until it says that it listens."""
    port = free_port()
    process = subprocess.Popen(
        [program("node"), "dist/index.cjs"],
        cwd=release,
        env=environment(home, port, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **unprivileged(),
    )
    node = Node(process, port)
    listening = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            node.lines.append(line)
            if '"listening"' in line:
                listening.set()
        listening.set()

    node.reader = threading.Thread(target=read, daemon=True)
    node.reader.start()
    if not listening.wait(20) or process.poll() is not None:
        process.kill()
        pytest.fail(f"the node did not start:\n{node.log}")
    return node


def run_bundle(
    release: Path, bundle: str, settings: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a bundle of a release to its end and return what it said."""
    return subprocess.run(
        [program("node"), f"dist/{bundle}"],
        cwd=release,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **unprivileged(),
    )


def shared_home(parent: Path) -> Path:
    """Make a home with the five shared directories, writable by the nodes."""
    home = give(Path(tempfile.mkdtemp(dir=parent, prefix="home-")))
    for name in DIRECTORIES:
        (home / name).mkdir()
        give(home / name)
    return home
