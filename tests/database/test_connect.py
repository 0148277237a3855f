"""The installer's login is encrypted, knows whom it talks to, and tells no secret when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.database.conftest import SECRETS
from tests.database.servers import Here, free_port
from wizard.database.connect import DatabaseAccess, beside, open_database
from wizard.database.role import Role
from wizard.errors import HostError
from wizard.vault.secret import Secret, Secrets

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from tests.database.servers import Server
    from wizard.remote.transport import Transport
    from wizard.site.model import Site

HERE = cast("Transport", Here())
SETUP = Role(name="minusnow_setup", password="setup_password", superuser=True)


@pytest.fixture(autouse=True)
def setup_role(connection: psycopg.Connection[Any]) -> None:
    """The role as which the installer logs in."""
    change = SETUP.change(SETUP.look(connection), SECRETS)
    if change:
        change.apply(connection)


def opened(server: Server, password: str = "of the installer", name: str = "db1") -> Any:  # noqa: ANN401, S107 - a context manager
    """Return the way to the server."""
    return open_database(
        HERE,
        user="minusnow_setup",
        password=Secret("setup_password", password),
        port=server.port,
        server_name=name,
        ca_certificate=server.authority.certificate,
    )


def test_a_login_is_encrypted_and_quiet(server: Server) -> None:
    """The session runs over TLS, logs no statement and waits for no standby."""
    with opened(server) as connection:
        assert connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        row = connection.execute(
            "SELECT (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()),"
            " current_setting('log_min_error_statement'), current_setting('synchronous_commit'),"
            " current_setting('statement_timeout')"
        ).fetchone()
        assert row == (True, "panic", "local", "2min")
        assert connection.autocommit
        with beside(connection, "template1") as other:
            assert other.execute("SELECT current_database()").fetchone() == ("template1",)


@pytest.mark.parametrize(
    ("password", "name", "said"),
    [
        ("wrong-guess", "db1", "password authentication failed"),
        ("of the installer", "db2", 'does not match host name "db2"'),
    ],
)
def test_a_refused_login_says_why_without_the_password(
    server: Server, password: str, name: str, said: str
) -> None:
    """A wrong password and a server of another name are told apart."""
    with (
        pytest.raises(HostError, match="let minusnow_setup not in") as caught,
        opened(server, password, name),
    ):
        pass
    assert said in str(caught.value)
    assert password not in str(caught.value)


def test_nothing_is_left_behind(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The certificate's temporary file goes with the connection."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with opened(server):
        assert list(tmp_path.rglob("ca.crt"))
    assert not list(tmp_path.iterdir())


def test_while_planning_a_missing_server_is_no_error(reference: Site) -> None:
    """With `absent_ok` there is no connection; without, an error."""
    database = reference.database.model_copy(update={"port": free_port(), "tls": False})
    site = reference.model_copy(update={"database": database})
    with DatabaseAccess(site=site, secrets=SECRETS, absent_ok=True)(HERE) as connection:
        assert connection is None
    with DatabaseAccess(site=site, secrets=Secrets(), absent_ok=True)(HERE) as connection:
        assert connection is None
    with pytest.raises(HostError), DatabaseAccess(site=site, secrets=SECRETS)(HERE):
        pass
