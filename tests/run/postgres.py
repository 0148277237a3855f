"""A PostgreSQL server of this machine for a test: a new cluster in a folder, on a socket there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.remote.transport import Transport


def programs() -> Path:
    """Return where the newest PostgreSQL of this machine is; skip the test without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or os.getuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root and PostgreSQL: apt-get install postgresql")
    return found[-1].parent


class LocalServer:
    """A running server; called with a transport it opens a connection, whatever the host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.up = True

    @contextmanager
    def __call__(self, _transport: Transport) -> Iterator[psycopg.Connection[Any] | None]:
        """Give a connection with autocommit on, or None while it counts as not installed."""
        if not self.up:
            yield None
            return
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            yield connection


@contextmanager
def local_server() -> Iterator[LocalServer]:
    """Make a cluster, start it, and remove it at the end."""
    bin_ = programs()
    folder = Path(tempfile.mkdtemp(prefix="minusnow-pg-"))
    shutil.chown(folder, "postgres", "postgres")
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = str(folder / "data")

    def run(*command: str) -> None:
        subprocess.run(
            [*as_postgres, *command], check=True, stdout=subprocess.DEVNULL, timeout=60, cwd=folder
        )

    try:
        run(str(bin_ / "initdb"), "-D", data, "-A", "trust", "-N", "-U", "postgres")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        log = str(folder / "log")
        run(str(bin_ / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield LocalServer(folder)
        finally:
            run(str(bin_ / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)
