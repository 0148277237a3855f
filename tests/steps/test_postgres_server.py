"""The server takes its files in by the gentlest way that suffices, and only proven ones."""

from __future__ import annotations

import subprocess

import pytest

from tests.steps.postgres_situation import DEBIAN, RHEL, situation
from wizard.steps.postgres_layout import layout
from wizard.steps.postgres_server import PostgresServer
from wizard.vault.secret import Secrets


def server(*, rhel: bool = False) -> PostgresServer:
    """Return the primary's server."""
    found = situation(os=RHEL if rhel else DEBIAN)
    return PostgresServer(place=layout(found, found.site.primary), stamp="abc")


RUNNING = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"


@pytest.mark.parametrize(
    ("seen", "summary"),
    [
        ("", "enable and start postgresql@15-main"),
        (f"{RUNNING}Applied=abc\n", None),
        (
            f"{RUNNING}Applied=old\n",
            "reload postgresql@15-main (restart if a changed setting needs one)",
        ),
        (RUNNING, "reload postgresql@15-main (restart if a changed setting needs one)"),
        (
            f"{RUNNING}Applied=abc\nPending=max_connections\n",
            "restart postgresql@15-main for max_connections",
        ),
        (
            "ActiveState=failed\nUnitFileState=enabled-runtime\nApplied=abc\n",
            "start postgresql@15-main",
        ),
        (
            "ActiveState=active\nUnitFileState=disabled\nApplied=abc\n",
            "enable postgresql@15-main",
        ),
    ],
)
def test_what_is_done_depends_on_what_is_seen(seen: str, summary: str | None) -> None:
    """Nothing, a reload, a restart or a start."""
    change = server().change(seen, Secrets())
    assert (change.summary if change else None) == summary


def test_the_unit_of_the_other_family_has_its_own_name() -> None:
    """PGDG calls it postgresql-15."""
    change = server(rhel=True).change("", Secrets())
    assert change
    assert change.summary == "enable and start postgresql-15"
    assert "/usr/pgsql-15/bin/psql" in change.script.masked()


def test_files_are_proven_before_they_are_taken_in() -> None:
    """The reload, which tells of no error, comes after the views that do."""
    change = server().change(f"{RUNNING}Applied=old\n", Secrets())
    assert change
    script = change.script.masked()
    reload = script[script.index("act_reload() {") :]
    assert reload.index("proven || return 1") < reload.index("systemctl reload")
    assert "pg_file_settings" in script
    assert "pg_hba_file_rules" in script


@pytest.mark.parametrize("seen", ["", f"{RUNNING}Applied=x\n", f"{RUNNING}Pending=port\n"])
def test_the_scripts_are_valid_shell(seen: str) -> None:
    """Bash can read every script and look."""
    found = server()
    change = found.change(seen, Secrets())
    assert change
    for script in (found.look(), change.script.masked()):
        done = subprocess.run(
            ["bash", "-n"], input=script, check=False, capture_output=True, text=True
        )
        assert done.stderr == ""
