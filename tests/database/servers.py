"""PostgreSQL servers of our own on this machine: real ones, with TLS, ended with the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from wizard.vault.authority import Issued, issue, new_authority

if TYPE_CHECKING:
    from collections.abc import Iterator

HBA = """\
local all postgres trust
local replication postgres trust
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl replication all 127.0.0.1/32 scram-sha-256
"""


def free_port() -> int:
    """Return a TCP port nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def programs() -> Path:
    """Return the folder of the newest server programs; skips the test without them."""
    places = [Path("/usr/lib/postgresql"), *Path("/usr").glob("pgsql-*")]
    found = sorted(path for place in places for path in place.rglob("bin/initdb"))
    if not found or os.geteuid() != 0:
        pytest.skip("needs PostgreSQL's server programs, and root to start them as postgres")
    return found[-1].parent


@dataclass(frozen=True)
class Server:
    """One server: its folder holds data, certificate and socket."""

    folder: Path
    port: int
    authority: Issued

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    def program(self, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as its account; its output is in a failure."""
        command: list[str | Path] = [programs() / name, *arguments]
        log = self.folder / "program.log"
        with log.open("a+") as output:
            done = subprocess.run(
                command,
                check=False,
                stdout=output,
                stderr=output,
                text=True,
                user="postgres",
                group="postgres",
                cwd="/",
                env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            )
        if done.returncode:
            pytest.fail(f"{command} ended with {done.returncode}:\n{log.read_text()}")
        return done

    def settings(self, text: str = "") -> None:
        """Write the settings, and certificates issued to this machine."""
        issued = issue(self.authority, ["db1", "localhost", "127.0.0.1"], datetime.now(UTC))
        for name, content in (
            ("server.key", issued.key),
            ("server.crt", issued.certificate),
            ("ca.crt", self.authority.certificate),
        ):
            path = self.folder / name
            path.write_text(content)
            path.chmod(0o600)
            shutil.chown(path, "postgres", "postgres")
        (self.data / "postgresql.conf").write_text(
            f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nfsync = off\nssl = on\n"
            f"ssl_key_file = '{self.folder}/server.key'\n"
            f"ssl_cert_file = '{self.folder}/server.crt'\n"
            f"unix_socket_directories = '{self.folder}'\nshared_buffers = 16MB\n{text}\n"
        )
        (self.data / "pg_hba.conf").write_text(HBA)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.program("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "start")

    def stop(self) -> None:
        """End it at once."""
        self.program("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def connect(self, database: str = "postgres", user: str = "postgres") -> Any:  # noqa: ANN401 - a psycopg.Connection of any row
        """Return a connection over the socket."""
        return psycopg.connect(
            host=str(self.folder), port=self.port, user=user, dbname=database, autocommit=True
        )


def prepared(folder: Path, authority: Issued | None = None) -> Server:
    """Return a server without data in a folder that PostgreSQL's account can reach."""
    folder.mkdir()
    shutil.chown(folder, "postgres", "postgres")
    for above in folder.parents:
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)
    return Server(folder, free_port(), authority or new_authority("test", datetime.now(UTC)))


@contextmanager
def running(folder: Path, text: str = "") -> Iterator[Server]:
    """Run a new, empty server."""
    programs()
    server = prepared(folder)
    server.program("initdb", "-D", server.data, "-U", "postgres", "--locale=C.UTF-8", "--no-sync")
    server.settings(text)
    server.start()
    try:
        yield server
    finally:
        with suppress(pytest.fail.Exception):
            server.stop()


class Here:
    """A way to this machine as if it were a host; only forwarding is there."""

    host = "db1"
    trips = 0

    @contextmanager
    def forward(self, address: str, port: int) -> Iterator[tuple[str, int]]:
        """Lead to the same place."""
        yield address, port
