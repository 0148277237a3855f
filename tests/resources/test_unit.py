"""Units: what is seen decides; a configuration that was not taken in yet makes a reload due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wizard.resources.file import File
from wizard.resources.unit import Unit, stamp
from wizard.vault.secret import Secrets
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from tests.resources.machine import Machine

UP = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\n"
APPLIED = f"{UP}Applied=s1\n"

RUNNING = [
    (APPLIED, None),
    (UP, "reload web"),
    (f"{UP}Applied=s0\n", "reload web"),
    (APPLIED.replace("=no", "=yes"), "reload web"),
    (APPLIED.replace("=active", "=inactive"), "start web"),
    (APPLIED.replace("=active", "=failed"), "start web"),
    (APPLIED.replace("=active", "=activating"), "start web"),
    (APPLIED.replace("=enabled", "=disabled"), "enable web"),
    (APPLIED.replace("=enabled", "=enabled-runtime"), "enable web"),
    (APPLIED.replace("=enabled", "=static"), None),
    ("LoadState=not-found\nActiveState=inactive\nUnitFileState=\n", "enable and start web"),
    ("", "enable and start web"),
]


@pytest.mark.parametrize(("seen", "summary"), RUNNING)
def test_a_unit_that_should_run(seen: str, summary: str | None) -> None:
    """It is enabled, runs, and runs with the configuration on disk."""
    change = Unit(name="web", action="reload", stamp="s1").change(seen, Secrets())

    assert (change.summary if change else None) == summary


@pytest.mark.parametrize(
    ("seen", "summary"),
    [
        (UP, "disable and stop web"),
        (UP.replace("=enabled", "=disabled"), "stop web"),
        (UP.replace("=active", "=failed"), "disable web"),
        ("LoadState=not-found\nActiveState=inactive\nUnitFileState=\n", None),
        ("", None),
    ],
)
def test_a_unit_that_should_not_run(seen: str, summary: str | None) -> None:
    """One that was never installed is right as it is."""
    change = Unit(name="web", running=False, enabled=False).change(seen, Secrets())

    assert (change.summary if change else None) == summary


def test_a_stamp_tells_configurations_apart_and_holds_no_secret() -> None:
    """Path and text count; a secret's value does not: its file's change removes the record."""
    one = File(path="/etc/a", content=Text("x ", SecretRef("it"), "\n"))
    same = File(path="/etc/a", content=Text("x ", SecretRef("it"), "\n"), mode=0o600)
    other = File(path="/etc/b", content=Text("x ", SecretRef("it"), "\n"))

    assert stamp([one]) == stamp([same])
    assert len({stamp([one]), stamp([other]), stamp([one, other]), stamp([])}) == 4


@pytest.mark.parametrize("name", [r"opt-audit\x2dlogs.mount", "postgresql@15-main"])
def test_the_name_reaches_systemctl_unchanged(machine: Machine, name: str) -> None:
    """Backslashes and at signs are part of names."""
    unit = Unit(name=name, stamp="s1", probe="true")
    change = unit.change("", Secrets())
    assert change is not None
    arguments = 'systemctl() { printf "%s\\n" "$@"; }\n'

    looked = machine.run(f"{arguments}{unit.look()}\n").out.splitlines()
    acted = machine.run(f"{arguments}{change.script.masked()}")

    assert name in looked
    assert acted.status == 0, acted.err
    assert acted.out.splitlines().count(name) == 3  # enable, reset-failed, restart
    assert (machine.own / "applied" / name).read_text() == "s1\n"


def test_a_probe_that_never_succeeds_is_given_up(machine: Machine) -> None:
    """After its time, with the unit's own words; nothing is recorded as taken in."""
    change = Unit(name="web", stamp="s1", probe="false", probe_seconds=0).change("", Secrets())
    assert change is not None
    words = 'systemctl() { [ "$1" != --no-pager ] || echo "web: cannot bind"; }\n'

    result = machine.run(f"set -euo pipefail\n{words}{change.script.masked()}")

    assert result.status == 1
    assert "web did not answer within 0 s" in result.err
    assert "web: cannot bind" in result.err
    assert not (machine.own / "applied" / "web").exists()
