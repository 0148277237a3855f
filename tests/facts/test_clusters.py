"""The probe for PostgreSQL clusters, run for real on a cluster made for the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.remote.local import LocalTransport
from wizard.facts import clusters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.facts.host import PostgresCluster

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
SOCKETS = Path("/var/run/postgresql")
PORT = 54899

pytestmark = pytest.mark.skipif(
    not INSTALLED or os.geteuid() != 0 or not SOCKETS.is_dir(),
    reason="needs root and a PostgreSQL server as Debian packages it",
)


def as_postgres(*words: str) -> None:
    """Run a program as the account of PostgreSQL."""
    subprocess.run(
        ["runuser", "-u", "postgres", "--", *words], check=True, capture_output=True, timeout=60
    )


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A directory that stands for / with one cluster, <root>/data/<version>/main, running."""
    path = Path(tempfile.mkdtemp(prefix="clusters-"))
    path.chmod(0o755)
    binaries = INSTALLED[-1].parent
    version = binaries.parent.name
    data = path / "data" / version / "main"
    data.mkdir(parents=True)
    config = path / "etc" / version / "main"
    config.mkdir(parents=True)
    (config / "postgresql.conf").write_text(f"port = {PORT}\t# as Debian writes it\n")
    shutil.chown(data, "postgres", "postgres")
    as_postgres(str(binaries / "initdb"), "-D", str(data), "--no-sync")
    options = f"-p {PORT} -h '' -k {SOCKETS} -F"
    log = str(data / "log")
    as_postgres(str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-l", log, "-w", "start")
    try:
        as_postgres("createdb", "-h", str(SOCKETS), "-p", str(PORT), "orders")
        yield path
    finally:
        stop(path)
        shutil.rmtree(path)


def stop(root: Path) -> None:
    """Stop the cluster if it runs."""
    data = next((root / "data").glob("*/main"))
    if (data / "postmaster.pid").exists():
        as_postgres(str(INSTALLED[-1].parent / "pg_ctl"), "-D", str(data), "-w", "stop")


def look(root: Path) -> PostgresCluster:
    """What the probe's script says of the one cluster below the directory."""
    script = (
        clusters.SCRIPT.replace("/var/lib/postgresql", str(root / "data"))
        .replace("/var/lib/pgsql", str(root / "none"))
        .replace("/etc/postgresql", str(root / "etc"))
        .replace(clusters.MARKERS, str(root / "markers"))
    )
    script = f"shopt -s nullglob\n{{\n{script}\n}} </dev/null\n"
    out = LocalTransport().run(script, waiting_for="clusters", timeout=30).out
    (found,) = clusters.parse(out)
    return found


def test_a_running_cluster_of_somebody_else_names_its_databases(root: Path) -> None:
    """Version, port and the users' databases are seen; those of PostgreSQL itself are not."""
    seen = look(root)
    assert (seen.running, seen.ours, seen.port) == (True, False, PORT)
    assert seen.databases == ("orders",)
    assert seen.version == INSTALLED[-1].parent.parent.name
    assert seen.system_identifier.isdecimal()
    assert not seen.in_recovery


def test_the_marker_makes_it_ours(root: Path) -> None:
    """Only a marker with this very cluster's identifier counts."""
    seen = look(root)
    marker = root / "markers" / f"postgresql-{seen.version}-main"
    marker.parent.mkdir()
    try:
        marker.write_text("1234567890\n")
        assert not look(root).ours
        marker.write_text(f"{seen.system_identifier}\n")
        assert look(root).ours
    finally:
        shutil.rmtree(marker.parent)


def test_a_stopped_cluster_still_shows_that_it_holds_data(root: Path) -> None:
    """Databases of a stopped cluster are told by their directories."""
    stop(root)
    seen = look(root)
    assert not seen.running
    assert len(seen.databases) == 1
    assert seen.databases[0].startswith("number ")
