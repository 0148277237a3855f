"""While a password changes, two of them let the application in, and both are the same to it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from wizard.database.acting import ActingRole, NoActingRole
from wizard.database.database import Database, Privileges
from wizard.database.role import Role
from wizard.errors import RefusedOnHost
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.database.servers import Server
    from wizard.database.object import DatabaseObject

OLD, NEW = Secrets({"app_password": "old one"}), Secrets({"app_password": "new one"})
OWN = Role(name="minusnow", password="app_password")
ACTING = ActingRole(name="minusnow_rotation", acts_as="minusnow", password="app_password")
OVER = NoActingRole(name="minusnow_rotation", acts_as="minusnow", database="app_db")


def make(connection: psycopg.Connection[Any], item: DatabaseObject, secrets: Secrets) -> bool:
    """Make it so; return whether anything had to be done, and check that nothing is left."""
    change = item.change(item.look(connection), secrets)
    if change:
        assert "one" not in change.summary.split()
        change.apply(connection)
    assert item.change(item.look(connection), secrets) is None
    return change is not None


@contextmanager
def logged_in(server: Server, user: str, password: str) -> Iterator[psycopg.Connection[Any]]:
    """Log in over TLS, as the application does."""
    with psycopg.connect(
        host="127.0.0.1",
        port=server.port,
        user=user,
        password=password,
        dbname="app_db",
        autocommit=True,
    ) as found:
        yield found


def test_two_passwords_are_good_while_one_takes_the_place_of_the_other(
    server: Server, connection: psycopg.Connection[Any]
) -> None:
    """No node has a password that the server refuses, and nothing is left of the second role."""
    for item in (
        OWN,
        Database(name="app_db", owner="minusnow"),
        Privileges(database="app_db", owner="minusnow"),
    ):
        make(connection, item, OLD)
    with logged_in(server, "minusnow", "old one") as first:
        first.execute("CREATE TABLE tickets (id int)")

        assert make(connection, ACTING, NEW)
        assert not make(connection, ACTING, NEW)
        with logged_in(server, "minusnow", "old one") as again:
            again.execute("SELECT * FROM tickets")
        with logged_in(server, "minusnow_rotation", "new one") as acting:
            assert acting.execute("SELECT current_user").fetchone() == ("minusnow",)
            acting.execute("INSERT INTO tickets VALUES (1)")
            acting.execute("CREATE TABLE made_meanwhile (id int)")
            acting.execute("ALTER TABLE tickets ADD COLUMN name text")

            assert make(connection, OWN, NEW)
            acting.execute("SELECT * FROM made_meanwhile")
            with pytest.raises(RefusedOnHost, match="1 sessions are still"):
                OVER.change(OVER.look(connection), NEW)
            # What a session makes after it has taken its role off is not lost either.
            acting.execute("RESET ROLE; SET ROLE NONE")
        first.execute("SELECT * FROM tickets")

    with logged_in(server, "minusnow", "new one") as second:
        assert make(connection, OVER, NEW)
        assert not make(connection, OVER, NEW)
        owners = second.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        assert owners == [("minusnow",)]
    for user, password in (("minusnow", "old one"), ("minusnow_rotation", "new one")):
        with (
            pytest.raises(psycopg.OperationalError, match="authentication failed"),
            logged_in(server, user, password),
        ):
            pass


def test_a_plan_without_a_server_names_what_will_be_made() -> None:
    """What cannot be looked at counts as absent."""
    change = ACTING.change(None, NEW)
    assert change
    assert "it acts as minusnow until the rotation is over" in change.summary
    assert OVER.change(None, NEW) is None
