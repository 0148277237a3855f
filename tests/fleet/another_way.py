"""Another way to the fleet's hosts: through a jump host, with a key and a sudo that ask for words.

Around it the papers of an operator who was given things: a certificate of somebody's authority,
licence keys, and passwords that no machine would make up. Nobody but this account uses the way, so
that the fleet's own stays as it is.
"""

from __future__ import annotations

import base64
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_ssh_private_key,
)

from tests.remote.sshd import Sshd
from tests.vault.test_certificates import DOMAIN, NOW, make
from wizard.practice.fleet import GATEWAY
from wizard.practice.identity import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Workplace

USER = "engineer"

BOUGHT = """\
    cache: {edition: redis}
    certificates: {edition: digicert, licensed: true, reference: PO-4711}
"""

# What is awkward for a shell, SQL, a URL, a configuration file, a template, and for encodings.
AWKWARD = "@/#?%;:'\"\\$`{{x}}$(id) \u00fc\u4e16"
PASSWORDS = (
    "app_password",
    "redis_password",
    "replication_password",
    "setup_password",
    "session_secret",
)

# The password travels in the script, which sudo's shell reads from standard input.
ACCOUNT = f"""
set -e
useradd --create-home --shell /bin/bash {USER}
install -d -m 700 -o {USER} -g {USER} /home/{USER}/.ssh
install -m 600 -o {USER} -g {USER} /home/{OPERATOR}/.ssh/authorized_keys /home/{USER}/.ssh/
printf %s CODED | base64 -d | chpasswd
echo '{USER} ALL=(ALL:ALL) ALL' >/etc/sudoers.d/{USER}
"""


@dataclass(frozen=True)
class AnotherWay:
    """The jump host, and everything that was handed to the operator."""

    folder: Path
    jump: Sshd
    authority: str
    """The PEM text of who issued the site's certificate: what a browser trusts."""
    typed: dict[str, str]
    """By name in the keyring, what a person types."""

    def edits(self, fleet: RunningFleet) -> tuple[tuple[str, str], ...]:
        """What becomes of the practice site's file."""
        directory, folder = fleet.directory, self.folder
        certificate = f"certificate: {folder}/site.crt, key: {folder}/site.key"
        return (
            (f"  user: {OPERATOR}\n", f"  user: {USER}\n  jump: {self.place}\n"),
            (f"key_file: {directory.key_file}", f"key_file: {folder}/key"),
            (f"known_hosts: {directory.known_hosts}", f"known_hosts: {folder}/known_hosts"),
            ("sudo: nopasswd", "sudo: password"),
            (
                "tls: {mode: self-signed}",
                f"tls: {{mode: provided, {certificate}, chain: {folder}/site.chain}}",
            ),
            ("    cache: {edition: redis}\n", BOUGHT),
        )

    @property
    def place(self) -> str:
        """The jump host as the site file names it."""
        return f"root@{self.jump.address}:{self.jump.port}"

    def type_all(self, place: Workplace) -> None:
        """Put what a person types into the keyring."""
        for name, value in self.typed.items():
            place.store(name, value, *(["--replace"] if name in PASSWORDS else []))


@contextmanager
def another_way(fleet: RunningFleet, hosts: Collection[str], folder: Path) -> Iterator[AnotherWay]:
    """Make account, jump host and papers; the jump host is gone at the end."""
    typed = {
        **{name: f"{secrets.token_urlsafe(18)}{AWKWARD}" for name in PASSWORDS},
        "sudo_password": f'{secrets.token_urlsafe(9)} "$(id)" % \\ \'ü',
        "key_passphrase": f"{secrets.token_urlsafe(9)}`@/#?'",
        "license_key": f"MN-{secrets.token_hex(12)}",
        "license_key_certificates": f"DC-{secrets.token_hex(12)}",
    }
    account = f"{USER}:{typed['sudo_password']}".encode()
    script = ACCOUNT.replace("CODED", base64.b64encode(account).decode())
    with ThreadPoolExecutor(len(hosts)) as pool:
        list(pool.map(lambda host: fleet.read(host, script), hosts))
    directory = fleet.directory
    key = load_ssh_private_key(directory.key_file.read_bytes(), password=None)
    locked = BestAvailableEncryption(typed["key_passphrase"].encode())
    (folder / "key").touch(mode=0o600)
    (folder / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, locked))
    jump = Sshd(address=str(GATEWAY.ip))
    try:
        jump.authorize(directory.key_file)
        known = directory.known_hosts.read_text() + jump.known_line()
        (folder / "known_hosts").write_text(known)
        yield AnotherWay(folder, jump, _certificate(folder), typed)
    finally:
        jump.stop()


def _certificate(folder: Path) -> str:
    """Write the site's certificate, its key and its chain; return the authority's certificate."""
    age = (datetime.now(tz=UTC) - NOW).days
    root = make("Root", ca=True, days=(-9, age + 900))
    middle = make("Middle", root, ca=True, days=(-9, age + 900))
    leaf = make(DOMAIN, middle, days=(-9, age + 300))
    (folder / "site.crt").write_bytes(leaf.pem)
    (folder / "site.key").touch(mode=0o600)
    (folder / "site.key").write_bytes(leaf.key_pem())
    (folder / "site.chain").write_bytes(middle.pem)
    return root.pem.decode()
