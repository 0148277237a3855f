"""Host keys are compared with known_hosts before a session; nothing unknown is accepted alone."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey

from wizard.errors import ConnectionFailed
from wizard.remote.endpoint import HostKeyQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wizard.remote.endpoint import Endpoint

SYSTEM_FILE = Path("/etc/ssh/ssh_known_hosts")
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One line of a known_hosts file that is about this host."""

    file: Path
    line: int
    key: paramiko.PKey
    revoked: bool


def known_keys(endpoint: Endpoint) -> list[KnownKey]:
    """Return the keys that the endpoint's and the system's known_hosts hold for it."""
    found: list[KnownKey] = []
    for file in (endpoint.known_hosts.expanduser(), SYSTEM_FILE):
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ConnectionFailed(
                f"{file} cannot be read: {error.strerror}",
                remedy="Make it readable, or name another file under ssh.known_hosts.",
                host=endpoint.name,
            ) from error
        for number, text in enumerate(lines, start=1):
            known = _known_key(file, number, text.strip(), endpoint.known_name)
            if known is not None:
                found.append(known)
    return found


def fingerprint(key: paramiko.PKey) -> str:
    """Return the key's SHA-256 fingerprint as `ssh-keygen -l` prints it."""
    return str(key.fingerprint)


def preferred_types(known: list[KnownKey], offered: tuple[str, ...]) -> tuple[str, ...]:
    """Return the host key algorithms to ask for: those we can check first."""
    names = [entry.key.get_name() for entry in known if not entry.revoked]
    wanted = [kind for name in names for kind in (_RSA if name == "ssh-rsa" else (name,))]
    first = [kind for kind in dict.fromkeys(wanted) if kind in offered]
    return (*first, *(kind for kind in offered if kind not in first))


class CheckedByPerson(paramiko.MissingHostKeyPolicy):  # type: ignore[misc] # paramiko has no types
    """Refuses an unknown key, unless a person confirms its fingerprint."""

    def __init__(
        self, endpoint: Endpoint, confirm: Callable[[HostKeyQuestion], bool] | None
    ) -> None:
        self._endpoint = endpoint
        self._confirm = confirm

    def missing_host_key(
        self,
        client: paramiko.SSHClient,  # noqa: ARG002 - paramiko's signature
        hostname: str,
        key: paramiko.PKey,
    ) -> None:
        """Raise ConnectionFailed unless the key is confirmed; then remember it."""
        endpoint = self._endpoint
        question = HostKeyQuestion(
            host=endpoint.name,
            address=endpoint.address,
            port=endpoint.port,
            key_type=key.get_name(),
            fingerprint=fingerprint(key),
            known_hosts=endpoint.known_hosts.expanduser(),
        )
        if self._confirm is not None and self._confirm(question):
            remember(question.known_hosts, hostname, key)
            return
        raise ConnectionFailed(
            f"the host key of {hostname} is not known: {question.key_type} {question.fingerprint}",
            remedy=f"Compare it with `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` on the host's"
            f" console, then add it to {question.known_hosts} (`ssh -p {endpoint.port}"
            f" {endpoint.user}@{endpoint.address}` asks for that).",
            host=endpoint.name,
        )


def check_not_revoked(endpoint: Endpoint, known: list[KnownKey], key: paramiko.PKey) -> None:
    """Raise ConnectionFailed if known_hosts calls this key revoked."""
    for entry in known:
        if entry.revoked and entry.key == key:
            error = ConnectionFailed(
                f"{entry.file}:{entry.line} says that the host key {fingerprint(key)} is revoked",
                remedy="Do not go on: whoever answers there holds a key that was withdrawn.",
                host=endpoint.name,
            )
            error.untrusted = True
            raise error


def changed(endpoint: Endpoint, known: list[KnownKey], key: paramiko.PKey) -> ConnectionFailed:
    """Return the hard stop for a host that shows another key than the known one."""
    places = ", ".join(f"{entry.file}:{entry.line}" for entry in known if not entry.revoked)
    error = ConnectionFailed(
        f"the host key of {endpoint.known_name} has CHANGED: it is now {key.get_name()}"
        f" {fingerprint(key)}, another one stands in {places}",
        remedy="Somebody may be answering in the host's place. Only if the host was reinstalled"
        f" and its console shows this fingerprint: remove {places} and connect again.",
        host=endpoint.name,
    )
    error.untrusted = True
    return error


def remember(file: Path, hostname: str, key: paramiko.PKey) -> None:
    """Append a confirmed key to a known_hosts file, atomically, mode 0600."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(file):
        before = file.read_bytes() if file.exists() else b""
        if before and not before.endswith(b"\n"):
            before += b"\n"
        line = f"{hostname} {key.get_name()} {key.get_base64()}\n"
        if line.encode() in before.splitlines(keepends=True):
            return
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".known_hosts-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(before + line.encode())
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(file.resolve())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Keep other threads and processes from writing the same file meanwhile."""
    with (file.parent / f".{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _known_key(file: Path, number: int, text: str, name: str) -> KnownKey | None:
    revoked = text.startswith("@revoked")
    if revoked:
        text = text.partition(" ")[2].strip()
    if not text or text[0] in "#@":
        return None
    try:
        entry = HostKeyEntry.from_line(re.sub(r"[ \t]+", " ", text), number)
    except (InvalidHostKey, paramiko.SSHException, ValueError):
        return None  # as OpenSSH does: a damaged line is no key
    if entry is None or not _matches(name, entry.hostnames):
        return None
    return KnownKey(file, number, entry.key, revoked)


def _matches(name: str, patterns: list[str]) -> bool:
    """Tell whether a known_hosts host list (hashes, wildcards, negations) is about `name`."""
    found = False
    for pattern in patterns:
        if pattern.startswith("|1|"):
            found = found or compare_digest(HostKeys.hash_host(name, pattern), pattern)
        elif _wildcard(pattern.removeprefix("!"), name):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _wildcard(pattern: str, name: str) -> bool:
    expression = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, name.lower()) is not None
