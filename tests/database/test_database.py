"""The application's database belongs to the application, and nobody else comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wizard.database.database import Database, Privileges
from wizard.errors import RefusedOnHost
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.database.servers import Server
    from wizard.database.object import DatabaseObject

NONE = Secrets()
DATABASE = Database(name="app db", owner="app owner")
PRIVILEGES = Privileges(database="app db", owner="app owner", connect=("reader",))


@pytest.fixture(autouse=True)
def roles(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """The roles that the database is given to, and nothing left afterwards."""
    connection.execute('CREATE ROLE "app owner" LOGIN')
    connection.execute("CREATE ROLE reader LOGIN")
    yield
    connection.execute('DROP DATABASE IF EXISTS "app db"')
    connection.execute('DROP ROLE "app owner", reader')


def make(item: DatabaseObject, connection: psycopg.Connection[Any]) -> str:
    """Make it as wanted; return what was said."""
    change = item.change(item.look(connection), NONE)
    assert change
    change.apply(connection)
    assert item.change(item.look(connection), NONE) is None
    return change.summary


def test_a_database_is_created_and_closed_to_everybody_else(
    connection: psycopg.Connection[Any], server: Server
) -> None:
    """Owner and reader may connect, only the owner creates tables."""
    assert PRIVILEGES.look(connection) is None
    assert make(DATABASE, connection) == "create database app db (owner app owner, UTF8)"
    assert "everybody may connect" in make(PRIVILEGES, connection)
    rights = connection.execute(
        "SELECT has_database_privilege('public', 'app db', 'CONNECT'),"
        " has_database_privilege('reader', 'app db', 'CONNECT'),"
        " has_database_privilege('app owner', 'app db', 'CREATE')"
    ).fetchone()
    assert rights == (False, True, True)
    with server.connect("app db") as inside:
        creates = inside.execute(
            "SELECT has_schema_privilege('reader', 'public', 'CREATE'),"
            " has_schema_privilege('app owner', 'public', 'CREATE')"
        ).fetchone()
    assert creates == (False, True)


def test_rights_that_somebody_gave_are_taken_back(
    connection: psycopg.Connection[Any], server: Server
) -> None:
    """Drift is found and named."""
    make(DATABASE, connection)
    make(PRIVILEGES, connection)
    connection.execute('GRANT CONNECT ON DATABASE "app db" TO PUBLIC')
    with server.connect("app db") as inside:
        inside.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    assert PRIVILEGES.look(connection) == (
        "everybody may connect",
        "everybody may create in schema public",
    )
    make(PRIVILEGES, connection)


def test_an_owner_is_put_right_and_an_encoding_refused(
    connection: psycopg.Connection[Any],
) -> None:
    """What cannot be changed without loss is not changed."""
    make(DATABASE, connection)
    connection.execute('ALTER DATABASE "app db" OWNER TO reader')
    assert make(DATABASE, connection) == "give database app db to app owner (was reader)"
    with pytest.raises(RefusedOnHost, match="encoding LATIN1"):
        DATABASE.change(("app owner", "LATIN1"), NONE)
