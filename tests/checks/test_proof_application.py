"""What is concluded from a node's own trip."""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from wizard.checks.check import Verdict
from wizard.checks.proof_application import LOOKS, check, components_in, sections
from wizard.facts.sections import join, split

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = {
    "health": '{"status":"ok","node":"app1"}\n200\n',
    "status": '{"status":"ok","components":{"database":{"status":"ok"},"cache":{"status":"ok"}}}'
    "\n200\n",
    "service": "ActiveState=active\nMainPID=512\nNRestarts=0\nAccount=minusnow\n"
    "File=root:root 600 /opt/minusnow/.env\n",
    "exposure": "→ Overall exposure level for minusnow.service: 1.6 OK 🙂\n",
}


def verdicts(**changes: str) -> dict[str, tuple[Verdict, str]]:
    """Verdict and words by check, of a good node with some sections changed."""
    return {each.check: (each.verdict, each.seen) for each in check("app1", GOOD | changes)}


def test_a_good_node_is_good_in_every_respect() -> None:
    """Evidence is in the words: states, account, file, number."""
    assert verdicts() == {
        "app-health": (Verdict.OK, "200"),
        "app-components": (Verdict.OK, "database ok, cache ok"),
        "app-account": (Verdict.OK, "active, as minusnow, 0 restarts"),
        "app-environment": (Verdict.OK, "root:root 600 /opt/minusnow/.env"),
        "app-exposure": (Verdict.OK, "exposure 1.6"),
    }


@pytest.mark.parametrize(
    ("section", "text", "name", "verdict", "words"),
    [
        ("health", "no answer\n", "app-health", Verdict.FAILED, "no answer"),
        ("health", "\n503\n", "app-health", Verdict.FAILED, "503"),
        ("health", "\n000\nno answer\n", "app-health", Verdict.FAILED, "no answer"),
        (
            "status",
            '{"components":{"database":{"status":"down"}}}\n503\n',
            "app-components",
            Verdict.FAILED,
            "503: database down",
        ),
        ("status", "fine\n200\n", "app-components", Verdict.WARNING, "200, but no JSON"),
        ("status", '{"ok":true}\n200\n', "app-components", Verdict.OK, "200"),
        (
            "service",
            "ActiveState=active\nNRestarts=0\nAccount=root\nFile=root:root 600 /x\n",
            "app-account",
            Verdict.FAILED,
            "active, as root, 0 restarts",
        ),
        (
            "service",
            "ActiveState=active\nAccount=minusnow\nFile=root:root 644 /x\n",
            "app-environment",
            Verdict.FAILED,
            "root:root 644 /x",
        ),
        ("exposure", "→ Overall: 9.6 UNSAFE\n", "app-exposure", Verdict.FAILED, "exposure 9.6"),
        ("exposure", "", "app-exposure", Verdict.SKIPPED, "systemd-analyze gave no number"),
    ],
)
def test_what_is_not_right_is_told(
    section: str, text: str, name: str, verdict: Verdict, words: str
) -> None:
    """Each question has its own answer."""
    assert verdicts(**{section: text})[name] == (verdict, words)


@pytest.mark.parametrize(
    ("body", "states"),
    [
        ('{"components":{"db":"ok","cache":{"state":"up"}}}', {"db": "ok", "cache": "up"}),
        ('{"checks":{"db":true}}', {"db": "True"}),
        ('{"status":"ok","db":{"status":"ok"},"uptime":3}', {"db": "ok"}),
        ("[1]", {}),
        ("not json", {}),
    ],
)
def test_states_are_read_from_answers_of_many_shapes(body: str, states: dict[str, str]) -> None:
    """Products differ in how they tell their components."""
    assert components_in(body) == states


class Node(BaseHTTPRequestHandler):
    """A node that lacks its cache the first times it is asked."""

    lacking = 0

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(503 if Node.lacking else 200)
        self.end_headers()
        state = "down" if Node.lacking else "ok"
        self.wfile.write(b'{"components": {"cache": "%s"}}' % state.encode())
        Node.lacking = max(Node.lacking - 1, 0)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where a node answers."""
    with HTTPServer(("127.0.0.1", 0), Node) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(
    ("lacking", "verdict", "words"),
    [
        (0, Verdict.OK, "cache ok"),
        (LOOKS - 1, Verdict.OK, f"cache ok, at look {LOOKS}"),
        (LOOKS, Verdict.FAILED, "503: cache down"),
    ],
)
def test_a_node_that_lacks_something_for_a_moment_is_asked_again(
    port: int, lacking: int, verdict: Verdict, words: str
) -> None:
    """And how often is told; what stays is a failure."""
    Node.lacking = lacking
    scripts = {name: sections(port)[name] for name in ("status", "looks")}
    said = subprocess.run(
        ["bash", "-c", join(scripts, "mark")], capture_output=True, text=True, check=True
    ).stdout
    assert verdicts(**split(said, "mark"))["app-components"] == (verdict, words)


def test_a_node_that_is_not_there_gives_no_answer() -> None:
    """Nothing listens at port 1."""
    scripts = {name: sections(1)[name] for name in ("status", "looks")}
    said = subprocess.run(
        ["bash", "-c", join(scripts, "mark")], capture_output=True, text=True, check=True
    ).stdout
    assert verdicts(**split(said, "mark"))["app-components"] == (Verdict.FAILED, "no answer")
