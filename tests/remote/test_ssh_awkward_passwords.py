"""Passwords of any characters, at sudo and at locked keys: those that cannot be are refused before.

PAM hashes the password of a real account, and OpenSSH locks a real key.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import unix_user
from tests.vault.programs import PASSWORDS
from wizard.remote.ssh import connect
from wizard.remote.ssh_keys import is_locked
from wizard.vault.secret import Secret
from wizard.vault.strength import problems

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.sshd import Sshd

pytestmark = pytest.mark.sshd

# Those that a shell, a terminal or a protocol could take for something else, one of each kind.
WORST = (
    " ",
    "\\",
    "$HOME ${PATH} $(id) $$",
    'it\'s "quoted" and `ticked`',
    "back\\slash\\\\two\\n\\x41\\",
    "#;comment // -- /* */",
    " leading and trailing ",
    "Grüße, 世界 🌍",
    "x" * 128,
)


@pytest.mark.skipif(not shutil.which("sudo"), reason="sudo is not installed")
def test_sudo_takes_each_of_them(server: Sshd) -> None:
    """The account's password is set by the system's own tool, and asked for by sudo."""
    with unix_user("{user} ALL=(ALL) ALL", password="first") as user:
        endpoint = server.endpoint(user=user, sudo="password")
        for password in WORST:
            assert problems("sudo_password", password) == ()
            subprocess.run(["chpasswd"], input=f"{user}:{password}", text=True, check=True)
            host = connect(endpoint, sudo_password=Secret("sudo_password", password))
            assert host.run("id -u", waiting_for="x", timeout=60).out == "0\n", password
            host.close()


def test_a_key_opens_with_each_of_them(server: Sshd, tmp_path: Path) -> None:
    """OpenSSH locks the key, we open it."""
    # OpenSSH wants five characters at least.
    for number, phrase in enumerate(each for each in WORST if len(each) > 4):
        assert problems("key_passphrase", phrase) == ()
        key = tmp_path / f"key{number}"
        # One round of its slow hash: the characters are what is tried.
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", phrase, "-f", str(key)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
        assert is_locked(key)
        server.authorize(key)
        passphrase = Secret("key_passphrase", phrase)
        connect(server.endpoint(key_file=key), passphrase=passphrase).close()


def test_the_worst_are_in_the_table_of_all_places() -> None:
    """What is tried here is tried everywhere."""
    assert set(WORST) <= set(PASSWORDS)
