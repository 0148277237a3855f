"""A node of the stand-in whose database moves from one real server to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.practice.standin.nodes import run_bundle
from tests.practice.standin.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.practice.standin.nodes import Client, Node
    from tests.practice.standin.servers import Postgres


def test_a_node_follows_the_primary(
    release: Path,
    launch: Callable[..., Node],
    client: Client,
    replicated: tuple[Postgres, Postgres],
) -> None:
    """A standby named first is passed over; after a promotion, tickets go to the new primary."""
    primary, standby = replicated
    primary.fresh_database("minusnow_db")
    hosts = f"127.0.0.1:{standby.port},127.0.0.1:{primary.port}"
    url = primary.url("minusnow_db", hosts=hosts)
    pushed = run_bundle(release, "migrate.cjs", {"DATABASE_URL": url})
    assert pushed.returncode == 0, pushed.stderr
    node = launch(DATABASE_URL=url)
    client.ask(node, "POST", "/api/login", body={"user": "jane"})

    def database() -> dict[str, object]:
        answer = client.ask(node, "GET", "/api/telemetry/health").json
        state: dict[str, object] = answer["components"]["database"]
        return state

    def opened(title: str) -> bool:
        return client.ask(node, "POST", "/api/tickets", body={"title": title}).status == 201

    wait_until(lambda: database().get("server") == f"127.0.0.1:{primary.port}", "the primary")
    assert database()["replicas"] == 1
    assert opened("before")
    wait_until(lambda: tickets(standby) == ["before"], "the standby has the ticket")

    primary.stop()
    assert not opened("while there is no primary")
    standby.promote()

    wait_until(lambda: opened("after"), "tickets are taken again")
    assert tickets(standby) == ["before", "after"]
    assert database()["server"] == f"127.0.0.1:{standby.port}"


def tickets(server: Postgres) -> list[str]:
    """Return the titles a server holds, oldest first."""
    with server.connect("minusnow_db") as connection:
        rows = connection.execute("SELECT title FROM tickets ORDER BY id").fetchall()
    return [row[0] for row in rows]
