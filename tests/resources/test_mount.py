"""Mount points hide nobody's files; mounts are what their unit files say."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from wizard.errors import RefusedOnHost
from wizard.resources.mount import MountPoint, Mounts, Share, mount_unit
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from tests.resources.machine import Machine

PLACES = ("/opt/minusnow/data", "/opt/minusnow/audit-logs")
UNITS = ("opt-minusnow-data.mount", r"opt-minusnow-audit\x2dlogs.mount")


@pytest.mark.parametrize(
    ("seen", "due"),
    [
        ("mounted 10.0.3.10:/exports/minusnow/data\n", False),
        ("directory 555 root 0\n", False),
        ("directory 755 root 0\n", True),
        ("directory 555 minusnow 0\n", True),
        ("", True),
    ],
)
def test_what_is_seen_decides_what_changes(seen: str, *, due: bool) -> None:
    """An empty directory of root's that the service cannot write to."""
    change = MountPoint(path=PLACES[0]).change(seen, Secrets())

    assert (change is not None) == due


@pytest.mark.parametrize("seen", ["directory 755 root 3\n", "directory 555 root 1\n", "other\n"])
def test_files_that_a_mount_would_hide_are_refused(seen: str) -> None:
    """Also when the directory is otherwise right."""
    with pytest.raises(RefusedOnHost):
        MountPoint(path=PLACES[0]).change(seen, Secrets())


def test_what_lies_in_the_way_is_counted(machine: Machine) -> None:
    """Hidden files count."""
    place = machine.folder / "mount point"
    point = MountPoint(path=str(place))
    assert machine.look(point) == ""
    place.mkdir(mode=0o755)
    (place / ".hidden").touch()

    kind, _mode, _owner, count = machine.look(point).split()

    assert (kind, count) == ("directory", "1")


@pytest.mark.parametrize("path", [*PLACES, "/srv/a b", "/mnt/é", "/x.y/z:1_"])
def test_units_are_named_as_systemd_names_them(path: str) -> None:
    """The file of a mount unit must have exactly this name."""
    assert shutil.which("systemd-escape"), "apt-get install systemd"
    command = ["systemd-escape", "--path", "--suffix=mount", path]
    expected = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert mount_unit(path) == expected


SHARES = tuple(Share(source=f"10.0.3.10:/exports{path}", path=path) for path in PLACES)
MOUNTS = Mounts(
    shares=SHARES, options="nfsvers=4.2,hard", stamp="s1", account="minusnow", service="minusnow"
)


def shown(*states: tuple[str, str]) -> str:
    """Return what `systemctl show` prints of the two units."""
    return "\n".join(
        f"Id={unit}\nActiveState={active}\nUnitFileState={file}\nNeedDaemonReload=no\n"
        for unit, (active, file) in zip(UNITS, states, strict=True)
    )


UP = ("active", "enabled")


@pytest.mark.parametrize(
    ("seen", "due"),
    [
        (shown(UP, UP) + "Applied=s1\n", ()),
        (shown(UP, UP) + "Applied=s0\n", PLACES),
        (shown(UP, UP), PLACES),
        (shown(UP, UP).replace("=no", "=yes") + "Applied=s1\n", PLACES),
        (shown(UP, ("inactive", "enabled")) + "Applied=s1\n", PLACES[1:]),
        (shown(("active", "disabled"), UP) + "Applied=s1\n", PLACES[:1]),
        ("", PLACES),
    ],
)
def test_what_is_not_as_its_file_says_is_mounted(seen: str, due: tuple[str, ...]) -> None:
    """All of them in one go after a change of their files, otherwise only those that are not up."""
    change = MOUNTS.change(seen, Secrets())

    assert (change.summary if change else "") == (f"mount {', '.join(due)}" if due else "")


def test_a_unit_name_with_a_backslash_reaches_systemctl_unchanged(machine: Machine) -> None:
    """The shell and `echo` leave it alone, in the look and in the script."""
    show = 'systemctl() { printf "%s\\n" "$@"; }\n'
    change = MOUNTS.change("", Secrets())
    assert change is not None

    looked = machine.run(f"{show}{MOUNTS.look()}\n").out
    acted = machine.run(f"{show}findmnt() {{ :; }}\n{change.script.masked()}").out

    assert UNITS[1] in looked.splitlines()
    assert acted.splitlines().count(UNITS[1]) == 2  # enable and restart


def test_a_mount_that_is_not_there_ends_the_script(machine: Machine) -> None:
    """So that it is not recorded as taken in."""
    change = MOUNTS.change("", Secrets())
    assert change is not None
    missing = 'systemctl() { :; }\nfindmnt() { [ "${!#}" = /opt/minusnow/audit-logs ]; }\n'

    result = machine.run(f"set -euo pipefail\n{missing}{change.script.masked()}")

    assert result.status != 0
    assert not (machine.own / "applied" / "mounts").exists()


def test_files_are_copied_before_another_share_is_mounted_over_them() -> None:
    """The service is stopped first; the old share keeps what it has."""
    old = "Mounted=/opt/minusnow/data 10.9.9.9:/old/data\n"
    change = MOUNTS.change(shown(UP, UP) + old + "Applied=s0\n", Secrets())
    assert change is not None

    text = change.script.masked()

    stop, copy, mount = (
        text.index(part)
        for part in ("systemctl stop minusnow", "cp -ru", "systemctl restart opt-minusnow-data")
    )
    assert stop < copy < mount
    assert "find /opt/minusnow/audit-logs" not in text
    assert "10.9.9.9:/old/data" in change.summary
    assert change.detached
