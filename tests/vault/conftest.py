"""Keeps every test of the vault away from the keyring and the home of whoever runs it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from wizard.vault.envelope import Derivation, fresh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _cheap_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make keyring files with the cheapest key derivation that is still accepted: 30 ms each."""

    def cheap() -> Derivation:
        return replace(fresh(), memory_kib=19456, iterations=2)

    monkeypatch.setattr("wizard.vault.encrypted_file.fresh", cheap)


@pytest.fixture(autouse=True)
def _no_real_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the test a home of its own and a machine without a keyring."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)
