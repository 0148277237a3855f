"""The scripts that make and copy a cluster, run for real in a folder of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.database.servers import programs, running
from tests.steps.postgres_situation import situation
from wizard.database.slot import ReplicationSlot
from wizard.steps import postgres_data, postgres_layout
from wizard.steps.postgres_base_backup import BaseBackup
from wizard.steps.postgres_cluster import NewCluster
from wizard.steps.postgres_data import read_data
from wizard.steps.postgres_layout import Layout, layout
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.database.servers import Server

NONE = Secrets()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that PostgreSQL's account can reach; the installer keeps its marker there."""
    programs()
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_uid == os.geteuid() and str(above) != "/":
            above.chmod(above.stat().st_mode | 0o011)
    for module in (postgres_layout, postgres_data):
        monkeypatch.setattr(module, "OWN_DIRECTORY", str(tmp_path / "own"))
    return tmp_path


def placed(folder: Path, host: str, port: int = 5432) -> Layout:
    """Return the layout of a host with all its places in the folder."""
    found = situation()
    database = found.site.database.model_copy(update={"port": port, "tls": False})
    site = found.site.model_copy(update={"database": database})
    place = layout(found, site.host(host))
    names = replace(place.names, data=str(folder / "15" / "main"), bin=str(programs()))
    return replace(place, site=site, names=names, home=str(folder))


def run(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the engine does."""
    return subprocess.run(
        ["bash", "-s"],
        input=f"( set -euo pipefail\n{script}\n) </dev/null",
        check=False,
        capture_output=True,
        text=True,
    )


def look(script: str) -> str:
    """Look as the engine does."""
    return run(f"set +e +u\n{script}").stdout


def test_a_cluster_is_made_once(folder: Path) -> None:
    """It has checksums and its marker, and a second look finds nothing to do."""
    item = NewCluster(place=placed(folder, "db1"))
    change = item.change(look(item.look()), NONE)
    assert change
    done = run(change.script.masked())
    assert done.returncode == 0, done.stderr
    assert item.change(look(item.look()), NONE) is None
    data = folder / "15" / "main"
    assert not (data / "postgresql.conf").exists()
    assert data.stat().st_mode & 0o777 == 0o700
    control = subprocess.run(
        [programs() / "pg_controldata", data], check=True, capture_output=True, text=True
    ).stdout
    assert "Data page checksum version:           1" in control


def test_a_run_that_died_before_the_move_is_finished(folder: Path) -> None:
    """Whole data that only waits to be moved is moved, not made again."""
    item = NewCluster(place=placed(folder, "db1"))
    change = item.change(look(item.look()), NONE)
    assert change
    script = change.script.masked()
    assert run(script[: script.index("[ ! -d ")]).returncode == 0
    seen = look(item.look())
    assert read_data(seen).movable
    rest = item.change(seen, NONE)
    assert rest
    assert "where an earlier run left off" in rest.summary
    assert run(rest.script.masked()).returncode == 0
    assert item.change(look(item.look()), NONE) is None


def test_data_that_came_in_between_is_left_alone(folder: Path) -> None:
    """Between look and act somebody else may have filled the directory."""
    item = NewCluster(place=placed(folder, "db1"))
    change = item.change("", NONE)
    assert change
    data = folder / "15" / "main"
    data.mkdir(parents=True)
    (data / "treasure").write_text("gold")
    done = run(change.script.masked())
    assert done.returncode != 0
    assert "is no longer empty" in done.stderr
    assert [path.name for path in data.iterdir()] == ["treasure"]


@pytest.fixture
def primary(folder: Path) -> Iterator[Server]:
    """A primary with a role, a slot and enough data for a backup to take a while."""
    with running(folder / "primary") as server:
        with server.connect() as connection:
            connection.execute("CREATE ROLE replicator LOGIN REPLICATION PASSWORD 'a:b'")
            connection.execute("CREATE TABLE much AS SELECT generate_series(1, 100000) AS i")
            slot = ReplicationSlot(name="minusnow_db2", standby="db2").change(None, NONE)
            assert slot
            slot.apply(connection)
        passfile = folder / "minusnow-replication.pgpass"
        passfile.write_text(f"db1:{server.port}:replication:replicator:a\\:b\n")
        passfile.chmod(0o600)
        shutil.chown(passfile, "postgres", "postgres")
        yield server


def backup(folder: Path, port: int) -> BaseBackup:
    """Return the base backup from the primary on this machine."""
    place = placed(folder, "db2", port)
    here = place.site.primary.model_copy(update={"address": "127.0.0.1"})
    return BaseBackup(place=place, primary=here)


def test_a_killed_base_backup_is_taken_again(folder: Path, primary: Server) -> None:
    """What it left is ours and goes away; the next one is whole, a standby, without a password."""
    item = backup(folder, primary.port)
    change = item.change(look(item.look()), NONE)
    assert change
    script = change.script.masked()
    slow = script.replace("--checkpoint=fast", "--checkpoint=fast --max-rate=1M")
    process = subprocess.Popen(
        ["bash", "-ec", slow],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    incoming = folder / "15" / ".main.minusnow-incoming"
    deadline = time.monotonic() + 30
    while not (incoming / "PG_VERSION").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)  # between two looks at the condition
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    seen = look(item.look())
    assert not read_data(seen).present
    again = item.change(seen, NONE)
    assert again
    assert again.summary == change.summary
    done = run(again.script.masked())
    assert done.returncode == 0, done.stderr
    assert item.change(look(item.look()), NONE) is None
    data = folder / "15" / "main"
    assert (data / "standby.signal").exists()
    assert (data / "postgresql.auto.conf").read_text() == ""
    assert not incoming.exists()


def test_a_slot_that_is_still_held_is_waited_for(folder: Path, primary: Server) -> None:
    """The primary may not have noticed yet that the one who held it is gone."""
    received = folder / "received"
    received.mkdir()
    shutil.chown(received, "postgres", "postgres")
    holder = subprocess.Popen(
        [
            *(programs() / "pg_receivewal", "-D", received, "-S", "minusnow_db2", "-U", "postgres"),
            *("-h", primary.folder, "-p", str(primary.port)),
        ],
        user="postgres",
        group="postgres",
        cwd="/",
        env={"HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_the_slot_is(primary, active=True)
        item = backup(folder, primary.port)
        change = item.change("", NONE)
        assert change
        with subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", change.script.masked()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            said = ""
            for line in process.stdout:
                said += line
                if "trying again" in line:
                    holder.terminate()
        assert process.returncode == 0, said
        assert "trying again" in said
    finally:
        holder.kill()
        holder.wait()


def _until_the_slot_is(primary: Server, *, active: bool) -> None:
    with primary.connect() as connection:
        connection.execute("SET statement_timeout = '20s'")
        while connection.execute("SELECT active FROM pg_replication_slots").fetchone() != (active,):
            connection.execute("SELECT pg_sleep(0.02)")
