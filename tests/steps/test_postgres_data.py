"""Data is made once, copied once, and never touched when it is not ours."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.steps.postgres_situation import DEBIAN, RHEL, situation
from wizard.errors import RefusedOnHost
from wizard.steps.postgres_base_backup import BaseBackup
from wizard.steps.postgres_cluster import NewCluster
from wizard.steps.postgres_data import look_at_data, read_data
from wizard.steps.postgres_layout import Layout, layout
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.facts.host import OperatingSystem

NONE = Secrets()


def cluster(os: OperatingSystem = DEBIAN) -> NewCluster:
    """Return the primary's cluster."""
    found = situation(os=os)
    return NewCluster(place=layout(found, found.site.primary))


def backup(os: OperatingSystem = DEBIAN) -> BaseBackup:
    """Return the standby's base backup."""
    found = situation(os=os)
    return BaseBackup(place=layout(found, found.site.host("db2")), primary=found.site.primary)


OURS = "marker=7\npresent=yes\nidentifier=7\n"


@pytest.mark.parametrize(
    ("seen", "primary", "standby"),
    [
        # what was seen -> what is said of the primary and of the standby; "" nothing, ! refused
        ("", "create cluster", "copy the cluster of db1"),
        (OURS, "", "!accepts writes"),
        (f"{OURS}standby=yes\n", "!is a standby here", ""),
        ("present=yes\n", "!holds files", "!holds files"),
        ("present=yes\nidentifier=8\n", "!a cluster (system 8)", "!a cluster (system 8)"),
        (
            "marker=7\npresent=yes\nidentifier=8\nstandby=yes\n",
            "!a cluster (system 8)",
            "!a cluster (system 8)",
        ),
        ("marker=7\npresent=yes\n", "!holds files", "!holds files"),
        ("marker=7\n", "!is empty, but", "copy the cluster of db1"),
        ("marker=7\nincoming=7\n", "move the new cluster", "move the base backup"),
        ("incoming=7\n", "create cluster", "copy the cluster of db1"),
        ("marker=6\nincoming=7\n", "!is empty, but", "copy the cluster of db1"),
    ],
)
def test_what_is_there_decides(seen: str, primary: str, standby: str) -> None:
    """Only an empty directory is filled; what we did not make stays as it is."""
    items: list[tuple[Any, str]] = [(cluster(), primary), (backup(), standby)]
    for item, said in items:
        if said.startswith("!"):
            with pytest.raises(RefusedOnHost) as caught:
                item.change(seen, NONE)
            assert said[1:] in caught.value.seen
            assert caught.value.remedy
        else:
            change = item.change(seen, NONE)
            assert (change.summary if change else "").startswith(said)
            assert bool(change) == bool(said)


@pytest.mark.parametrize(
    ("os", "parts"),
    [
        (
            DEBIAN,
            (
                "initdb -D /var/lib/postgresql/15/.main.minusnow-incoming",
                "rm -f /var/lib/postgresql/15/.main.minusnow-incoming/postgresql.conf",
                "mv -T /var/lib/postgresql/15/.main.minusnow-incoming /var/lib/postgresql/15/main",
                "/var/lib/minusnow-setup/postgresql-15-main",
            ),
        ),
        (
            RHEL,
            (
                "/usr/pgsql-15/bin/initdb -D /var/lib/pgsql/15/.data.minusnow-incoming",
                "mv -T /var/lib/pgsql/15/.data.minusnow-incoming /var/lib/pgsql/15/data",
                "restorecon -R /var/lib/pgsql/15/data",
            ),
        ),
    ],
    ids=["debian", "rhel"],
)
def test_a_cluster_grows_beside_its_place(os: OperatingSystem, parts: tuple[str, ...]) -> None:
    """It is marked and moved when it is whole, on every family."""
    change = cluster(os).change("", NONE)
    assert change
    script = change.script.masked()
    assert [part for part in parts if part not in script] == []
    assert script.index("--data-checksums") < script.index("mv -T")


def test_a_base_backup_survives_the_connection_and_holds_no_password() -> None:
    """It runs detached, through the slot, and clears what is true of the primary only."""
    change = backup().change("", NONE)
    assert change
    assert change.detached
    script = change.script.masked()
    for part in (
        "--slot minusnow_db2",
        "--no-password",
        "passfile=/var/lib/postgresql/minusnow-replication.pgpass",
        "sslmode=verify-full",
        "postgresql.auto.conf",
        "standby.signal",
    ):
        assert part in script
    assert not change.script.names()


def here(tmp_path: Path, identifier: str) -> Layout:
    """Return a layout whose places are in a folder, with a pg_controldata that says so."""
    programs = tmp_path / "bin"
    programs.mkdir()
    control = programs / "pg_controldata"
    control.write_text(f"#!/bin/sh\necho 'Database system identifier:           {identifier}'\n")
    control.chmod(0o755)

    class Names:
        data = str(tmp_path / "main")
        bin = str(programs)

    class Place:
        names = Names
        marker = str(tmp_path / "marker")
        incoming = str(tmp_path / ".main.incoming")

    return cast("Layout", Place)


def looked(place: Layout) -> str:
    """Run the look as the engine does."""
    script = f"( set +e +u\n{look_at_data(place)}\n)"
    return subprocess.run(
        ["bash", "-c", script], check=False, capture_output=True, text=True
    ).stdout


def test_the_look_tells_what_is_there(tmp_path: Path) -> None:
    """Nothing, an empty directory, data that waits to be moved, data of ours, a standby."""
    place = here(tmp_path, "7")
    data = tmp_path / "main"
    assert looked(place) == ""
    data.mkdir()
    assert not read_data(looked(place)).present
    incoming = tmp_path / ".main.incoming"
    incoming.mkdir()
    (incoming / "PG_VERSION").touch()
    (tmp_path / "marker").write_text("7\n")
    assert read_data(looked(place)).movable
    (data / "standby.signal").touch()
    seen = read_data(looked(place))
    assert seen.ours
    assert seen.standby
    (tmp_path / "marker").write_text("8\n")
    assert not read_data(looked(place)).ours
