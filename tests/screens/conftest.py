"""A wizard on a site file in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from screens.app import SetupApp
from screens.draft import Draft
from tests.screens.site_text import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_real_keyring() -> Iterator[None]:
    """A machine without a keyring: neither this one's counts, nor one that another test defines."""
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the wizard is started; everything it keeps is in there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("MINUSNOW_PRACTICE_DIR", str(tmp_path / "no-fleet"))
    return tmp_path


@pytest.fixture
def site_file(folder: Path) -> Path:
    """A complete site file."""
    path = folder / "acme.yaml"
    path.write_text(SITE, encoding="utf-8")
    return path


@pytest.fixture
def setup(site_file: Path) -> SetupApp:
    """The wizard with a complete site."""
    return SetupApp(Draft.open(Path(site_file.name)))


@pytest.fixture
def fresh(folder: Path) -> SetupApp:
    """The wizard as it opens without a file."""
    del folder
    return SetupApp(Draft(""))
