"""A real OpenSSH server on loopback, with keys, users and a home of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.remote.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin") or ""
SUDOERS = Path("/etc/sudoers.d")


def available() -> bool:
    """Tell whether a server can be started here."""
    return os.geteuid() == 0 and SSHD != ""


def wait_until(condition: Callable[[], object], *, seconds: float = 15) -> None:
    """Return as soon as the condition is true; fail the test if it does not become so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not true within {seconds} s: {condition}"
        time.sleep(0.02)


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """Make a key pair with OpenSSH's own tool."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


class Sshd:
    """One server; `stop` ends it and everything it started."""

    def __init__(
        self, *, address: str = "127.0.0.1", options: str = "", wrapper: tuple[str, ...] = ()
    ) -> None:
        self.address = address
        # Not under /tmp: one test mounts another file system there for its server.
        self.directory = Path(tempfile.mkdtemp(prefix="sshd-", dir="/var/tmp"))
        self.home = self.directory / "home"
        self.home.mkdir()
        self.host_key = make_key(self.directory / "host_key")
        self.user_key = make_key(self.directory / "user_key")
        self.authorized = self.directory / "authorized_keys"
        self.directory.chmod(0o755)
        self.authorize(self.user_key)
        self.known_hosts = self.directory / "known_hosts"
        with socket.create_server((address, 0)) as free:
            self.port = free.getsockname()[1]
        self.known_hosts.write_text(self.known_line())
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        config = self.directory / "sshd_config"
        config.write_text(
            f"{options}\n"
            f"Port {self.port}\nListenAddress {address}\nHostKey {self.host_key}\n"
            f"AuthorizedKeysFile {self.authorized}\nStrictModes no\nUsePAM no\nUseDNS no\n"
            f"PermitRootLogin yes\nPidFile none\nMaxStartups 100\nSetEnv HOME={self.home}\n"
        )
        self.log = self.directory / "log"
        self._command = [*wrapper, SSHD, "-D", "-f", str(config), "-E", str(self.log)]
        self.start()

    def start(self) -> None:
        """Start the server, for the first time or after it died."""
        self.process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        wait_until(self._listens)

    def known_line(self, name: str | None = None) -> str:
        """Return the server's line for a known_hosts file."""
        kind, key = self.host_key.with_suffix(".pub").read_text().split()[:2]
        return f"{name or f'[{self.address}]:{self.port}'} {kind} {key}\n"

    def authorize(self, key: Path) -> None:
        """Let a key log in, as any user."""
        with self.authorized.open("a") as stream:
            stream.write(key.with_name(key.name + ".pub").read_text())

    def endpoint(self, **changes: Any) -> Endpoint:  # noqa: ANN401 - as many types as fields
        """Return how to reach the server; root unless told otherwise."""
        values: dict[str, Any] = {
            "name": "db1",
            "address": self.address,
            "port": self.port,
            "key_file": self.user_key,
            "known_hosts": self.known_hosts,
        }
        return Endpoint(**{**values, **changes})

    def sessions(self) -> list[int]:
        """Return the server's processes that serve a connection (not what runs in them)."""
        return [pid for pid in descendants(self.process.pid) if _program(pid) == "sshd"]

    def signal_sessions(self, number: signal.Signals) -> None:
        """Send a signal to every process that serves a connection."""
        for pid in self.sessions():
            os.kill(pid, number)

    def die(self) -> None:
        """End the server and everything it started, without a word to anybody."""
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def stop(self) -> None:
        """End the server and remove its files."""
        self.die()
        shutil.rmtree(self.directory)

    def _listens(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with socket.create_connection((self.address, self.port), timeout=5):
                return True
        except OSError:
            return False


def descendants(pid: int) -> list[int]:
    """Return the processes below one, children first."""
    found: list[int] = []
    try:
        files = list(Path(f"/proc/{pid}/task").glob("*/children"))
        children = [int(word) for file in files for word in file.read_text().split()]
    except OSError:  # it ended meanwhile
        return found
    for child in children:
        found += [child, *descendants(child)]
    return found


def processes_with(text: str) -> list[int]:
    """Return the processes that have a text in their command line or environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            seen = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in seen:
            found.append(int(entry.name))
    return found


@contextmanager
def unix_user(rule: str, *, password: str, login_shell: str = "/bin/bash") -> Iterator[str]:
    """Make a user with a sudoers rule (`{user}` stands for its name) and remove both again."""
    name = f"mns{os.getpid()}"
    subprocess.run(["useradd", "--create-home", "--shell", login_shell, name], check=True)
    try:
        subprocess.run(["chpasswd"], input=f"{name}:{password}", text=True, check=True)
        if rule:
            file = SUDOERS / name
            file.write_text(rule.format(user=name) + "\n")
            file.chmod(0o440)
            subprocess.run(["visudo", "-cqf", str(file)], check=True)
        yield name
    finally:
        (SUDOERS / name).unlink(missing_ok=True)
        subprocess.run(["userdel", "--remove", "--force", name], check=False, capture_output=True)


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
