"""PostgreSQL and Redis on loopback, started for the tests as an unprivileged user."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.practice.standin.node_program import node_program

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = "apt-get install postgresql redis-server npm"
DATABASE_PASSWORD = "p@ss/w:rd %#?"
CACHE_PASSWORD = "c@che/%:word"


def program(name: str) -> str:
    """Return where a program lies; fail the test with what to install when it is missing."""
    if name == "node":
        return str(node_program())
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name) or next((str(place) for place in places), None)
    if found is None:
        pytest.fail(f"{name} is not installed, and this test needs it: {PACKAGES}")
    return found


def unprivileged() -> dict[str, Any]:
    """Return the arguments that make subprocess give up root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def give(path: Path) -> Path:
    """Hand a directory to the unprivileged user."""
    account = unprivileged()
    if account:
        os.chown(path, account["user"], account["group"])
    return path


def free_port() -> int:
    """Return a TCP port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail the test with `what` when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)


def accepts(port: int) -> bool:
    """Say whether something on loopback accepts connections at a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server with TLS, and the authority that signed its certificate."""

    directory: Path
    port: int
    authority: Path

    def url(self, database: str, *, hosts: str = "", password: str = DATABASE_PASSWORD) -> str:
        """Return the connection address of the stand-in's role for a database."""
        where = hosts or f"127.0.0.1:{self.port}"
        return f"postgres://minusnow:{quote(password, safe='')}@{where}/{database}"

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection as the superuser over the local socket."""
        return psycopg.connect(
            host=str(self.directory), port=self.port, user="admin", dbname=database, autocommit=True
        )

    def fresh_database(self, name: str) -> str:
        """Create an empty database that belongs to the stand-in's role, and return its address."""
        with self.connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER minusnow'.encode())
        return self.url(name)

    def promote(self) -> None:
        """Make a standby the primary and wait until it is."""
        self.control("promote")

    def stop(self) -> None:
        """End the server at once; its data is thrown away."""
        self.control("-m", "immediate", "stop")

    def control(self, *arguments: str) -> None:
        """Run pg_ctl on this server."""
        command = [program("pg_ctl"), "-D", str(self.directory / "data"), "-w", *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **unprivileged())


def start_postgres(directory: Path) -> Postgres:
    """Make and start a cluster whose role `minusnow` logs in by password over loopback."""
    command = [program("initdb"), "-D", str(directory / "data"), "-U", "admin", "--no-sync"]
    command += ["--auth-local=trust", "--auth-host=scram-sha-256"]
    subprocess.run(command, check=True, capture_output=True, cwd="/", **unprivileged())
    server = run_cluster(directory)
    with server.connect("postgres") as connection:
        literal = psycopg.sql.Literal(DATABASE_PASSWORD)
        connection.execute(
            psycopg.sql.SQL("CREATE ROLE minusnow LOGIN PASSWORD {}").format(literal)
        )
    return server


def start_standby(directory: Path, primary: Postgres) -> Postgres:
    """Copy a running server and start the copy as its streaming standby."""
    command = [program("pg_basebackup"), "-D", str(directory / "data"), "-U", "admin", "-R"]
    command += ["-h", str(primary.directory), "-p", str(primary.port), "-c", "fast"]
    subprocess.run(command, check=True, capture_output=True, cwd="/", **unprivileged())
    return run_cluster(directory)


def run_cluster(directory: Path) -> Postgres:
    """Start the cluster in a directory on a free port and wait until it accepts connections."""
    port, authority = free_port(), write_certificates(directory)
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": directory,
        "ssl": "on",
        "ssl_cert_file": directory / "server.crt",
        "ssl_key_file": directory / "server.key",
        "fsync": "off",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    start = [program("pg_ctl"), "-D", str(directory / "data"), "-w", "-l", str(directory / "log")]
    subprocess.run(
        [*start, "-o", options, "start"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **unprivileged(),
    )
    return Postgres(directory, port, authority)


def write_certificates(directory: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1, and return the certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(tz=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (directory / "server.key").write_bytes(secret)
    (directory / "server.key").chmod(0o600)
    give(directory / "server.key")
    public = directory / "server.crt"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return public


class Cache:
    """A Redis server with a password that can be stopped and started."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address the stand-in is given."""
        return f"redis://:{quote(CACHE_PASSWORD, safe='')}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.directory),
            "save": '""',
            "requirepass": f'"{CACHE_PASSWORD}"',
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        self.process = subprocess.Popen(
            [program("redis-server"), "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **unprivileged(),
        )
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.close()
        wait_until(lambda: accepts(self.port), "Redis accepts connections")

    def stop(self) -> None:
        """End the server and wait for its end."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None
