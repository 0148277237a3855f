"""The installer's role is made over the local socket; only a verifier travels."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.database.servers import running
from tests.steps.postgres_situation import situation
from wizard.steps.postgres_layout import layout
from wizard.steps.postgres_setup_role import SetupRole
from wizard.vault.scram import matches, verifier
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = Secrets({"setup_password": "clear word"})


def role() -> SetupRole:
    """Return the role on the reference site's primary."""
    found = situation()
    return SetupRole(place=layout(found, found.site.primary))


@pytest.mark.parametrize(
    ("seen", "summary"),
    [
        ("", "create role minusnow_setup"),
        ("t|SCRAM-SHA-256$4096:AAAA$BBBB:CCCC", "give a new password to role minusnow_setup"),
        (f"f|{verifier('clear word')}", "give a new password to role minusnow_setup"),
        (f"t|{verifier('clear word')}\n", ""),
    ],
    ids=["no role", "another word", "no superuser", "as it is to be"],
)
def test_the_stored_verifier_decides(seen: str, summary: str) -> None:
    """A verifier of our password is left as it is, anything else replaced."""
    change = role().change(seen, SECRETS)
    assert (change.summary if change else "").startswith(summary)
    assert bool(change) == bool(summary)


def test_what_is_sent_makes_the_role_twice_over(tmp_path: Path) -> None:
    """The role is made, or gets its password if somebody made it since; no clear word is sent."""
    change = role().change("", SECRETS)
    assert change
    script = change.script.reveal(SECRETS)
    assert "clear word" not in script
    statements = script.partition("\n")[2].rpartition("\nEND_")[0]
    with running(tmp_path / "server", "log_statement = 'ddl'") as server:
        for _ in range(2):
            subprocess.run(
                [
                    *("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(server.folder)),
                    *("-U", "postgres", "-p", str(server.port), "-d", "postgres"),
                ],
                input=statements,
                text=True,
                check=True,
            )
        with server.connect() as connection:
            row = connection.execute(
                "SELECT rolsuper, rolcanlogin, rolpassword FROM pg_authid"
                " WHERE rolname = 'minusnow_setup'"
            ).fetchone()
        assert row[:2] == (True, True)
        assert matches("clear word", row[2])
        assert "SCRAM-SHA-256$" not in (server.folder / "log").read_text()
