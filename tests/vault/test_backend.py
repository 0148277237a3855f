"""Which keyring is used, and that none without protection is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.null import Keyring as NullKeyring

from tests.vault.keyrings import MemoryKeyring, PlaintextKeyring
from tests.vault.sites import PASSPHRASE
from wizard.errors import VaultError
from wizard.vault.backend import keyring_path
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from pathlib import Path

    from keyring.backend import KeyringBackend


def test_without_a_keyring_the_encrypted_file_is_used() -> None:
    """On a headless machine the file lies in the data folder of the account."""
    vault = open_vault("vault-test", passphrase=lambda: PASSPHRASE)
    vault.set("app_password", "x" * 10)
    assert keyring_path("vault-test").is_file()
    assert str(keyring_path("vault-test")) in vault.place


def test_the_machines_own_keyring_is_preferred() -> None:
    """With a desktop's keyring and no file, the desktop's is used; its absence is not asked."""
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    open_vault("vault-test").set("app_password", "x" * 10)
    assert backend.writes == 2
    assert not keyring_path("vault-test").exists()


def test_a_file_that_exists_or_is_named_wins(tmp_path: Path) -> None:
    """Secrets are not split over two places because a desktop appears."""
    open_vault("vault-test", passphrase=lambda: PASSPHRASE).set("app_password", "in the file")
    keyring.set_keyring(MemoryKeyring())
    vault = open_vault("vault-test", passphrase=lambda: PASSPHRASE)
    assert vault.secrets()["app_password"].reveal() == "in the file"
    named = open_vault("o", passphrase=lambda: PASSPHRASE, keyring_file=tmp_path / "x")
    named.set("app_password", "y" * 10)
    assert (tmp_path / "x").is_file()


def _chain(*backends: KeyringBackend) -> KeyringBackend:
    class Chain(ChainerBackend):
        priority = 10

    chain = Chain()  # type: ignore[no-untyped-call]
    type(chain).backends = list(backends)  # type: ignore[assignment]
    return chain


@pytest.mark.parametrize("backend", [NullKeyring, PlaintextKeyring])
def test_a_keyring_without_protection_is_refused_by_name(backend: type[KeyringBackend]) -> None:
    """Plain text and oblivion are refused, and nothing is written anywhere."""
    keyring.set_keyring(backend())
    with pytest.raises(VaultError, match="refused") as caught:
        open_vault("vault-test", passphrase=lambda: PASSPHRASE)
    assert "--keyring-file" in str(caught.value)
    assert not keyring_path("vault-test").exists()


def test_of_a_chain_only_a_safe_one_is_used() -> None:
    """A chain would fall back to plain text: its first safe member is taken, or the file."""
    plain, safe = PlaintextKeyring(), MemoryKeyring()
    keyring.set_keyring(_chain(plain, safe))
    open_vault("vault-test").set("app_password", "x" * 10)
    assert (plain.writes, safe.writes) == (0, 2)
    keyring.set_keyring(_chain(plain))
    open_vault("vault-test", passphrase=lambda: PASSPHRASE).set("app_password", "x" * 10)
    assert plain.writes == 0
    assert keyring_path("vault-test").is_file()


def test_nobody_to_ask_is_said() -> None:
    """Without a terminal and without a passphrase file the error names the option."""
    with pytest.raises(VaultError, match="nobody can be asked") as caught:
        open_vault("vault-test").set("app_password", "x" * 10)
    assert "--keyring-passphrase-file" in str(caught.value)
