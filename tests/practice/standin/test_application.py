"""Two nodes of the stand-in on a real database, cache and directories."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.practice.standin.nodes import SESSION_SECRET, environment, run_bundle
from tests.practice.standin.servers import (
    CACHE_PASSWORD,
    DATABASE_PASSWORD,
    free_port,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.practice.standin.nodes import Client, Node
    from tests.practice.standin.servers import Cache, Postgres

Pair = tuple["Node", "Node"]


def test_health_names_the_node(pair: Pair, client: Client) -> None:
    """A balancer's question is answered with 200 and the host that answered."""
    answer = client.ask(pair[0], "GET", "/health")

    assert answer.status == 200
    assert answer.json == {"status": "ok", "node": socket.gethostname()}
    assert answer.headers["X-Served-By"] == socket.gethostname()


def test_a_session_opened_on_one_node_is_known_to_the_other(pair: Pair, client: Client) -> None:
    """Sessions are shared, survive a node's end, and count how often they were seen."""
    assert client.ask(pair[0], "GET", "/api/session").status == 401
    client.ask(pair[0], "POST", "/api/login", body={"user": "jane"})

    first = client.ask(pair[0], "GET", "/api/session").json
    pair[0].terminate()
    assert pair[0].end() == 0
    second = client.ask(pair[1], "GET", "/api/session").json

    assert (first["user"], first["seen"]) == ("jane", 1)
    assert (second["user"], second["seen"]) == ("jane", 2)


def test_the_cookie_is_secure_behind_https_only(pair: Pair, client: Client) -> None:
    """A secure cookie over plain HTTP would be lost; without it over HTTPS, it would leak."""
    login = {"user": "jane"}
    https = {"X-Forwarded-Proto": "https"}
    plain = client.ask(pair[0], "POST", "/api/login", body=login).headers["Set-Cookie"]
    secure = client.ask(pair[0], "POST", "/api/login", body=login, headers=https)

    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    assert "Secure" in secure.headers["Set-Cookie"]


def test_a_cookie_with_a_wrong_signature_is_no_session(pair: Pair, client: Client) -> None:
    """Only what was signed with the secret counts."""
    client.ask(pair[0], "POST", "/api/login", body={"user": "jane"})
    client.cookie = client.cookie[:-2] + ("AA" if not client.cookie.endswith("AA") else "BB")

    assert client.ask(pair[0], "GET", "/api/session").status == 401


def test_a_ticket_and_its_attachment_are_seen_by_the_other_node(
    pair: Pair, client: Client, home: Path
) -> None:
    """What one node takes, the other shows: database and directories are shared."""
    content = os.urandom(3 * 1024 * 1024)
    assert client.ask(pair[0], "POST", "/api/tickets", body={"title": "x"}).status == 401
    client.ask(pair[0], "POST", "/api/login", body={"user": "jane"})

    ticket = client.ask(pair[0], "POST", "/api/tickets", body={"title": "Disk full", "body": "db1"})
    path = f"/api/tickets/{ticket.json['id']}/attachments"
    name = {"X-File-Name": "../d%C3%A9sk.bin"}
    added = client.ask(pair[0], "POST", path, body=content, headers=name)
    listed = client.ask(pair[1], "GET", "/api/tickets").json["tickets"]
    fetched = client.ask(pair[1], "GET", f"{path}/{added.json['id']}")

    assert (ticket.status, added.status, fetched.status) == (201, 201, 200)
    assert [(entry["title"], entry["openedBy"]) for entry in listed] == [("Disk full", "jane")]
    assert added.json["sha256"] == hashlib.sha256(content).hexdigest()
    assert fetched.body == content
    assert "d%C3%A9sk.bin" in fetched.headers["Content-Disposition"]
    (trail,) = (home / "audit-logs").glob("*.jsonl")
    assert json.loads(trail.read_text())["action"] == "attachment added"


def test_an_attachment_over_25_mib_is_refused(pair: Pair, client: Client, home: Path) -> None:
    """The limit holds for a body whose length was not stated too, and leaves no file."""
    client.ask(pair[0], "POST", "/api/login", body={"user": "jane"})
    client.ask(pair[0], "POST", "/api/tickets", body={"title": "Disk full"})
    path = "/api/tickets/1/attachments"
    stated = client.ask(pair[0], "POST", path, headers={"Content-Length": str(26 * 1024 * 1024)})
    largest = client.ask(pair[0], "POST", path, body=bytes(25 * 1024 * 1024))
    # Sent in chunks, one byte too many.
    chunks = iter([bytes(25 * 1024 * 1024), b"x"])
    unstated = client.ask(pair[0], "POST", path, body=chunks)

    assert (stated.status, unstated.status) == (413, 413)
    assert largest.status == 201
    assert [file.name for file in (home / "uploads/1").iterdir()] == [largest.json["id"]]


def test_component_status_follows_the_cache(pair: Pair, client: Client, cache: Cache) -> None:
    """The status goes bad when Redis stops, and good when it is back; /health stays."""

    def status() -> tuple[int, str]:
        answer = client.ask(pair[0], "GET", "/api/telemetry/health")
        return answer.status, answer.json["components"]["cache"]["status"]

    wait_until(lambda: status() == (200, "ok"), "every component is well")
    cache.stop()
    assert status() == (503, "down")
    assert client.ask(pair[0], "GET", "/health").status == 200
    assert client.ask(pair[0], "POST", "/api/login", body={"user": "jane"}).status == 503
    cache.start()
    wait_until(lambda: status() == (200, "ok"), "the cache is found again")


def test_component_status_names_what_was_checked(pair: Pair, client: Client) -> None:
    """Each component is there with its state, storage with each directory."""
    wait_until(
        lambda: client.ask(pair[0], "GET", "/api/telemetry/health").status == 200, "all is well"
    )
    answer = client.ask(pair[0], "GET", "/api/telemetry/health").json
    components = answer["components"]

    assert (answer["status"], answer["version"]) == ("ok", "1.4.0")
    assert components["database"]["replicas"] == 0
    assert set(components["storage"]["directories"]) == {
        "data",
        "audit-logs",
        "support-tickets",
        "artifacts",
        "uploads",
    }


def test_a_missing_directory_is_named(
    launch: Callable[..., Node], client: Client, home: Path
) -> None:
    """A share that is not there makes the storage bad, and says which."""
    (home / "artifacts").rmdir()

    answer = client.ask(launch(), "GET", "/api/telemetry/health")

    directories = answer.json["components"]["storage"]["directories"]
    assert answer.status == 503
    assert [name for name, seen in directories.items() if seen["status"] == "down"] == ["artifacts"]


def test_a_hung_mount_is_named_and_does_not_keep_the_node_from_ending(
    launch: Callable[..., Node], client: Client, home: Path
) -> None:
    """A write that never returns, here into a pipe nobody reads, is reported within seconds."""
    node = launch()
    os.mkfifo(home / "uploads" / f".probe-{socket.gethostname()}-{node.process.pid}", 0o666)
    (home / "uploads" / f".probe-{socket.gethostname()}-{node.process.pid}").chmod(0o666)

    answers = [client.ask(node, "GET", "/api/telemetry/health") for _ in range(3)]
    node.terminate()
    node.end()

    for answer in answers:
        directories = answer.json["components"]["storage"]["directories"]
        assert answer.status == 503
        assert "hangs" in directories["uploads"]["error"]
        assert directories["data"]["status"] == "ok"


def test_the_database_is_found_again_in_a_list_of_servers(
    launch: Callable[..., Node], client: Client, postgres: Postgres, database: str
) -> None:
    """A node whose first server is away turns to the next."""
    hosts = f"127.0.0.1:{free_port()},127.0.0.1:{postgres.port}"
    node = launch(DATABASE_URL=postgres.url(database.rsplit("/", 1)[1], hosts=hosts))

    answer = client.ask(node, "GET", "/api/telemetry/health")

    assert answer.json["components"]["database"]["server"] == f"127.0.0.1:{postgres.port}"
    assert answer.status == 200


def test_a_database_without_a_schema_is_bad(
    launch: Callable[..., Node], client: Client, postgres: Postgres
) -> None:
    """A server that answers is not enough: the migrations must have run."""
    node = launch(DATABASE_URL=postgres.fresh_database("without_schema"))

    answer = client.ask(node, "GET", "/api/telemetry/health")

    assert answer.status == 503
    assert "npm run db:push" in answer.json["components"]["database"]["error"]


def test_without_redis_sessions_stay_in_memory_and_telemetry_says_so(
    launch: Callable[..., Node], client: Client
) -> None:
    """One node alone needs no cache, and does not claim to have one."""
    node = launch()
    client.ask(node, "POST", "/api/login", body={"user": "jane"})

    assert client.ask(node, "GET", "/api/session").json["store"] == "memory"
    health = client.ask(node, "GET", "/api/telemetry/health")
    assert health.status == 200
    assert health.json["components"]["cache"]["status"] == "not configured"


def test_overview_shows_figures(pair: Pair, client: Client) -> None:
    """Uptime, memory, load and requests are measured, tickets counted."""
    client.ask(pair[0], "POST", "/api/login", body={"user": "jane"})
    client.ask(pair[0], "POST", "/api/tickets", body={"title": "Disk full"})
    client.ask(pair[0], "GET", "/nowhere")

    seen = client.ask(pair[0], "GET", "/api/telemetry/overview").json

    assert seen["tickets"] == 1
    assert seen["requests"]["total"] >= 4
    assert seen["memory"]["rssBytes"] > 10_000_000
    assert seen["responseTimeMs"]["p95"] > 0
    assert {"cpu", "eventLoopLagMs", "uptimeSeconds"} <= set(seen)


def test_a_stopping_node_drains_first(launch: Callable[..., Node], client: Client) -> None:
    """After SIGTERM /health answers 503 while requests are served; then the node ends with 0."""
    node = launch(DRAIN_SECONDS="2")
    client.ask(node, "POST", "/api/login", body={"user": "jane"})

    node.terminate()
    wait_until(lambda: client.ask(node, "GET", "/health").status == 503, "the node drains")

    assert client.ask(node, "GET", "/api/session").status == 200
    assert node.end() == 0


def test_websocket_sends_messages_back(pair: Pair) -> None:
    """A proxy that passes upgrades on passes this."""
    with socket.create_connection(("127.0.0.1", pair[0].port), timeout=10) as wire:
        wire.sendall(
            b"GET /ws HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        stream = wire.makefile("rb")
        head = list(iter(stream.readline, b"\r\n"))
        # A masked text frame; a mask of zeros leaves the text as it is.
        wire.sendall(bytes([0x81, 0x80 | 5, 0, 0, 0, 0]) + b"hello")
        back = stream.read(7)

    assert head[0].startswith(b"HTTP/1.1 101")
    assert any(line.startswith(b"X-Served-By: ") for line in head)
    assert back == bytes([0x81, 5]) + b"hello"


def test_the_log_is_json_and_holds_no_secret(pair: Pair, client: Client, cache: Cache) -> None:
    """Even when a component fails, no password and no cookie reaches the log."""
    client.ask(pair[0], "POST", "/api/login?token=in-the-query", body={"user": "jane"})
    cache.stop()
    client.ask(pair[0], "GET", "/api/session")
    pair[0].terminate()
    pair[0].end()

    lines = [json.loads(line) for line in pair[0].lines]
    assert {"/api/login", "/api/session"} <= {line.get("path") for line in lines}
    secrets = [DATABASE_PASSWORD, CACHE_PASSWORD, SESSION_SECRET, "mail-password", "in-the-query"]
    cookie = client.cookie.partition("=")[2]
    assert [secret for secret in [*secrets, cookie] if secret in pair[0].log] == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SESSION_SECRET": "too-short"}, "SESSION_SECRET must have at least 32 characters"),
        ({"SESSION_STORE": "redis"}, "SESSION_STORE=redis needs REDIS_URL"),
        ({"SESSION_STORE": "files"}, "SESSION_STORE must be redis or memory"),
        ({"REDIS_URL": "http://cache"}, "REDIS_URL must look like"),
        ({"DATABASE_URL": ""}, "DATABASE_URL must look like"),
        ({"DATABASE_URL": "postgres://u:p%zz@h/d"}, "begins no percent-encoded character"),
        ({"DATABASE_URL": "postgres://u:p@h/d?sslmode=prefer"}, "sslmode in DATABASE_URL"),
        ({"PGSSLROOTCERT": "/nowhere.crt"}, "/nowhere.crt cannot be read (ENOENT)"),
        ({"PORT": "http"}, "PORT must be a whole number"),
        ({"APP_BASE_URL": "itsm.example.com"}, "APP_BASE_URL must be an http or https address"),
        ({"SMTP_PORT": "0"}, "SMTP_PORT must be a whole number"),
    ],
)
def test_a_wrong_environment_is_refused_in_one_line(
    release: Path, home: Path, settings: dict[str, str], said: str
) -> None:
    """A node that cannot work does not start, and says why without showing a value."""
    preset = {"DATABASE_URL": "postgres://u:a-password@127.0.0.1/d"}
    port = free_port()

    done = run_bundle(release, "index.cjs", environment(home, port, **{**preset, **settings}))

    assert done.returncode == 78
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "a-password" not in done.stderr
