"""A role is made once, its password is known to the server as a verifier only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.database.conftest import SECRETS
from wizard.database.role import Role, RoleSeen
from wizard.vault.scram import matches
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from tests.database.servers import Server

APP = Role(name='odd "name', password="app_password", member_of=("pg_monitor",))


def test_a_role_is_created_and_then_found_right(
    server: Server, connection: psycopg.Connection[Any]
) -> None:
    """The second look finds nothing to do, and the password opens the door over TLS."""
    change = APP.change(APP.look(connection), SECRETS)
    assert change
    assert change.summary == 'create role odd "name (login, SCRAM verifier)'
    change.apply(connection)
    assert APP.change(APP.look(connection), SECRETS) is None
    row = connection.execute(
        "SELECT rolpassword FROM pg_authid WHERE rolname = %s", (APP.name,)
    ).fetchone()
    assert row
    assert matches(SECRETS["app_password"].reveal(), row[0])
    psycopg.connect(
        host="127.0.0.1",
        port=server.port,
        user=APP.name,
        password=SECRETS["app_password"].reveal(),
        dbname="postgres",
        sslmode="require",
    ).close()


def test_a_changed_password_and_changed_rights_are_put_right(
    connection: psycopg.Connection[Any],
) -> None:
    """Only what differs is said and done."""
    role = Role(name="drifts", password="app_password")
    for wanted in [role.change(role.look(connection), SECRETS)]:
        assert wanted
        wanted.apply(connection)
    connection.execute("ALTER ROLE drifts SUPERUSER PASSWORD NULL")
    change = role.change(role.look(connection), SECRETS)
    assert change
    assert change.summary == "give role drifts a new password, its attributes"
    change.apply(connection)
    assert role.change(role.look(connection), SECRETS) is None


@pytest.mark.parametrize(
    ("seen", "summary"),
    [
        (None, "create role replicator (login, replication, SCRAM verifier)"),
        (
            RoleSeen(
                attributes=frozenset({"LOGIN"}),
                connection_limit=-1,
                member_of=frozenset(),
                verifier=None,
            ),
            "give role replicator a new password, its attributes",
        ),
    ],
)
def test_a_plan_can_be_made_without_secrets(seen: object, summary: str) -> None:
    """While secrets are not there yet the plan says what would be done."""
    role = Role(name="replicator", password="replication_password", replication=True)
    change = role.change(seen, Secrets())
    assert change
    assert change.summary == summary


def test_a_verifier_is_never_shown() -> None:
    """What was seen prints without the verifier."""
    seen = RoleSeen(
        attributes=frozenset(), connection_limit=-1, member_of=frozenset(), verifier="SCRAM-x"
    )
    assert "SCRAM" not in repr(seen)


def test_neither_password_nor_verifier_reach_the_log(
    server: Server, connection: psycopg.Connection[Any]
) -> None:
    """The server's log knows nothing of a role that was made."""
    role = Role(name="logged", password="app_password")
    change = role.change(None, SECRETS)
    assert change
    change.apply(connection)
    log = (server.folder / "log").read_text()
    assert "SCRAM-SHA-256$" not in log
    assert SECRETS["app_password"].reveal() not in log
