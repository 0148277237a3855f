"""Real programs that read what the vault encodes: PostgreSQL, Redis, systemd."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORDS = (
    "a",
    " ",
    "'",
    '"',
    "\\",
    "$",
    "`id`",
    "plainAlphanumeric42",
    "with space and  two",
    " leading and trailing ",
    "p@ss/w#o?r%d&=+",
    "%w %H %% %s",
    "$HOME ${PATH} $(id) $$",
    'it\'s "quoted" and `ticked`',
    "back\\slash\\\\two\\n\\x41\\",
    "a:b:c\\:d",
    "SCRAM-SHA-256$4096:not a verifier",
    "md5d41d8cd98f00b204e9800998ecf8427e",
    "#;comment // -- /* */",
    "{{ jinja }} {% raw %}",
    "~!@#$%^&*()_+-=[]{}|;:,.<>/?",
    "Grüße, 世界 🌍",
    "Ελληνικά пароль",
    "סיסמה",
    "é" * 64,
    "x" * 128,
    "'\"\\$` " * 21,
)


def _wait(
    name: str, ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"{name} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.02)  # between two looks at the condition


@contextmanager
def postgresql(folder: Path) -> Iterator[Path]:
    """Run a PostgreSQL server of our own and yield the folder of its socket.

    The role postgres is trusted, every other one needs SCRAM-SHA-256.
    """
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries or os.geteuid() != 0:
        pytest.skip("needs PostgreSQL's server programs and root (to start it as postgres)")
    programs = binaries[-1].parent
    data = folder / "data"
    for above in (folder, *folder.parents):
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)
    data.mkdir()
    shutil.chown(data, "postgres", "postgres")
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    subprocess.run(
        [*initdb, "--locale=C.UTF-8", "-U", "postgres"],
        check=True,
        capture_output=True,
        user="postgres",
        group="postgres",
        cwd="/",
    )
    (data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    log = folder / "log"
    settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={data}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-F", *settings],
            stdout=output,
            stderr=output,
            user="postgres",
            group="postgres",
            cwd="/",
        )
    try:
        # Its socket is there before it answers; the last line of this file says when it does.
        pid = data / "postmaster.pid"
        _wait(
            "PostgreSQL", lambda: pid.exists() and "ready" in pid.read_text("latin-1"), process, log
        )
        yield data
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def redis(folder: Path, configuration: str) -> Iterator[Path]:
    """Run a Redis server of our own with a configuration and yield its socket."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs redis-server")
    path, log, file = folder / "redis.sock", folder / "redis.log", folder / "redis.conf"
    file.write_text(f'port 0\nunixsocket {path}\nsave ""\ndaemonize no\n{configuration}\n')
    with log.open("wb") as output:
        process = subprocess.Popen([program, file], stdout=output, stderr=output, cwd=folder)
    try:
        _wait("Redis", path.exists, process, log)
        yield path
    finally:
        process.terminate()
        process.wait(30)


def redis_answer(path: Path, *words: str) -> str:
    """Return Redis's first answer line to one command, sent as length-counted words."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.settimeout(10)
        request = b"*%d\r\n" % len(words)
        for word in words:
            raw = word.encode()
            request += b"$%d\r\n%s\r\n" % (len(raw), raw)
        connection.sendall(request)
        return connection.makefile("rb").readline().decode().strip()


# What systemd-tmpfiles puts in the place of a letter, of the file that names the system.
_LETTERS = {
    "w": "VERSION_ID",
    "B": "BUILD_ID",
    "W": "VARIANT_ID",
    "o": "ID",
}


def systemd_reads(folder: Path, quoted: str) -> str:
    """Return what systemd's own parser makes of `KEY="quoted"`."""
    return systemd_reads_lines(folder, [f'KEY="{quoted}"'])[0]


def systemd_reads_lines(folder: Path, assignments: list[str]) -> list[str]:
    """Return the values that systemd's own parser finds in lines of an environment file.

    EnvironmentFile and os-release go through one parser (parse_env_file_internal);
    systemd-tmpfiles puts values of the latter into links.
    """
    program = shutil.which("systemd-tmpfiles")
    if program is None:
        pytest.skip("needs systemd-tmpfiles")
    assert len(assignments) <= len(_LETTERS)
    (folder / "etc").mkdir(exist_ok=True)
    named = zip(_LETTERS.values(), assignments, strict=False)
    lines = [f"{key}={line.partition('=')[2]}\n" for key, line in named]
    (folder / "etc/os-release").write_text("".join(lines))
    letters = list(_LETTERS)[: len(assignments)]
    (folder / "link.conf").write_text(
        "".join(f"L+ /link-{one} - - - - %{one}\n" for one in letters)
    )
    subprocess.run(
        [program, "--create", f"--root={folder}", folder / "link.conf"],
        check=True,
        capture_output=True,
    )
    # A Path would drop slashes and dots.
    return [os.readlink(folder / f"link-{one}") for one in letters]  # noqa: PTH115
